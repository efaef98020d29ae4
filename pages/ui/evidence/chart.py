"""Chart of the measure for mistakes and correct pictures, with a point for each picture."""

import plotly.graph_objects as go
import streamlit as st

from pages.ui.evidence import claim
from pages.ui.evidence.request import EvidenceRequest
from pages.ui.frame.components import picture_name
from pages.ui.frame.plain_text import chart_text, literal_words
from pages.ui.maps.charts import NEUTRAL, NO_TOOLBAR, RIGHT, WRONG
from xai_core.evidence.findings import GROUPS, Findings
from xai_core.language import tr

_LOOKS = {"mistakes": (WRONG, "diamond"), "of_truth": (RIGHT, "circle"), "of_guess": (NEUTRAL, "square")}
_ROW_PX, _AXIS_PX = 78, 62


def draw_chart(request: EvidenceRequest, found: Findings) -> None:
    """Draw the chart, and below it how the difference was tested."""
    st.markdown(f"#### {tr('Does the evidence lie elsewhere in correct pictures?')}")
    st.caption(
        tr(
            "Each point is a picture. It shows how much of the evidence for {guess} lies {location}.",
            guess=literal_words(request.guess),
            location=tr(claim.LOCATIONS[request.measure]),
        )
    )
    means = [
        tr(
            "{group}: {share:.0%} on average",
            group=claim.group_name(group, request.truth, request.guess),
            share=shares.mean(),
        )
        for group in GROUPS
        if len(shares := claim.measured(found, group, request.measure))
    ]
    chart = figure(found, request.truth, request.guess, request.measure)
    st.plotly_chart(chart, key="evidence_chart", config=NO_TOOLBAR, alt=tr("; ").join(means) or tr("No picture"))
    st.caption(claim.how_tested(found.differences[request.measure]))


def figure(found: Findings, truth: str, guess: str, measure: str) -> go.Figure:
    """Draw points and boxes in a row for each group, and a line where evenly spread evidence would be.

    Parameters
    ----------
    found
        Findings with one picture at least.
    truth, guess
        The pair.
    measure
        One of `findings.MEASURES`.
    """
    rows = []
    for group in GROUPS:
        shares = claim.measured(found, group, measure)
        if len(shares):
            rows.append(
                _row(found, group, measure, chart_text(f"{claim.group_name(group, truth, guess)} ({len(shares)})"))
            )
    chart = go.Figure(rows)
    evenly = claim.even(found, measure)
    chart.add_vline(evenly, line={"color": NEUTRAL, "dash": "dash", "width": 1})
    chart.add_annotation(
        x=evenly,
        y=1,
        yref="paper",
        yanchor="bottom",
        text=tr("evenly spread"),
        showarrow=False,
        font={"color": NEUTRAL},
    )
    chart.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", dtick=0.25, fixedrange=True, zeroline=False)
    chart.update_yaxes(autorange="reversed", fixedrange=True)
    chart.update_layout(
        height=_AXIS_PX + _ROW_PX * len(rows),
        margin={"l": 8, "r": 8, "t": 24, "b": 8},
        showlegend=False,
        dragmode=False,
    )
    return chart


def _row(found: Findings, group: str, measure: str, title: str) -> go.Box:
    colour, symbol = _LOOKS[group]
    rows = found.of(group)
    # As in `claim.measured`: without evidence for the guess there is no share of it.
    rows = rows[rows["for_guess"] > 0]
    return go.Box(
        x=rows[measure],
        name=title,
        orientation="h",
        boxpoints="all",
        jitter=0.5,
        pointpos=0,
        line={"color": colour, "width": 1},
        fillcolor="rgba(128, 138, 144, 0.12)",
        marker={"color": colour, "symbol": symbol, "size": 8, "opacity": 0.85},
        text=[chart_text(picture_name(image_id)) for image_id in rows["image_id"]],
        hovertemplate="%{text}: %{x:.0%}<extra></extra>",
        hoveron="points",
    )
