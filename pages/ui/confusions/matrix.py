"""The matrix of confusions: every class against every class, and a click opens the pair.

A click on a Plotly heatmap tells Streamlit nothing, one on a marker does. So the cells are drawn twice: as heatmaps,
which fill their cells at any width and zoom, and as square markers that cannot be seen, which answer the pointer. Empty
cells have a marker, too: the nearest marker is then always that of the cell under the pointer.
"""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from pages.ui.confusions import selection_mark
from pages.ui.controls import choices
from pages.ui.loaders import studies
from xai_core.confusions import confusion
from xai_core.labels import words
from xai_core.study.study import Study

ORDERS = {"cluster": "Confused side by side", "error": "Hardest first", "name": "By name"}
"""Orders of the classes, and what they are called."""

ZOOMABLE = {"displaylogo": False, "modeBarButtonsToRemove": ["toImage", "select2d", "lasso2d", "autoScale2d"]}
"""For `st.plotly_chart`: a tool bar to zoom and to move."""

_PLACE = "matrix"
_CHART_PX = 540  # of the cells
_LARGEST_CELL_PX = 44
_MARGIN_PX = 180
_LABEL_PX = 11
_MUTED = [[0, "rgba(128, 138, 144, 0.12)"], [1, "rgba(128, 138, 144, 0.5)"]]
_MARK_PX = 14
_MARK = "#e0218a"  # apart from the scale of the counts, on both themes
_PALEST = 0.45  # where on the scale a single mistake stands, for it must be seen
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)


def order() -> str:
    """Let the reader choose the order of the classes."""
    return choices.segmented(
        "order", ORDERS, "Order of the classes", what="order of classes", hint=_ORDER_HINT, meaning=_ORDER
    )


def show(study: Study, by: str, opened: tuple[str, str]) -> None:
    """The matrix; a click on a cell opens its pictures.

    Parameters
    ----------
    study
        Gives the counts.
    by
        Order of the classes.
    opened
        Truth and guess of the marked cell.
    """
    mark = selection_mark.of(_PLACE, opened, by)
    st.plotly_chart(
        figure(studies.matrix(study), study.labels, studies.class_order(study, by), mark.begun),
        key=mark.key,
        on_select=lambda: _open_clicked(study, mark),
        selection_mode="points",
        config=ZOOMABLE,
        alt="Matrix of confusions: a row for each true class, a column for each guess. The ranked list tells the same "
        "in words.",
    )


def _open_clicked(study: Study, mark: selection_mark.Mark) -> None:
    points = st.session_state[mark.key]["selection"]["points"]
    mark.lost = not points
    if points:
        truth, guess = (study.labels[int(points[0][axis])] for axis in ("y", "x"))
        selection_mark.open_pair(_PLACE, truth, guess)


def figure(
    counts: NDArray[np.int64], labels: tuple[str, ...], order: NDArray[np.intp], marked: tuple[str, str]
) -> go.Figure:
    """The cells of a matrix of confusions; both axes are named by the position of a class among the labels.

    Parameters
    ----------
    counts : (L, L) int64
        From `confusion.matrix`; at least one picture.
    labels
        L class names.
    order : (L,)
        From `confusion.ordered`.
    marked
        Truth and guess of the cell that is marked at first.
    """
    rows, columns = (order[needed[order]].astype(np.int16) for needed in confusion.occurring(counts))
    truths, guesses = (each.ravel() for each in np.meshgrid(rows, columns, indexing="ij"))
    right = truths == guesses
    chart = go.Figure(
        [
            *_tiles(counts, rows, columns),
            _answering(counts, truths[~right], guesses[~right], _WRONG_HOVER, _place(labels, marked)),
            _answering(counts, truths[right], guesses[right], _RIGHT_HOVER, _place(labels, marked)),
        ]
    )
    _name_axes(chart, rows, columns, labels)
    chart.update_layout(
        height=_inside_px(len(rows)) + _MARGIN_PX,
        margin={"l": 4, "r": 4, "t": 34, "b": 4},
        showlegend=False,
        dragmode="zoom",
        hovermode="closest",
        hoverdistance=100,
        clickmode="event+select",
    )
    return chart


