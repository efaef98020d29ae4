"""Matrix of confusions with a row for each true class, in which a click opens a pair.

Streamlit receives no event for a click on a plotly heatmap, but it does for a click on a marker. So each cell is drawn
twice. Heatmaps show the colours, because they fill their cells at any width and zoom. Invisible square markers receive
the clicks and show the hover text. Empty cells have a marker too, so that the marker nearest to the pointer is always
that of the cell under it.
"""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from pages.ui.confusions import selection_mark
from pages.ui.frame import choices
from pages.ui.frame.plain_text import chart_text
from pages.ui.loaders import studies
from xai_core.confusions import confusion
from xai_core.labels import words
from xai_core.language import mark, tr, tr_all
from xai_core.study.study import Study
from xai_core.texts import listed

ORDERS = {"cluster": mark("Confused side by side"), "error": mark("Hardest first"), "name": mark("By name")}
"""Orders of the classes, and their titles."""

ZOOMABLE = {"displaylogo": False, "modeBarButtonsToRemove": ["toImage", "select2d", "lasso2d", "autoScale2d"]}
"""Configuration for `st.plotly_chart`, with a tool bar to zoom and to move."""

_WIDGET = "matrix"
_CHART_PX = 540  # height of all cells together
_LARGEST_CELL_PX = 44
_MARGIN_PX = 180
_LABEL_PX = 11
_MUTED = [[0, "rgba(128, 138, 144, 0.12)"], [1, "rgba(128, 138, 144, 0.5)"]]
_MARK_PX = 14
_MARK = "#e0218a"  # a colour that neither theme's scale of counts has
_PALEST = 0.45  # starts the colour scale below a single mistake, whose logarithm is 0, so that its cell is visible
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)


def choose_order() -> str:
    """Draw the buttons for the order of the classes, and return the choice."""
    return choices.segmented(
        "order",
        tr_all(ORDERS),
        tr("Order of the classes"),
        noun=tr("order of classes"),
        hint=tr("There are {names}. Shown is cluster.", names=listed(ORDERS)),
        help_text=tr(_ORDER),
    )


def draw_matrix(study: Study, order: str, opened: tuple[str, str]) -> None:
    """Draw the matrix. A click on a cell opens its pictures.

    Parameters
    ----------
    study
        Study with the counts.
    order
        Order of the classes, one of `ORDERS`.
    opened
        Truth and guess of the marked cell.
    """
    mark = selection_mark.current_mark(_WIDGET, opened, order)
    st.plotly_chart(
        figure(studies.matrix(study), study.labels, studies.class_order(study, order), mark.initial),
        key=mark.key,
        on_select=lambda: _open_clicked(study, mark),
        selection_mode="points",
        config=ZOOMABLE,
        alt=tr(
            "Matrix of confusions: a row for each true class, a column for each guess. The ranked list has the same "
            "numbers in words."
        ),
    )


def _open_clicked(study: Study, mark: selection_mark.Mark) -> None:
    points = st.session_state[mark.key]["selection"]["points"]
    mark.cleared = not points  # a click on the marked cell removes the selection
    truth, guess = selection_mark.clicked_cell(points, study.labels)
    if truth and guess:
        selection_mark.open_pair(_WIDGET, truth, guess)


def figure(
    counts: NDArray[np.int64], labels: tuple[str, ...], order: NDArray[np.intp], marked: tuple[str, str]
) -> go.Figure:
    """Return the chart of a matrix of confusions.

    Both axes hold the index of a class among the labels, so a click gives indices back.

    Parameters
    ----------
    counts : (L, L) int64
        From `confusion.matrix`; at least one picture.
    labels
        L class names.
    order : (L,)
        From `confusion.class_order`.
    marked
        Truth and guess of the cell that is marked until the first click.
    """
    rows, columns = (order[needed[order]].astype(np.int16) for needed in confusion.occurring_classes(counts))
    truths, guesses = (grid.ravel() for grid in np.meshgrid(rows, columns, indexing="ij"))
    right = truths == guesses
    # Two traces of markers, because right and wrong cells have different hover texts.
    chart = go.Figure(
        [
            *_tiles(counts, rows, columns),
            _counted_cells(counts, truths[~right], guesses[~right], tr(_WRONG_HOVER), _cell(labels, marked)),
            _counted_cells(counts, truths[right], guesses[right], tr(_RIGHT_HOVER), _cell(labels, marked)),
        ]
    )
    lay_out(chart, rows, columns, labels)
    return chart


def lay_out(chart: go.Figure, rows: NDArray[np.int16], columns: NDArray[np.int16], labels: tuple[str, ...]) -> None:
    """Give a matrix of classes its axes, its height and its response to clicks.

    Parameters
    ----------
    chart
        Chart of cells with rows and columns as coordinates.
    rows, columns
        Indices of the classes in their order.
    labels
        All class names.
    """
    _name_axes(chart, rows, columns, labels)
    chart.update_layout(
        height=_inside_px(len(rows)) + _MARGIN_PX,
        margin={"l": 4, "r": 4, "t": 34, "b": 4},
        showlegend=False,
        dragmode="zoom",
        hovermode="closest",
        hoverdistance=100,  # after a zoom the marker can be far from the pointer, in the middle of a large cell
        clickmode="event+select",  # Streamlit receives selection events only
    )


