"""How a lead comes about: what the model leans to anyway, and what the picture's regions add and take away."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from pages.ui.controls.contrast import Shown
from pages.ui.maps.charts import CALM, NEUTRAL
from xai_core.explain.explanation import Explanation
from xai_core.labels import index_of, words

_HEIGHT_PX = 165
_ROOM = 0.28  # of the span of the bars, on either side of them, for their numbers


def show(answer: Explanation | None, shown: Shown) -> None:
    """The lead of the contrast's first class, step by step; empty bars while nothing is computed."""
    steps = lead(answer, shown.pair) if answer else (0.0, 0.0, 0.0)
    first, second = map(words, shown.pair)
    st.markdown("**Where the lead comes from**, in logits")
    # Drawn from the start, also without numbers: so the browser has what draws the contrast by the time it is whole.
    st.plotly_chart(
        figure(steps, shown),
        key="explain_lead",
        config=CALM,
        alt=f"Lead of {first} over {second}: base {steps[0]:+.2f}, {first} regions {steps[1]:+.2f}, "
        f"{second} regions {steps[2]:+.2f}, in all {sum(steps):+.2f} logits",
    )


def lead(answer: Explanation, pair: tuple[str, str]) -> tuple[float, float, float]:
    """Base, sum of the regions for the first class and sum of those for the second, in logits: they add up."""
    first, second = (index_of(label, answer.labels) for label in pair)
    of_regions = answer.values.astype(np.float64)
    contrast = of_regions[:, first] - of_regions[:, second]
    base = float(answer.base[first] - answer.base[second])
    return base, float(contrast[contrast > 0].sum()), float(contrast[contrast < 0].sum())


def figure(steps: tuple[float, float, float], shown: Shown) -> go.Figure:
    """Bars of which each begins where the one above it ends, and below them what comes out.

    Parameters
    ----------
    steps
        From `lead`.
    shown
        The contrast, and its colours.
    """
    base, towards, away = steps
    palette = shown.display.palette
    colours = [NEUTRAL, *(f"rgb{rgb}" for rgb in (palette.towards_rgb, palette.away_rgb)), NEUTRAL]
    lengths, starts = np.array([base, towards, away, sum(steps)]), np.array([0, base, base + towards, 0])
    bars = go.Bar(
        y=["base", palette.towards, palette.away, "lead"],
        x=lengths,
        base=starts,
        orientation="h",
        marker={"color": colours, "line": {"width": 0}},
        text=[f"{length:+.2f}" if any(steps) else "" for length in lengths],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    chart = go.Figure(bars)
    reached = np.array([0, *starts, *(starts + lengths)])
    room = _ROOM * (np.ptp(reached) or 1)
    chart.update_xaxes(range=[reached.min() - room, reached.max() + room], visible=False, fixedrange=True)
    chart.update_yaxes(autorange="reversed", fixedrange=True)
    chart.update_layout(height=_HEIGHT_PX, margin={"l": 4, "r": 4, "t": 4, "b": 4}, dragmode=False, bargap=0.3)
    return chart