def _name_axes(chart: go.Figure, rows: NDArray[np.int16], columns: NDArray[np.int16], labels: tuple[str, ...]) -> None:
    """Classes in words, as many as Plotly finds room for; a zoom brings the others."""
    named = {str(number): words(label) for number, label in enumerate(labels)}
    axis: dict[str, Any] = {"type": "category", "labelalias": named, "tickfont": {"size": _LABEL_PX}, "showgrid": False}
    axis |= {"zeroline": False, "ticks": "", "title": {"standoff": 4}, "automargin": True, "categoryorder": "array"}
    chart.update_yaxes(
        **axis,
        categoryarray=rows,
        range=[len(rows) - 0.5, -0.5],
        title_text="True class",
    )
    chart.update_xaxes(
        **axis,
        categoryarray=columns,
        range=[-0.5, len(columns) - 0.5],
        tickangle=-90,
        title_text="Taken for",
    )


def _inside_px(rows: int) -> int:
    """Height of the cells together: no cell is larger than it needs to be."""
    return min(rows * _LARGEST_CELL_PX, _CHART_PX)


def _place(labels: tuple[str, ...], marked: tuple[str, str]) -> tuple[int, int]:
    truth, guess = marked
    return labels.index(truth), labels.index(guess)


def _tiles(counts: NDArray[np.int64], rows: NDArray[np.int16], columns: NDArray[np.int16]) -> list[go.Heatmap]:
    """What is seen: confusions by the logarithm of their number, right answers in muted grey by their share."""
    cells = counts[np.ix_(rows, columns)]
    right = rows[:, None] == columns
    wrong = np.where(right | (cells == 0), np.nan, np.log10(np.maximum(cells, 1))).astype(np.float32)
    share = np.where(right, cells / np.maximum(counts[rows].sum(axis=1), 1)[:, None], np.nan).astype(np.float32)
    most = int(np.where(right, 0, cells).max(initial=1))
    steps, longest = [each for each in _STEPS if each <= most], max(float(np.log10(most)), 0.3)
    bar = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "thickness": 8, "len": 0.6}
    bar |= {"tickvals": np.log10(steps), "ticktext": [f"{each:,}" for each in steps], "title": _BAR, "outlinewidth": 0}
    common = {"x": columns, "y": rows, "hoverinfo": "skip", "xgap": 0.5, "ygap": 0.5}
    return [
        go.Heatmap(z=share, colorscale=_MUTED, zmin=0, zmax=1, showscale=False, **common),
        go.Heatmap(z=wrong, zmin=-_PALEST * longest, zmax=longest, colorbar=bar, **common),
    ]


def _answering(
    counts: NDArray[np.int64],
    truths: NDArray[np.int16],
    guesses: NDArray[np.int16],
    hover: str,
    marked: tuple[int, int],
) -> go.Scattergl:
    """What answers the pointer, and shows the marked cell."""
    count, of_class = counts[truths, guesses], counts[truths].sum(axis=1)
    told = np.stack([count, of_class, count / np.maximum(of_class, 1)], axis=1).astype(np.float32)
    return go.Scattergl(
        x=guesses,
        y=truths,
        mode="markers",
        marker={"symbol": "square-open", "size": _MARK_PX, "color": _MARK, "opacity": 0, "line": {"width": 2}},
        selectedpoints=np.flatnonzero((truths == marked[0]) & (guesses == marked[1])),
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0}},
        customdata=told,
        hovertemplate=f"{hover}<extra></extra>",
    )


_WRONG_HOVER = (
    "<b>%{y}</b> taken for <b>%{x}</b><br>%{customdata[0]:,} of %{customdata[1]:,} pictures, %{customdata[2]:.1%}"
)
_RIGHT_HOVER = "<b>%{y}</b> recognised<br>%{customdata[0]:,} of %{customdata[1]:,} pictures, %{customdata[2]:.1%}"
_BAR = {"text": "Mistakes in a cell", "side": "top", "font": {"size": _LABEL_PX}}
_ORDER_HINT = f"There are {', '.join(ORDERS)}. Shown is cluster."
_ORDER = (
    "Side by side: classes that are taken for one another are neighbours, so that confusions gather along the diagonal."
)
