"""Waiting for what is made in the background."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from pages.ui.frame import components
from pages.ui.loaders import explanations
from pages.ui.loaders.background import Work
from xai_core.errors import XaiError

POLL_S = 0.6
"""Seconds between two drawings of a part of a page that waits for something."""

FEW = 4
"""Visitors up to which all of them see their maps every `POLL_S` seconds."""

MOST_OFTEN, LEAST_OFTEN = 1.0, 8.0
"""Least and largest number of `POLL_S` between two drawings."""

Answer = TypeVar("Answer")


def poll_s() -> float:
    """Return the seconds between two drawings of maps: the more visitors wait for maps, the more seconds.

    Each drawing takes the processor from the maps of all, and from pages that are just opened.
    """
    visitors = explanations.service().usage().visitors
    return POLL_S * min(LEAST_OFTEN, max(MOST_OFTEN, visitors / FEW))


def wait_until(ready: Callable[[], bool], text: str) -> None:
    """Draw a progress bar with a text until something else than a job is ready, then run the page again."""

    def look() -> None:
        st.progress(0.0, text=text)
        if ready():
            st.rerun()

    st.fragment(look, run_every=POLL_S)()


def answer_of(work: Work[Answer], text: str) -> Answer | None:
    """Return the answer of some work in the background, or None while its progress or its error is drawn."""
    if not work.future.done():
        wait_until(work.future.done, text)
        return None
    try:
        return work.result()
    except XaiError as fault:
        components.show_error(fault)
        return None
