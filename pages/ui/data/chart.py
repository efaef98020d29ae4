"""Chart of the share of mistakes over a property of the pictures."""

import pandas as pd
import plotly.graph_objects as go

from pages.ui.maps.charts import NEUTRAL, WRONG
from xai_core.data.properties import Property
from xai_core.language import tr

_HEIGHT_PX = 300


def error_chart(steps: pd.DataFrame, shown: Property) -> go.Figure:
    """Draw the share of mistakes in steps of equally many pictures, beside what their classes lead one to expect.

    Parameters
    ----------
    steps
        From `xai_core.confusions.property_effects.error_by_step`.
    shown
        The property.
    """
    names = [
        tr("{low} to {high}", low=f"{row['low']:.{shown.digits}f}", high=f"{row['high']:.{shown.digits}f}")
        for row in steps.to_dict("records")
    ]
    # Places, not names: two steps can have the same name after rounding.
    places = list(range(len(steps)))
    measured = go.Scatter(
        x=places,
        y=steps["error"],
        mode="markers",
        name=tr("Mistakes"),
        marker={"color": WRONG, "size": 10},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": steps["error_high"] - steps["error"],
            "arrayminus": steps["error"] - steps["error_low"],
            "color": WRONG,
            "thickness": 1.5,
        },
        customdata=list(zip(names, steps["mistakes"], steps["pictures"], strict=True)),
        hovertemplate=tr("%{customdata[0]}: %{customdata[1]:,} of %{customdata[2]:,} pictures wrong<extra></extra>"),
    )
    expected = go.Scatter(
        x=places,
        y=steps["expected"],
        mode="lines",
        name=tr("Expected from their classes"),
        line={"color": NEUTRAL, "dash": "dash"},
        hovertemplate=tr("expected %{y:.0%}<extra></extra>"),
    )
    figure = go.Figure([expected, measured])
    ticks = [f"{value:.{shown.digits}f}" for value in steps["low"]]
    figure.update_xaxes(
        title=tr("{property}, {low} to {high}", property=tr(shown.title), low=tr(shown.low), high=tr(shown.high)),
        tickvals=places,
        ticktext=ticks,
        fixedrange=True,
    )
    top = min(1.02, 1.1 * float(steps["error_high"].max()) + 0.02)
    figure.update_yaxes(title=tr("Mistakes"), range=[0, top], tickformat=".0%", fixedrange=True)
    figure.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        dragmode=False,
    )
    return figure


def sentence(steps: pd.DataFrame, shown: Property) -> str:
    """Return in a sentence what the chart shows."""
    first, last = steps.iloc[0], steps.iloc[-1]
    return tr(
        "Each point is a step of about equally many pictures, with its 95% interval. At the end “{low}” "
        "{low_error:.0%} of {low_pictures:,.0f} pictures are mistakes ({low_expected:.0%} expected from their "
        "classes); at the end “{high}” {high_error:.0%} of {high_pictures:,.0f} pictures are mistakes "
        "({high_expected:.0%} expected from their classes).",
        low=tr(shown.low),
        low_error=first["error"],
        low_pictures=first["pictures"],
        low_expected=first["expected"],
        high=tr(shown.high),
        high_error=last["error"],
        high_pictures=last["pictures"],
        high_expected=last["expected"],
    )
