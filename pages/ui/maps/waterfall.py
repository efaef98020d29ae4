"""Waterfall chart of a margin, from the base over the evidence for either class to the total."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from pages.ui.controls.contrast import ShownContrast
from pages.ui.maps.charts import NEUTRAL, NO_TOOLBAR
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.labels import index_of, words
from xai_core.language import tr

_HEIGHT_PX = 165
_ROOM = 0.28  # of the span of the bars, on either side of them, for their numbers


def draw_waterfall(answer: Explanation | None, shown: ShownContrast) -> None:
    """Draw the steps to the margin of the contrast's first class, or empty bars without an answer."""
    steps = margin_steps(answer, shown.target) if answer else (0.0, 0.0, 0.0)
    first, second = map(words, shown.target.labels)
    st.markdown(tr("**Where the margin comes from**, in logits"))
    # Drawn without numbers, too. The browser loads Plotly for this chart, so that the contrast, which needs it once all
    # is computed, appears without a gap.
    st.plotly_chart(
        figure(steps, shown),
        key="explain_margin",
        config=NO_TOOLBAR,
        alt=tr(
            "Margin of {first} over {second}: base {base:+.2f}, {first} regions {towards:+.2f}, {second} regions "
            "{away:+.2f}, in all {total:+.2f} logits",
            first=first,
            second=second,
            base=steps[0],
            towards=steps[1],
            away=steps[2],
            total=sum(steps),
        ),
    )


def margin_steps(answer: Explanation, target: Target) -> tuple[float, float, float]:
    """Return base, evidence for the first class and evidence for the second, in logits.

    They add up to the margin: values are additive, so the sum over all regions splits into its positive and its
    negative part.
    """
    first, second = (index_of(label, answer.labels) for label in target.labels)
    values = answer.values.astype(np.float64)
    contrast = values[:, first] - values[:, second]
    base = float(answer.base[first] - answer.base[second])
    return base, float(contrast[contrast > 0].sum()), float(contrast[contrast < 0].sum())


def figure(steps: tuple[float, float, float], shown: ShownContrast) -> go.Figure:
    """Draw bars that each begin where the one above ends, and the total below them.

    Parameters
    ----------
    steps
        From `margin_steps`.
    shown
        The contrast, and its colours.
    """
    base, towards, away = steps
    palette = shown.display.palette
    colours = [NEUTRAL, *(f"rgb{rgb}" for rgb in (palette.towards_rgb, palette.away_rgb)), NEUTRAL]
    lengths, starts = np.array([base, towards, away, sum(steps)]), np.array([0, base, base + towards, 0])
    bars = go.Bar(
        y=[tr("base"), tr(palette.towards), tr(palette.away), tr("margin")],
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
    ends = np.array([0, *starts, *(starts + lengths)])
    room = _ROOM * (np.ptp(ends) or 1)
    chart.update_xaxes(range=[ends.min() - room, ends.max() + room], visible=False, fixedrange=True)
    chart.update_yaxes(autorange="reversed", fixedrange=True)
    chart.update_layout(height=_HEIGHT_PX, margin={"l": 4, "r": 4, "t": 4, "b": 4}, dragmode=False, bargap=0.3)
    return chart
