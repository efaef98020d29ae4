"""A picture with regions that tell their numbers where the pointer is; of any shape, rectangles or not."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from pages.ui.controls.contrast import Shown
from xai_core import render
from xai_core.explain import region_table
from xai_core.explain.explanation import Explanation
from xai_core.labels import words

MOST_BYTES = 200_000
"""Of the numbers sent along with a picture; the grid that carries them is as fine as this allows."""

CALM = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}
"""For `st.plotly_chart`."""

_BYTES = 4 * 4 / 3  # a float32 in base64
_CLEAR = [[0, "rgba(0, 0, 0, 0)"], [1, "rgba(0, 0, 0, 0)"]]


def figure(tinted: NDArray[np.uint8], answer: Explanation, shown: Shown, side_px: int) -> go.Figure:
    """Draw an overlay that says, region by region, what stands behind it.

    Parameters
    ----------
    tinted : (H, W, 3) uint8
        The overlay.
    answer
        What it shows.
    shown
        The contrast and the classes whose values are told.
    side_px
        Width that it is drawn at where there is room.
    """
    table = region_table.table(answer, *shown.pair, shown.labels)
    values = [region_table.contrast_column(*shown.pair), *map(region_table.label_column, shown.labels)]
    errors = [] if answer.uncertainty is None else [region_table.error_of(each) for each in values]
    told = [*values, "rank", "share_of_area", *errors]
    height, width = tinted.shape[:2]
    rows, columns = (_grid(size, len(told), max(height, width)) for size in (height, width))
    cells = answer.region_of[np.ix_(rows, columns)]
    picture = go.Image(source=render.data_url(tinted), hoverinfo="skip", zsmooth="fast")
    numbers = go.Heatmap(
        x=columns,
        y=rows,
        z=np.zeros(cells.shape, np.uint8),
        customdata=table[told].to_numpy(np.float32)[cells],
        text=_remarks(table)[cells] if errors else None,
        hovertemplate=_sentence(shown, len(table), estimated=bool(errors)),
        colorscale=_CLEAR,
        showscale=False,
    )
    return framed(go.Figure([picture, numbers]), height, width, side_px)


def _grid(size: int, channels: int, longest: int) -> NDArray[np.intp]:
    """Pixels that stand for a row or column of the picture, evenly spread."""
    finest = int((MOST_BYTES / (channels * _BYTES)) ** 0.5)
    cells = max(1, min(size, size * finest // longest))
    return ((np.arange(cells) + 0.5) * size / cells).astype(np.intp)


def _remarks(table: pd.DataFrame) -> NDArray[np.str_]:
    """(R,) what is to be said of a region besides its numbers."""
    return np.where(table[region_table.WITHIN_NOISE], ", within noise", "")


def _sentence(shown: Shown, count: int, *, estimated: bool) -> str:
    place = len(shown.labels) + 1
    values = [f"%{{customdata[{each}]:+.3f}}" for each in range(place)]
    if estimated:
        values = [f"{value} \u00b1 %{{customdata[{place + 2 + each}]:.3f}}" for each, value in enumerate(values)]
    noise = "%{text}" if estimated else ""
    lines = [
        f"<b>region %{{customdata[{place}]:.0f}} of {count}</b>, %{{customdata[{place + 1}]:.1%}} of the picture",
        f"<b>{values[0]}</b> {words(shown.pair[0])} rather than {words(shown.pair[1])}{noise}",
        *(f"{value} {words(label)}" for value, label in zip(values[1:], shown.labels, strict=True)),
        *(["\u00b1 is one standard error"] if estimated else []),
    ]
    return "<br>".join(lines) + "<extra></extra>"


def framed(figure: go.Figure, height: int, width: int, side_px: int) -> go.Figure:
    """Nothing but the picture, in its own proportions whatever room there is, at the upper left of it."""
    hidden = {"visible": False, "fixedrange": True, "constrain": "domain"}
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
