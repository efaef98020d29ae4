"""Mark of the opened pair in the matrix and in the ranked list."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.frame import link

_STATE = "_marks"


@dataclass(slots=True)
class Mark:
    """Mark in one table or chart that can be clicked.

    Streamlit keeps the selection of such a widget in the browser, and the app cannot change it. A click on the selected
    item removes the selection, and its event looks the same as that of any other way to clear it. So a widget whose
    mark is out of date is replaced by a new one under another key, and the new widget begins with the right selection.

    Attributes
    ----------
    widget
        Name of the table or chart.
    initial
        Truth and guess of the pair that is marked until the first click.
    content
        What else the widget shows, such as its order or its search. Another content needs another widget.
    clicked
        Pair that was clicked since the widget began.
    generation
        Number of times the widget was replaced.
    cleared
        True if the reader's click removed the mark.
    """

    widget: str
    initial: tuple[str, str]
    content: str
    clicked: tuple[str, str] | None = None
    generation: int = 0
    cleared: bool = False

    @property
    def key(self) -> str:
        """Key of the Streamlit widget."""
        return f"{self.widget} {self.generation}"


def current_mark(widget: str, opened: tuple[str, str], content: str = "") -> Mark:
    """Return the mark of a widget, as a new one where the old one does not mark the opened pair.

    Parameters
    ----------
    widget
        Name of the table or chart.
    opened
        Truth and guess of the opened pair.
    content
        What else the widget shows: its order, or the search.
    """
    marks: dict[str, Mark] = st.session_state.setdefault(_STATE, {})
    mark = marks.get(widget) or Mark(widget, opened, content)
    # Streamlit drops the state of widgets that a page does not draw. So a clicked widget without state means that the
    # reader was on another page, and the browser no longer has the selection either.
    was_away = mark.clicked is not None and mark.key not in st.session_state
    if was_away or mark.cleared or (mark.clicked or mark.initial) != opened or mark.content != content:
        mark = Mark(widget, opened, content, generation=mark.generation + 1)
    marks[widget] = mark
    return mark


def open_pair(widget: str, truth: str, guess: str) -> None:
    """Open the clicked pair, or the class if both are the same. Call this from a callback."""
    remember_click(widget, truth, guess)
    if truth == guess:
        link.go(view="truth", truth=truth, which="all", page=1)
    else:
        link.go(view="pair", truth=truth, guess=guess, page=1)


def remember_click(widget: str, truth: str, guess: str) -> None:
    """Remember the pair that was clicked in a widget. Call this from a callback, and show the pair."""
    mark: Mark = st.session_state[_STATE][widget]
    mark.clicked = (truth, guess)
