"""How far a map foresees what hiding parts does: one figure and one plain word, from random parts of the picture."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from pages.ui.loaders import explanations
from pages.ui.maps import jobs
from pages.ui.maps.charts import CALM, NEUTRAL, RIGHT, WRONG
from pages.ui.trust.subject import Judged
from xai_core.explain.service import Job
from xai_core.trust import check_jobs
from xai_core.trust.random_masking import Prediction, Trials

_PLACE = "trust_trials"
_HEIGHT_PX = 340
_LOOKS = {
    "rectangles": (RIGHT, "square"),
    "coarse cells": (WRONG, "circle"),
    "fine cells": ("#3a9a6d", "diamond"),
    "blobs": ("#b0609f", "cross"),
}


def show(judged: Judged) -> None:
    """Predicted against actual changes over random parts, as they are computed."""
    st.subheader("How far does this map foresee what hiding parts does?")
    asking = jobs.of(
        _PLACE,
        judged.study,
        (judged.name, judged.target),
        lambda _model: [explanations.ask(check_jobs.trials_of(judged.case, judged.target))],
    )
    jobs.watched(_draw, asking)(judged, asking=asking, waited=jobs.waiting(asking))


def _draw(judged: Judged, *, asking: Sequence[Job[Trials]], waited: bool) -> None:
    """One look at the trials on their way."""
    jobs.poll(asking)
    jobs.progress(_PLACE, asking, noun="map")
    found = asking[0].latest.prediction(judged.map) if asking and asking[0].latest else None
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.plotly_chart(figure(found, judged.score), key=_PLACE, config=CALM, alt=_alt(found, judged))
    with right:
        if found is not None and asking[0].done:
            _judge(judged, found)
        st.caption(_HOW_TO_READ)
    for job in asking:
        jobs.trouble(job)
    jobs.settle(judged.study, asking, waited=waited)


def _judge(judged: Judged, found: Prediction) -> None:
    """The figure and the word."""
    if judged.flat:
        st.info("The map is flat: it says nothing of any part, so it foresees nothing.", icon=":material/info:")
        return
    st.metric("Foresight", f"{found.correlation:.2f}", help=_CORRELATION)
    st.markdown(f":{_COLOURS[found.word]}-badge[{found.word}] {_MEANINGS[found.word]}")
    st.markdown(f"Where the map promises a change of one logit, **{found.slope:.2f}** come about.")


def figure(found: Prediction | None, score: str) -> go.Figure:
    """Draw what was foretold against what happened; what is not known yet is left out.

    Parameters
    ----------
    found
        Changes so far.
    score
        Of what, in words.
    """
    points = [
        go.Scatter(
            x=found.predicted[kind] if found else [],
            y=found.actual[kind] if found else [],
            name=kind,
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 8},
            hovertemplate="foretold %{x:+.2f}, came about %{y:+.2f} logits<extra>" + kind + "</extra>",
        )
        for kind, (colour, symbol) in _LOOKS.items()
    ]
    low, high = _reach(found)
    foreseen = go.Scatter(
        x=[low, high], y=[low, high], mode="lines", name="as foretold", line={"color": NEUTRAL, "dash": "dash"}
    )
    foreseen.hoverinfo = "skip"
    chart = go.Figure([foreseen, *points])
    chart.update_xaxes(title=f"Foretold change of {score}, logits", fixedrange=True, zeroline=False)
    chart.update_yaxes(title="What came about, logits", fixedrange=True, zeroline=False)
    chart.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        dragmode=False,
    )
    return chart


def _reach(found: Prediction | None) -> tuple[float, float]:
    if found is None:
        return 0.0, 1.0
    values = np.concatenate([*found.predicted.values(), *found.actual.values()])
    known = values[np.isfinite(values)]
    return float(known.min(initial=0.0)), float(known.max(initial=0.0))


def _alt(found: Prediction | None, judged: Judged) -> str:
    known = sum(int(np.isfinite(each).sum()) for each in found.actual.values()) if found else 0
    return f"Foretold against actual changes of {judged.score}, for {known} random maskings"


_COLOURS = {"good": "green", "fair": "orange", "poor": "red"}
_MEANINGS = {
    "good": "What this map says of a part is, by and large, what hiding it does.",
    "fair": "This map points the right way, but hiding a part often does something else than it says.",
    "poor": "Hiding parts does little of what this map says. Do not rely on it: try more evaluations or another mask.",
}
_CORRELATION = (
    "Correlation of foretold with actual changes, beyond what the hidden area alone explains: 1 foresees everything, "
    "0 no more than the size of the hidden part does. Good from 0.7, fair from 0.4."
)
_HOW_TO_READ = (
    "Each point is the picture with other random parts hidden, which no method has used to find its values: "
    "rectangles, cells of two grids, and blobs. A map that can be trusted has them along the dashed line."
)
