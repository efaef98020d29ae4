"""Figures of the overview: drawn for light and dark, without a colour that carries a meaning alone."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

RIGHT = "#3b8fc4"
"""Blue of right answers; with WRONG it stays apart for colour-blind readers, and on both themes."""
WRONG = "#d2741c"
"""Orange of mistakes; in bars it is hatched, too."""
NEUTRAL = "#808a90"

SURE = 0.8
"""A confidence that most readers would take for certain enough."""

CALM = {"displayModeBar": False}
"""For `st.plotly_chart`: no tool bar, for there is nothing to zoom into."""

_HATCH = {"fillmode": "overlay", "fgcolor": "rgba(0, 0, 0, 0.4)", "size": 6, "solidity": 0.2}
_HEIGHT_PX = 320
_LARGEST_PX, _SMALLEST_PX = 18, 5


def histogram(steps: pd.DataFrame) -> go.Figure:
    """How sure the model was of its right and wrong answers.

    Parameters
    ----------
    steps
        From `xai_core.confusions.calibration.reliability`.
    """
    wrong = steps["pictures"] - steps["right"]
    figure = go.Figure(
        [
            _bars(steps, wrong, "Wrong", WRONG, pattern="/"),
            _bars(steps, steps["right"], "Right", RIGHT, pattern=""),
        ]
    )
    figure.update_layout(barmode="stack", bargap=0.04)
    figure.update_yaxes(title="Pictures", rangemode="tozero", tickformat=",")
    return _finished(figure)


def _bars(steps: pd.DataFrame, heights: pd.Series, name: str, colour: str, *, pattern: str) -> go.Bar:
    return go.Bar(
        x=(steps["low"] + steps["high"]) / 2,
        y=heights,
        name=name,
        marker={"color": colour, "line": {"width": 0}, "pattern": {"shape": pattern, **_HATCH}},
        customdata=steps[["low", "high"]],
        hovertemplate="confidence %{customdata[0]:.0%} to %{customdata[1]:.0%}: %{y:,} " + name.lower(),
    )


def reliability(steps: pd.DataFrame) -> go.Figure:
    """How often the model is right when it is so sure; the larger a point, the more pictures it stands for.

    Parameters
    ----------
    steps
        From `xai_core.confusions.calibration.reliability`.
    """
    seen = steps[steps["pictures"] > 0]
    size = np.maximum(_SMALLEST_PX, _LARGEST_PX * np.sqrt(seen["pictures"] / seen["pictures"].max()))
    ideal = go.Scatter(
        x=[0, 1], y=[0, 1], mode="lines", name="As sure as right", line={"color": NEUTRAL, "dash": "dash"}
    )
    ideal.hoverinfo = "skip"
    measured = go.Scatter(
        x=seen["confidence"],
        y=seen["accuracy"],
        mode="lines+markers",
        name="This model",
        line={"color": RIGHT, "width": 2},
        marker={"size": size, "opacity": 1},
        customdata=seen["pictures"],
        hovertemplate="sure %{x:.0%}, right %{y:.0%}: %{customdata:,} pictures<extra></extra>",
    )
    figure = go.Figure([ideal, measured])
    figure.update_yaxes(title="Share of right answers", range=[-0.02, 1.04], tickformat=".0%", dtick=0.2)
    return _finished(figure)


def _finished(figure: go.Figure) -> go.Figure:
    """The same frame for all: confidence from left to right, the legend above, nothing to drag."""
    figure.update_xaxes(title="Confidence of the answer", range=[0, 1.02], tickformat=".0%", dtick=0.2, fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    figure.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
        dragmode=False,
    )
    return figure


def histogram_in_words(steps: pd.DataFrame) -> str:
    """What to read from the histogram, in one sentence."""
    wrong = steps["pictures"] - steps["right"]
    if not wrong.sum():
        return "Every answer is right; the further left one stands, the less sure the model was of it."
    sure = wrong[steps["low"] > SURE - 1e-9].sum() / wrong.sum()
    return (
        "The further right a mistake stands, the less its confidence warned of it: "
        f"{sure:.0%} of the mistakes were made with a confidence above {SURE:.0%}."
    )


def reliability_in_words(steps: pd.DataFrame) -> str:
    """What to read from the reliability diagram, in one sentence."""
    weight = steps["pictures"] / steps["pictures"].sum()
    says, does = (steps["confidence"] * weight).sum(), (steps["accuracy"] * weight).sum()
    return (
        "Below the dashed line the model is surer than it is right, above it less sure: "
        f"on average it says {says:.0%} and is right in {does:.0%} of the pictures."
    )
