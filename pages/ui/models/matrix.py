"""Matrix of the differences between two models, in which a click shows a pair.

It is drawn as the matrix of Confusions is: heatmaps for the colours, and invisible markers for the clicks.
"""

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from pages.ui.confusions import matrix, selection_mark
from pages.ui.loaders import studies
from pages.ui.loaders.comparisons import Result
from pages.ui.models import selection
from xai_core.confusions import confusion
from xai_core.language import mark, tr
from xai_core.study.study import Study

MENDED, BROKEN = "0, 153, 136", "204, 51, 17"
"""Green and red, in numbers of red, green and blue, from Paul Tol's scheme "vibrant" for colour-blind readers."""

NUMBERED = 24
"""Largest number of classes whose cells have room for their numbers."""

_WIDGET = "models_matrix"
_PALEST = 0.35  # opacity of a difference of one picture, which has to be visible
_STEPS = (1, 10, 100, 1000, 10_000)
_FAINT = [[0, "rgba(128, 138, 144, 0.22)"], [1, "rgba(128, 138, 144, 0.22)"]]


def draw_matrix(study: Study, found: Result, order: str, opened: tuple[str, str]) -> None:
    """Draw the difference matrix. A click on a cell shows its flips.

    Parameters
    ----------
    study
        The first study, whose confusions give the order.
    found
        The comparison.
    order
        Order of the classes, one of `confusions.matrix.ORDERS`.
    opened
        Truth and guess of the marked cell, "" for none.
    """
    labels = found.comparison.changes.labels
    current = selection_mark.current_mark(
        _WIDGET, opened, f"{found.comparison.before} {found.comparison.after} {order}"
    )
    # Classes that only the second model has stand behind those of the first.
    extra = np.arange(len(study.labels), len(labels), dtype=np.intp)
    ordered = np.concatenate([studies.class_order(study, order), extra])
    st.plotly_chart(
        figure(found.before, found.after, labels, ordered, current.initial),
        key=current.key,
        on_select=lambda: _open_clicked(labels, current),
        selection_mode="points",
        config=matrix.ZOOMABLE,
        alt=tr(
            "Matrix of changes: a row for each true class, a column for each guess. The list has the same numbers in "
            "words."
        ),
    )


def _open_clicked(labels: tuple[str, ...], current: selection_mark.Mark) -> None:
    points = st.session_state[current.key]["selection"]["points"]
    current.cleared = not points  # a click on the marked cell removes the selection
    truth, guess = selection_mark.clicked_cell(points, labels)
    if truth and guess:
        selection_mark.remember_click(_WIDGET, truth, guess)
        selection.open_cell(truth, guess)


def figure(
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    labels: tuple[str, ...],
    order: NDArray[np.intp],
    marked: tuple[str, str],
) -> go.Figure:
    """Return the chart of the differences of two matrices of confusions.

    Parameters
    ----------
    before, after : (L, L) int64
        From `GuessChanges.matrix`.
    labels
        L class names.
    order : (L,)
        Order of the classes.
    marked
        Truth and guess of the cell that is marked until the first click, "" for none.
    """
    rows, columns = (order[needed[order]].astype(np.int16) for needed in confusion.occurring_classes(before + after))
    truths, guesses = (grid.ravel() for grid in np.meshgrid(rows, columns, indexing="ij"))
    cell = tuple(labels.index(name) if name in labels else -1 for name in marked)
    numbers = np.stack([before[truths, guesses], after[truths, guesses]], axis=1).astype(np.float32)
    right = truths == guesses
    chart = go.Figure(_tiles(before, after, rows, columns))
    # Two traces of markers, because right and wrong cells have different hover texts.
    for which, hover in ((~right, tr(_WRONG_HOVER)), (right, tr(_RIGHT_HOVER))):
        chart.add_trace(
            matrix.clickable_cells(truths[which], guesses[which], numbers[which], hover, (cell[0], cell[1]))
        )
    matrix.lay_out(chart, rows, columns, labels)
    return chart


def _tiles(
    before: NDArray[np.int64], after: NDArray[np.int64], rows: NDArray[np.int16], columns: NDArray[np.int16]
) -> list[go.Heatmap]:
    """Return the visible cells: changes in colour by the logarithm of their size, mistakes without a change in grey."""
    cells = np.ix_(rows, columns)
    change = (after - before)[cells]
    right = rows[:, None] == columns
    # More right answers are mended, more mistakes are broken.
    mended = np.where(right, change, -change)
    size = np.sign(mended) * (1 + np.log10(np.maximum(np.abs(mended), 1)))
    coloured = np.where(mended == 0, np.nan, size).astype(np.float32)
    same = np.where((mended == 0) & ~right & (before[cells] > 0), 1, np.nan).astype(np.float32)
    most = int(np.abs(mended).max(initial=1))
    longest = 1 + max(float(np.log10(most)), 0.3)
    # The outermost numbers are those of the largest change. More would not fit on a telephone.
    steps = [step for step in _STEPS if 5 * step <= most or step == 1] + [most] * (most > 1)
    ticks = [*(-step for step in reversed(steps)), *steps]
    bar = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "thickness": 8, "len": 0.6}
    bar |= {
        "tickvals": [float(np.sign(tick) * (1 + np.log10(abs(tick)))) for tick in ticks],
        "ticktext": [f"{abs(tick):,}" for tick in ticks],
        "title": {"text": tr(_BAR), "side": "top", "font": {"size": 11}},
        "outlinewidth": 0,
    }
    common = {"x": columns, "y": rows, "hoverinfo": "skip", "xgap": 0.5, "ygap": 0.5}
    text: dict[str, object] = {}
    if len(columns) <= NUMBERED:
        # The sign is that of the number of pictures in the cell.
        signed = [[f"{number:+d}" if number else "" for number in row] for row in change.tolist()]
        text = {"text": signed, "texttemplate": "%{text}"}
    return [
        go.Heatmap(z=same, colorscale=_FAINT, zmin=0, zmax=1, showscale=False, **common),
        go.Heatmap(z=coloured, colorscale=_scale(longest), zmin=-longest, zmax=longest, colorbar=bar, **text, **common),
    ]


def _scale(longest: float) -> list[list[object]]:
    """Return the colours from broken over nothing to mended; the palest is that of one picture."""
    palest = 0.5 / longest  # where one picture lies on the half of the scale from 0 to 1
    return [
        [0, f"rgba({BROKEN}, 1)"],
        [0.5 - palest, f"rgba({BROKEN}, {_PALEST})"],
        [0.5, "rgba(128, 138, 144, 0)"],
        [0.5 + palest, f"rgba({MENDED}, {_PALEST})"],
        [1, f"rgba({MENDED}, 1)"],
    ]


_WRONG_HOVER = mark("<b>%{y}</b> taken for <b>%{x}</b><br>%{customdata[0]:,} mistakes before, %{customdata[1]:,} after")
_RIGHT_HOVER = mark("<b>%{y}</b> recognised<br>%{customdata[0]:,} pictures before, %{customdata[1]:,} after")
_BAR = mark("Pictures that are broken (red) and mended (green)")
