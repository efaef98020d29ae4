"""Charts of insertion and deletion curves, a line for each order of pixels."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from pages.ui.frame.plain_text import chart_text
from pages.ui.maps.charts import NEUTRAL, RIGHT, WRONG
from xai_core.language import mark, tr
from xai_core.trust.curves import Curves

RANDOM = mark("random order")
"""Name of the random order, which is drawn in grey as a baseline."""

_COLOURS = (RIGHT, WRONG, "#3a9a6d", "#b0609f", "#8d7f2a", "#5a6fc0")
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_HEIGHT_PX = 280


@dataclass(frozen=True, slots=True)
class CurveKind:
    """Titles of one of the two curves and of its horizontal axis."""

    title: str
    axis: str


KINDS = {
    "insertion": CurveKind(
        mark("Insertion: the most valued parts are shown first"), mark("Share of the picture shown")
    ),
    "deletion": CurveKind(
        mark("Deletion: the most valued parts are hidden first"), mark("Share of the picture hidden")
    ),
}


def curve_chart(curves_by_order: Mapping[str, Curves | None], kind: str, score_name: str) -> go.Figure:
    """Return the chart of one kind of curve, with a line for each order.

    Points that are not known yet are left out.

    Parameters
    ----------
    curves_by_order
        Name of an order in English, of which `tr` has a translation -> its curves so far.
    kind
        One of `KINDS`.
    score_name
        Name of the score on the vertical axis.
    """
    lines = [
        go.Scatter(
            x=[] if curves is None else curves.shares,
            y=[] if curves is None else _points(curves, kind),
            name=tr(name),
            mode="lines",
            line=_line(name, index),
            hovertemplate=f"{_hover_text()}<extra>{tr(name)}</extra>",
        )
        for index, (name, curves) in enumerate(curves_by_order.items())
    ]
    chart = go.Figure(lines)
    title = chart_text(tr("{score}, logits", score=f"{score_name[0].upper()}{score_name[1:]}"))
    chart.update_xaxes(title=tr(KINDS[kind].axis), range=[0, 1.03], tickformat=".0%", dtick=0.25, fixedrange=True)
    chart.update_yaxes(title=title, range=_vertical_range(curves_by_order), fixedrange=True)
    chart.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        showlegend=True,
        dragmode=False,
    )
    return chart


def _hover_text() -> str:
    return tr("{share}: {value} logits", share="%{x:.0%}", value="%{y:+.2f}")


def _line(name: str, index: int) -> dict[str, object]:
    if name == RANDOM:
        return {"color": NEUTRAL, "width": 2, "dash": "dot"}
    return {"color": _COLOURS[index % len(_COLOURS)], "width": 2.5, "dash": _DASHES[index % len(_DASHES)]}


def _points(curves: Curves, kind: str) -> NDArray[np.float64]:
    return curves.insertion if kind == "insertion" else curves.deletion


def _vertical_range(curves_by_order: Mapping[str, Curves | None]) -> list[float] | None:
    """Return one range for both kinds of curve, so that the two charts can be compared."""
    known = [points for curves in curves_by_order.values() if curves for points in (curves.insertion, curves.deletion)]
    values = np.concatenate(known)[np.isfinite(np.concatenate(known))] if known else np.empty(0)
    if not values.size:
        return None
    margin = 0.06 * (float(np.ptp(values)) or 1.0)
    return [float(values.min()) - margin, float(values.max()) + margin]
