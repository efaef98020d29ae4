"""Overlay whose regions show their numbers under the pointer."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from pages.ui.controls.contrast import ShownContrast
from pages.ui.frame.plain_text import chart_text
from xai_core import render
from xai_core.explain.explanation import Explanation
from xai_core.explain.figures import region_table
from xai_core.labels import words
from xai_core.language import tr

MOST_BYTES = 200_000
"""Largest size of the numbers that are sent along with a picture, in bytes."""

NO_ZOOM = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}
"""Configuration for `st.plotly_chart` of a chart that only reacts to the pointer."""

_BYTES = 4 * 4 / 3  # a float32 in base64
_CLEAR = [[0, "rgba(0, 0, 0, 0)"], [1, "rgba(0, 0, 0, 0)"]]


def figure(overlay: NDArray[np.uint8], answer: Explanation, shown: ShownContrast, side_px: int) -> go.Figure:
    """Draw an overlay that shows the numbers of the region under the pointer.

    Regions have any shape, and Plotly has no hover for shapes. So an invisible heatmap lies over the picture: each of
    its cells carries the numbers of the region at its centre.

    Parameters
    ----------
    overlay : (H, W, 3) uint8
        Picture with the map over it.
    answer
        Explanation that the map belongs to.
    shown
        The contrast and the classes whose values are shown.
    side_px
        Width of the drawing where there is room for it.
    """
    table = region_table.table(answer, shown.target, shown.labels)
    values = [region_table.contrast_column(shown.target), *map(region_table.label_column, shown.labels)]
    errors = [] if answer.uncertainty is None else [region_table.error_of(column) for column in values]
    columns = [*values, "rank", "share_of_area", *errors]
    height, width = overlay.shape[:2]
    # The same step in both directions, so that cells are square: `longest` sets it for either.
    rows, across = (_grid(size, len(columns), max(height, width)) for size in (height, width))
    cells = answer.region_of[np.ix_(rows, across)]
    picture = go.Image(source=render.data_url(overlay), hoverinfo="skip", zsmooth="fast")
    numbers = go.Heatmap(
        x=across,
        y=rows,
        z=np.zeros(cells.shape, np.uint8),
        customdata=table[columns].to_numpy(np.float32)[cells],
        text=_remarks(table)[cells] if errors else None,
        hovertemplate=_template(shown, len(table), estimated=bool(errors)),
        colorscale=_CLEAR,
        showscale=False,
    )
    return fit_to_picture(go.Figure([picture, numbers]), height, width, side_px)


def _grid(size: int, channels: int, longest: int) -> NDArray[np.intp]:
    """Return evenly spread rows or columns of the picture, as few as `MOST_BYTES` allows."""
    # n by n cells of `channels` numbers take n**2 * channels * _BYTES bytes.
    finest = int((MOST_BYTES / (channels * _BYTES)) ** 0.5)
    cells = max(1, min(size, size * finest // longest))
    # Centres of the cells: with their corners the numbers would be half a cell off.
    return ((np.arange(cells) + 0.5) * size / cells).astype(np.intp)


def _remarks(table: pd.DataFrame) -> NDArray[np.str_]:
    """Return what is added to the numbers of each region, (R,)."""
    return np.where(table[region_table.WITHIN_NOISE], tr(", within noise"), "")


def _template(shown: ShownContrast, count: int, *, estimated: bool) -> str:
    # Numbers in the order of `figure`: contrast, labels, rank, share of the area, then errors of contrast and labels.
    rank = len(shown.labels) + 1
    values = [f"%{{customdata[{index}]:+.3f}}" for index in range(rank)]
    if estimated:
        values = [f"{value} \u00b1 %{{customdata[{rank + 2 + index}]:.3f}}" for index, value in enumerate(values)]
    noise = "%{text}" if estimated else ""
    lines = [
        tr(
            "<b>region {rank} of {count}</b>, {share} of the picture",
            rank=f"%{{customdata[{rank}]:.0f}}",
            count=count,
            share=f"%{{customdata[{rank + 1}]:.1%}}",
        ),
        f"<b>{values[0]}</b> {chart_text(shown.target_name)}{noise}",
        *(f"{value} {chart_text(words(label))}" for value, label in zip(values[1:], shown.labels, strict=True)),
        *([tr("\u00b1 is one standard error")] if estimated else []),
    ]
    # Plotly shows the name of the trace in a second box unless <extra> is empty.
    return "<br>".join(lines) + "<extra></extra>"


def fit_to_picture(figure: go.Figure, height: int, width: int, side_px: int) -> go.Figure:
    """Remove all but the picture from a figure, and fix its proportions.

    Where the figure is given more room than it needs, the picture stays at the upper left, as `st.image` has it: the
    page does not move when one takes the place of the other.
    """
    hidden = {"visible": False, "fixedrange": True, "constrain": "domain"}
    # Pixel i covers i - 0.5 to i + 0.5, and rows count downwards.
    figure.update_xaxes(range=[-0.5, width - 0.5], constraintoward="left", **hidden)
    figure.update_yaxes(range=[height - 0.5, -0.5], scaleanchor="x", scaleratio=1, constraintoward="top", **hidden)
    figure.update_layout(
        height=round(side_px * height / width),
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor="rgba(0, 0, 0, 0)",
        plot_bgcolor="rgba(0, 0, 0, 0)",
        dragmode=False,
        hoverlabel={"align": "left", "bgcolor": "#1f272b", "bordercolor": "#1f272b", "font": {"color": "#ffffff"}},
    )
    return figure
