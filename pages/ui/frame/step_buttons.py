"""Buttons that go to the previous and to the next of some ids, by arrow keys too."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.frame import keys, link
from xai_core.language import tr

_STEPS = ("Previous", "Next")


def draw_steps(
    name: str,
    parameter: str,
    ids: Sequence[str],
    at: int,
    *,
    labels: tuple[str, str] | None = None,
    help_text: str | None = None,
) -> None:
    """Draw both buttons. One that would leave the list is disabled.

    Parameters
    ----------
    name
        Name of the buttons, the beginning of their keys.
    parameter
        URL parameter that holds the id.
    ids
        The ids in their order.
    at
        Index of the one that is shown.
    labels
        Labels of the two buttons; None for the usual ones.
    help_text
        Sentence on hover.
    """
    titles = labels or (tr("Previous"), tr("Next"))
    for label, step, by, shortcut in zip(titles, _STEPS, (-1, 1), (keys.PREVIOUS, keys.NEXT), strict=True):
        st.button(
            label,
            key=f"{name}_{step}",
            disabled=not 0 <= at + by < len(ids),
            shortcut=shortcut,
            help=help_text,
            on_click=link.step,
            args=(parameter, ids, by),
        )
