"""Names of people who give verdicts and names."""

from typing import Literal

import streamlit as st

from pages.ui.access import visitors
from pages.ui.frame.plain_text import literal
from xai_core.language import tr
from xai_core.verdicts import verdict

_AUTHOR = "_verdict_author"


def author() -> str:
    """Return the name of who is signed in, else the one that the reader gave last."""
    return visitors.author(str(st.session_state.get(_AUTHOR, "")))


def draw_author(key: str, width: int | Literal["stretch"] = "stretch") -> None:
    """Draw the box for the reader's name, or the name of who is signed in.

    Parameters
    ----------
    key
        Key of the box.
    width
        Width of the box in pixels.
    """
    signed_in = visitors.current().name
    if signed_in:
        st.caption(tr("Signed as {name}.", name=literal(signed_in)), width="content")
        return
    st.text_input(
        tr("Your name"),
        author(),
        key=key,
        max_chars=verdict.AUTHOR_LIMIT,
        placeholder=tr("Optional"),
        width=width,
    )


def remember_author(name: str) -> None:
    """Keep the reader's name for the next form."""
    st.session_state[_AUTHOR] = name
