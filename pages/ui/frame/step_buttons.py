"""Buttons that go to the previous and to the next of some ids, by arrow keys too."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.frame import keys, link


def draw_steps(
    name: str,
    parameter: str,
    ids: Sequence[str],
    at: int,
    *,
    labels: tuple[str, str] = ("Previous", "Next"),
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
        Labels of the two buttons.
    help_text
        Sentence on hover.
    """
    for label, by, shortcut in zip(labels, (-1, 1), (keys.PREVIOUS, keys.NEXT), strict=True):
        st.button(
            label,
            key=f"{name}_{label}",
            disabled=not 0 <= at + by < len(ids),
            shortcut=shortcut,
            help=help_text,
            on_click=link.step,
            args=(parameter, ids, by),
        )
