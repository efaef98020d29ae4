"""Faithfulness correlation of a map, measured on random parts of the picture."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from pages.ui.frame.plain_text import chart_text
from pages.ui.loaders import explanations
from pages.ui.maps import jobs
from pages.ui.maps.charts import NEUTRAL, NO_TOOLBAR, RIGHT, WRONG
from pages.ui.maps.jobs import Live
from pages.ui.trust.subject import CheckSubject
from xai_core.language import mark, tr
from xai_core.trust import check_questions
from xai_core.trust.random_masking import Prediction, RandomMaskings

_SLOT = "trust_random_masking"
_HEIGHT_PX = 340
_LOOKS = {
    mark("rectangles"): (RIGHT, "square"),
    mark("coarse cells"): (WRONG, "circle"),
    mark("fine cells"): ("#3a9a6d", "diamond"),
    mark("blobs"): ("#b0609f", "cross"),
}


def draw_random_masking(subject: CheckSubject) -> None:
    """Draw predicted against measured changes for random maskings, as they are computed."""
    st.subheader(tr("How well does this map predict the effect of hiding parts?"))
    jobs.live(
        _SLOT,
        subject.study,
        (subject.explanation_key, subject.target),
        lambda _model: [
            explanations.submit_question(
                check_questions.random_masking_question(subject.checked_picture, subject.target)
            )
        ],
        lambda live: _draw(subject, live),
        noun="map",
    )


def _draw(subject: CheckSubject, live: Live[RandomMaskings]) -> None:
    (maskings,) = live.answers
    prediction = None if maskings is None else maskings.prediction(subject.map)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        chart = prediction_chart(prediction, subject.score_name)
        st.plotly_chart(chart, key=_SLOT, config=NO_TOOLBAR, alt=_alt(prediction, subject))
    with right:
        if prediction is not None and live.complete[0]:
            _draw_conclusion(subject, prediction)
        st.caption(tr(_HOW_TO_READ))


def _draw_conclusion(subject: CheckSubject, prediction: Prediction) -> None:
    if subject.is_flat:
        text = tr("The map is flat: it gives every part the same value, so it predicts nothing.")
        st.info(text, icon=":material/info:")
        return
    st.metric(tr("Faithfulness correlation"), f"{prediction.correlation:.2f}", help=tr(CORRELATION_HELP))
    level = prediction.level
    st.markdown(f"**{tr('Places')}** :{_COLOURS[level]}-badge[{tr(LEVELS[level])}] {tr(_MEANINGS[level])}")
    st.markdown(f"**{tr('Amounts')}** {amount_sentence(prediction.slope)}")


def amount_sentence(slope: float) -> str:
    """Return how the predicted changes compare with the measured ones in size.

    Parameters
    ----------
    slope
        Measured change for each logit of predicted change.

    >>> amount_sentence(0.32)
    'The map overstates: for each logit that it predicts, the model changes by 0.32.'
    >>> amount_sentence(1.05)
    'The map has the right size: for each logit that it predicts, the model changes by 1.05.'
    """
    if slope < 1 / _RIGHT_SIZE:
        return tr("The map overstates: for each logit that it predicts, the model changes by {slope:.2f}.", slope=slope)
    if slope > _RIGHT_SIZE:
        return tr(
            "The map understates: for each logit that it predicts, the model changes by {slope:.2f}.", slope=slope
        )
    return tr(
        "The map has the right size: for each logit that it predicts, the model changes by {slope:.2f}.", slope=slope
    )


def prediction_chart(prediction: Prediction | None, score_name: str) -> go.Figure:
    """Return the chart of predicted against measured changes.

    Changes that are not known yet are left out.

    Parameters
    ----------
    prediction
        Changes so far.
    score_name
        Name of the score that changes.
    """
    points = [
        go.Scatter(
            x=prediction.predicted[kind] if prediction else [],
            y=prediction.measured[kind] if prediction else [],
            name=tr(kind),
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 8},
            hovertemplate=tr(
                "predicted {predicted}, measured {measured} logits", predicted="%{x:+.2f}", measured="%{y:+.2f}"
            )
            + f"<extra>{tr(kind)}</extra>",
        )
        for kind, (colour, symbol) in _LOOKS.items()
    ]
    low, high = _range(prediction)
    perfect = go.Scatter(
        x=[low, high], y=[low, high], mode="lines", name=tr("perfect"), line={"color": NEUTRAL, "dash": "dash"}
    )
    perfect.hoverinfo = "skip"
    chart = go.Figure([perfect, *points])
    chart.update_xaxes(
        title=tr("Predicted change of<br>{score}, logits", score=chart_text(score_name)),
        fixedrange=True,
        zeroline=False,
    )
    chart.update_yaxes(title=tr("Measured change, logits"), fixedrange=True, zeroline=False)
    chart.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        dragmode=False,
    )
    return chart


def _range(prediction: Prediction | None) -> tuple[float, float]:
    if prediction is None:
        return 0.0, 1.0
    values = np.concatenate([*prediction.predicted.values(), *prediction.measured.values()])
    known = values[np.isfinite(values)]
    return float(known.min(initial=0.0)), float(known.max(initial=0.0))


def _alt(prediction: Prediction | None, subject: CheckSubject) -> str:
    known = sum(int(np.isfinite(changes).sum()) for changes in prediction.measured.values()) if prediction else 0
    return tr(
        "Predicted against measured changes of {score}, for {count} random maskings",
        score=subject.score_name,
        count=known,
    )


CORRELATION_HELP = mark(
    "Correlation between the change that the map predicts and the change that the model shows when random parts are "
    "hidden. 1 is perfect."
)
_RIGHT_SIZE = 1.25  # up to a quarter more or less counts as the right size
LEVELS = {"good": mark("good"), "fair": mark("fair"), "poor": mark("poor")}
"""Names of the levels of faithfulness."""

_COLOURS = {"good": "green", "fair": "orange", "poor": "red"}
_MEANINGS = {
    "good": mark("The parts that this map values most are those whose hiding changes the model most."),
    "fair": mark("The map points roughly to the right parts, but some matter more or less than it says."),
    "poor": mark(
        "Which parts matter has little to do with what this map says. Do not rely on it: try more evaluations or "
        "another mask."
    ),
}
_HOW_TO_READ = mark(
    "Each point is the picture with other random parts hidden: rectangles, cells of two grids, and blobs. No method "
    "has used these parts to find its values. The points of a faithful map lie along the dashed line. The correlation "
    "leaves out the effect of the hidden area: a map that predicts no more than that has 0. Good is from 0.7, fair "
    "from 0.4."
)
