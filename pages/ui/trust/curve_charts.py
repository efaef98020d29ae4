"""Curves of deletion and insertion, drawn: a line for each order of pixels."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from pages.ui.maps.charts import NEUTRAL, RIGHT, WRONG
from xai_core.trust.curves import Curves

RANDOM = "random order"
"""Drawn in grey, for it is no map."""

_COLOURS = (RIGHT, WRONG, "#3a9a6d", "#b0609f", "#8d7f2a", "#5a6fc0")
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_HEIGHT_PX = 280


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two curves: what happens, and what its horizontal axis counts."""

    title: str
    axis: str


KINDS = {
    "insertion": Kind("Insertion: the most valued parts are shown first", "Share of the picture shown"),
    "deletion": Kind("Deletion: the most valued parts are hidden first", "Share of the picture hidden"),
}


def figure(found: Mapping[str, Curves | None], kind: str, score: str) -> go.Figure:
    """Draw one kind of curve for each order; what is not known yet is left out.

    Parameters
    ----------
    found
        Name of an order -> its curves so far.
    kind
        One of `KINDS`.
    score
        What is drawn, in words.
    """
    lines = [
        go.Scatter(
            x=[] if each is None else each.shares,
            y=[] if each is None else _points(each, kind),
            name=name,
            mode="lines",
            line=_line(name, place),
            hovertemplate="%{x:.0%}: %{y:+.2f} logits<extra>" + name + "</extra>",
        )
        for place, (name, each) in enumerate(found.items())
    ]
    chart = go.Figure(lines)
    chart.update_xaxes(title=KINDS[kind].axis, range=[0, 1.03], tickformat=".0%", dtick=0.25, fixedrange=True)
    chart.update_yaxes(title=f"{score[0].upper()}{score[1:]}, logits", range=_reach(found), fixedrange=True)
    chart.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        showlegend=True,
        dragmode=False,
    )
    return chart


def _line(name: str, place: int) -> dict[str, object]:
    if name == RANDOM:
        return {"color": NEUTRAL, "width": 2, "dash": "dot"}
    return {"color": _COLOURS[place % len(_COLOURS)], "width": 2.5, "dash": _DASHES[place % len(_DASHES)]}


def _points(curves: Curves, kind: str) -> NDArray[np.float64]:
    return curves.insertion if kind == "insertion" else curves.deletion


def _reach(found: Mapping[str, Curves | None]) -> list[float] | None:
    """One vertical axis for both kinds, so that they can be compared."""
    known = [points for each in found.values() if each for points in (each.insertion, each.deletion)]
    values = np.concatenate(known)[np.isfinite(np.concatenate(known))] if known else np.empty(0)
    if not values.size:
        return None
    room = 0.06 * (float(np.ptp(values)) or 1.0)
    return [float(values.min()) - room, float(values.max()) + room]
