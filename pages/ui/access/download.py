"""Button that makes a file when it is pressed, and saves it."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from pages.ui.access import visitors
from xai_core.language import current, in_current

ICON = ":material/download:"


@dataclass(frozen=True, slots=True)
class VisitorsFile:
    """Function that makes a file, with the visitor whose time that takes; see `serving/exports.py`.

    Attributes
    ----------
    make
        Makes the file.
    visitor
        Name by which the visitor takes turns.
    language
        Language of the visitor.
    sees_folders
        True if the visitor may see folders of the server in what goes wrong.
    """

    make: Callable[[], bytes]
    visitor: str
    language: str
    sees_folders: bool = False

    def __call__(self) -> bytes:
        """Return the file."""
        return self.make()


def draw_download(
    title: str,
    make: Callable[[], bytes] | None,
    name: str,
    mime: str | None = None,
    *,
    key: str,
    help_text: str | None = None,
) -> None:
    """Draw a button that saves a file, which is made on the click: in every run it would cost its time again.

    Parameters
    ----------
    title
        Text of the button.
    make
        Makes the file; None while there is nothing to save, which disables the button.
    name, mime
        Name of the file and its type.
    key
        Key of the button.
    help_text
        Help of the button.
    """
    file: VisitorsFile | bytes = b""
    if make is not None:
        file = VisitorsFile(in_current(make), visitors.turn_name(), current(), visitors.sees_folders())
    st.download_button(
        title,
        file,
        name,
        mime,
        key=key,
        icon=ICON,
        help=help_text,
        on_click="ignore",
        disabled=make is None,
    )
