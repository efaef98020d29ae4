"""Charts of confidence and accuracy, with colours that colour-blind readers can tell apart."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from xai_core.language import tr

RIGHT = "#3b8fc4"
"""Blue of right predictions. Colour-blind readers can tell it from WRONG, in the light and in the dark theme."""
WRONG = "#d2741c"
"""Orange of mistakes. Bars in it are hatched, too."""
NEUTRAL = "#808a90"

HIGH_CONFIDENCE = 0.8
"""Confidence above which most readers would trust a prediction."""

NO_TOOLBAR = {"displayModeBar": False}
"""Configuration for `st.plotly_chart` of a chart in which there is nothing to zoom into."""

_HATCH = {"fillmode": "overlay", "fgcolor": "rgba(0, 0, 0, 0.4)", "size": 6, "solidity": 0.2}
_HEIGHT_PX = 320
_LARGEST_PX, _SMALLEST_PX = 18, 5


def histogram(steps: pd.DataFrame) -> go.Figure:
    """Draw the numbers of right and wrong predictions by confidence.

    Parameters
    ----------
    steps
        From `xai_core.confusions.calibration.reliability`.
    """
    wrong = steps["pictures"] - steps["right"]
    figure = go.Figure(
        [
            _bars(steps, wrong, tr("Wrong"), tr("wrong"), WRONG, pattern="/"),
            _bars(steps, steps["right"], tr("Right"), tr("right"), RIGHT, pattern=""),
        ]
    )
    figure.update_layout(barmode="stack", bargap=0.04)
    figure.update_yaxes(title=tr("Pictures"), rangemode="tozero", tickformat=",")
    return _finished(figure)


def _bars(steps: pd.DataFrame, heights: pd.Series, name: str, kind: str, colour: str, *, pattern: str) -> go.Bar:
    return go.Bar(
        x=(steps["low"] + steps["high"]) / 2,
        y=heights,
        name=name,
        marker={"color": colour, "line": {"width": 0}, "pattern": {"shape": pattern, **_HATCH}},
        customdata=steps[["low", "high"]],
        hovertemplate=tr(
            "confidence {low} to {high}: {pictures} {kind}",
            low="%{customdata[0]:.0%}",
            high="%{customdata[1]:.0%}",
            pictures="%{y:,}",
            kind=kind,
        ),
    )


def reliability(steps: pd.DataFrame) -> go.Figure:
    """Draw accuracy against confidence, with points whose area grows with their number of pictures.

    Parameters
    ----------
    steps
        From `xai_core.confusions.calibration.reliability`.
    """
    seen = steps[steps["pictures"] > 0]
    size = np.maximum(_SMALLEST_PX, _LARGEST_PX * np.sqrt(seen["pictures"] / seen["pictures"].max()))
    ideal = go.Scatter(
        x=[0, 1], y=[0, 1], mode="lines", name=tr("Confidence = accuracy"), line={"color": NEUTRAL, "dash": "dash"}
    )
    ideal.hoverinfo = "skip"
    measured = go.Scatter(
        x=seen["confidence"],
        y=seen["accuracy"],
        mode="lines+markers",
        name=tr("This model"),
        line={"color": RIGHT, "width": 2},
        marker={"size": size, "opacity": 1},
        customdata=seen["pictures"],
        hovertemplate=tr(
            "confidence {confidence}, accuracy {accuracy}: {pictures} pictures",
            confidence="%{x:.0%}",
            accuracy="%{y:.0%}",
            pictures="%{customdata:,}",
        )
        + "<extra></extra>",
    )
    figure = go.Figure([ideal, measured])
    figure.update_yaxes(title=tr("Accuracy"), range=[-0.02, 1.04], tickformat=".0%", dtick=0.2)
    return _finished(figure)


def _finished(figure: go.Figure) -> go.Figure:
    """Give a chart its axis of confidence, a legend above it and nothing to drag."""
    figure.update_xaxes(title=tr("Confidence"), range=[0, 1.02], tickformat=".0%", dtick=0.2, fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    figure.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
        dragmode=False,
    )
    return figure


def histogram_sentence(steps: pd.DataFrame) -> str:
    """Return in one sentence what the histogram shows."""
    wrong = steps["pictures"] - steps["right"]
    if not wrong.sum():
        return tr("Every prediction is right. The further left a bar is, the less confident the model was.")
    confident = wrong[steps["low"] > HIGH_CONFIDENCE - 1e-9].sum() / wrong.sum()
    return tr(
        "Confidence does not reveal the mistakes at the right: {share:.0%} of the mistakes were made with a confidence "
        "above {limit:.0%}.",
        share=confident,
        limit=HIGH_CONFIDENCE,
    )


def reliability_sentence(steps: pd.DataFrame) -> str:
    """Return in one sentence what the reliability diagram shows."""
    weight = steps["pictures"] / steps["pictures"].sum()
    confidence, accuracy = (steps["confidence"] * weight).sum(), (steps["accuracy"] * weight).sum()
    return tr(
        "Below the dashed line the model is too confident, above it not confident enough: on average its confidence is "
        "{confidence:.0%}, and it is right in {accuracy:.0%} of the pictures.",
        confidence=confidence,
        accuracy=accuracy,
    )