def _name_axes(chart: go.Figure, rows: NDArray[np.int16], columns: NDArray[np.int16], labels: tuple[str, ...]) -> None:
    """Label both axes with the class names.

    Plotly shows as many names as there is room for. After a zoom it shows more.
    """
    named = {str(number): chart_text(words(label)) for number, label in enumerate(labels)}
    axis: dict[str, Any] = {"type": "category", "labelalias": named, "tickfont": {"size": _LABEL_PX}, "showgrid": False}
    axis |= {"zeroline": False, "ticks": "", "title": {"standoff": 4}, "automargin": True, "categoryorder": "array"}
    chart.update_yaxes(
        **axis,
        categoryarray=rows,
        range=[len(rows) - 0.5, -0.5],
        title_text=tr("True class"),
    )
    chart.update_xaxes(
        **axis,
        categoryarray=columns,
        range=[-0.5, len(columns) - 0.5],
        tickangle=-90,
        title_text=tr("Taken for"),
    )


def _inside_px(rows: int) -> int:
    """Return the height of all cells together."""
    return min(rows * _LARGEST_CELL_PX, _CHART_PX)


def _cell(labels: tuple[str, ...], marked: tuple[str, str]) -> tuple[int, int]:
    truth, guess = marked
    return labels.index(truth), labels.index(guess)


def _tiles(counts: NDArray[np.int64], rows: NDArray[np.int16], columns: NDArray[np.int16]) -> list[go.Heatmap]:
    """Return the visible cells.

    Mistakes are coloured by the logarithm of their number, because counts range from 1 to thousands. Right answers are
    muted grey by their share of the class.
    """
    cells = counts[np.ix_(rows, columns)]
    right = rows[:, None] == columns
    wrong = np.where(right | (cells == 0), np.nan, np.log10(np.maximum(cells, 1))).astype(np.float32)
    share = np.where(right, cells / np.maximum(counts[rows].sum(axis=1), 1)[:, None], np.nan).astype(np.float32)
    most = int(np.where(right, 0, cells).max(initial=1))
    steps, longest = [step for step in _STEPS if step <= most], max(float(np.log10(most)), 0.3)
    bar = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "thickness": 8, "len": 0.6}
    bar |= {"tickvals": np.log10(steps), "ticktext": [f"{step:,}" for step in steps], "outlinewidth": 0}
    bar |= {"title": {"text": tr("Mistakes in a cell"), "side": "top", "font": {"size": _LABEL_PX}}}
    common = {"x": columns, "y": rows, "hoverinfo": "skip", "xgap": 0.5, "ygap": 0.5}
    return [
        go.Heatmap(z=share, colorscale=_MUTED, zmin=0, zmax=1, showscale=False, **common),
        go.Heatmap(z=wrong, zmin=-_PALEST * longest, zmax=longest, colorbar=bar, **common),
    ]


def _counted_cells(
    counts: NDArray[np.int64],
    truths: NDArray[np.int16],
    guesses: NDArray[np.int16],
    hover: str,
    marked: tuple[int, int],
) -> go.Scattergl:
    count, of_class = counts[truths, guesses], counts[truths].sum(axis=1)
    hover_numbers = np.stack([count, of_class, count / np.maximum(of_class, 1)], axis=1).astype(np.float32)
    return clickable_cells(truths, guesses, hover_numbers, hover, marked)


def clickable_cells(
    truths: NDArray[np.int16],
    guesses: NDArray[np.int16],
    hover_numbers: NDArray[np.float32],
    hover: str,
    marked: tuple[int, int],
) -> go.Scattergl:
    """Return the markers that receive clicks.

    Only the marker of the marked cell is visible.

    Parameters
    ----------
    truths, guesses : (N,)
        Indices of the classes of each cell.
    hover_numbers : (N, K)
        Numbers of each cell for the hover text, its `customdata`.
    hover
        Template of the hover text.
    marked
        Indices of truth and guess of the marked cell.
    """
    return go.Scattergl(
        x=guesses,
        y=truths,
        mode="markers",
        marker={"symbol": "square-open", "size": _MARK_PX, "color": _MARK, "opacity": 0, "line": {"width": 2}},
        selectedpoints=np.flatnonzero((truths == marked[0]) & (guesses == marked[1])),
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0}},
        customdata=hover_numbers,
        hovertemplate=f"{hover}<extra></extra>",
    )


_WRONG_HOVER = mark(
    "<b>%{y}</b> taken for <b>%{x}</b><br>%{customdata[0]:,} of %{customdata[1]:,} pictures, %{customdata[2]:.1%}"
)
_RIGHT_HOVER = mark("<b>%{y}</b> recognised<br>%{customdata[0]:,} of %{customdata[1]:,} pictures, %{customdata[2]:.1%}")
_ORDER = mark(
    "“Confused side by side” puts classes that the model confuses next to each other, so that mistakes lie near the "
    "diagonal."
)
