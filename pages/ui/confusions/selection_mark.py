"""Mark of the opened pair in the matrix and in the ranked list."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from pages.ui.frame import link

_STATE = "_marks"
_HEAD_PX, _ROW_PX, _MAX_PX = 38, 35, 388


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


def clicked_index(point: Mapping[str, Any], name: str, count: int) -> int | None:
    """Return the index of what was clicked in a chart, None if there is nothing: it comes from a browser.

    An axis of categories sends its numbers as texts.

    >>> clicked_index({"x": 2.0}, "x", 3), clicked_index({"x": "2"}, "x", 3)
    (2, 2)
    >>> clicked_index({"x": 3}, "x", 3), clicked_index({"x": "²"}, "x", 3), clicked_index({}, "x", 3)
    (None, None, None)
    """
    value = point.get(name)
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value[:9])
    return int(value) if isinstance(value, int | float) and 0 <= value < count and value == int(value) else None


def clicked_cell(points: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> tuple[str, str]:
    """Return the truth and the guess of the cell of a matrix that was clicked, "" for none."""
    found = [clicked_index(points[0], axis, len(labels)) for axis in ("y", "x")] if points else [None]
    truth, guess = ("", "") if None in found else (labels[index] for index in found if index is not None)
    return truth, guess


def draw_table(
    mark: Mark,
    shown: pd.DataFrame,
    marked: Iterable[int],
    on_open: Callable[[int], None],
    *,
    columns: Mapping[str, Any],
    alt: str,
) -> None:
    """Draw a table one row of which is marked, and another one opens by a click.

    Parameters
    ----------
    mark
        Mark of the table, from `current_mark`.
    shown
        Rows as they are drawn.
    marked
        Number of the marked row, or nothing.
    on_open
        Callback that receives the number of a clicked row.
    columns
        Configuration of the columns that are drawn, in their order.
    alt
        Alternative text.
    """

    def clicked() -> None:
        rows = st.session_state[mark.key]["selection"]["rows"]
        mark.cleared = not rows
        if rows and 0 <= rows[0] < len(shown):
            on_open(rows[0])

    st.dataframe(
        shown[list(columns)],
        key=mark.key,
        on_select=clicked,
        selection_mode="single-row",
        selection_default={"selection": {"rows": list(marked)}},
        hide_index=True,
        height=min(_MAX_PX, _HEAD_PX + _ROW_PX * len(shown)),
        alt=alt,
        column_config=columns,
        placeholder="",
    )
