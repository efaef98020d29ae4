"""Faithfulness: what the model says while the parts that a map values most are shown first, and hidden first."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui.loaders import explanations
from pages.ui.maps import jobs, overlays
from pages.ui.maps.charts import CALM
from pages.ui.trust import curve_charts
from pages.ui.trust.subject import Judged
from xai_core import render
from xai_core.explain.service import Job
from xai_core.trust import check_jobs
from xai_core.trust.curves import LEAST_SPAN, STEPS, Curves, falling, random_order

THIS_MAP, RANDOM = "this map", curve_charts.RANDOM
"""What every comparison of curves has."""

_SIDE_PX = 240
_SEED = 0


def show(judged: Judged) -> None:
    """The map's curves beside those of a random order."""
    left, right = st.columns([1, 4], gap="medium")
    with left, st.container(width=_SIDE_PX):
        limit, target = render.shared_limit(judged.map), judged.target
        view, display = judged.subject.sight.view, judged.shown.display
        if target.rather_than is None:
            overlays.for_label(view, judged.answer, target.label, limit=limit, display=display)
        else:
            overlays.for_contrast(view, judged.answer, target.label, target.rather_than, limit=limit, display=display)
        overlays.legend(limit, judged.study, display.palette, scale="This map's own scale")
    with right:
        if judged.flat:
            st.info(f"{FLAT} so no part of the picture comes before another.", icon=":material/info:")
            return
        board(judged, own_orders(judged), place="trust_curves")


def own_orders(judged: Judged) -> dict[str, NDArray[np.intp]]:
    """Pixels as the map has them, the most valued first, and its regions in an order without meaning."""
    region_of = judged.answer.region_of
    return {THIS_MAP: falling(judged.map, region_of), RANDOM: random_order(region_of, _SEED)}


def board(judged: Judged, orders: Mapping[str, NDArray[np.intp]], *, place: str) -> None:
    """Compute and draw the curves of some orders of pixels: lines and a row of figures for each.

    Parameters
    ----------
    judged
        Gives picture, model, mask and what the orders are for.
    orders
        Name -> (H * W,) places in the flattened picture; see `curves.falling`. The order of `RANDOM` is drawn in grey.
    place
        Where they are shown; see `jobs.of`.
    """
    case = judged.case
    asked = [check_jobs.curves_of(case, order, judged.target) for order in orders.values()]
    asking = jobs.of(
        place,
        judged.study,
        tuple(each.key for each in asked),
        lambda _model: [explanations.ask(each) for each in asked],
    )
    jobs.watched(_draw, asking)(judged, tuple(orders), place, asking=asking, waited=jobs.waiting(asking))


def _draw(judged: Judged, names: tuple[str, ...], place: str, *, asking: Sequence[Job[Curves]], waited: bool) -> None:
    """One look at the curves on their way."""
    jobs.poll(asking)
    jobs.progress(place, asking, noun="order")
    found = {name: job.latest for name, job in zip(names, asking, strict=True)} if asking else dict.fromkeys(names)
    with st.grid(2, min_column_width=260):
        for kind in curve_charts.KINDS:
            with st.container(gap="xsmall"):
                st.markdown(f"**{curve_charts.KINDS[kind].title}**")
                figure = curve_charts.figure(found, kind, judged.score)
                st.plotly_chart(figure, key=f"{place} {kind}", config=CALM, alt=_alt(kind, found, judged))
    _figures(found)
    _read(judged, found)
    for job in asking:
        jobs.trouble(job)
    jobs.settle(judged.study, asking, waited=waited)


def _figures(found: Mapping[str, Curves | None]) -> None:
    rows = [
        {
            "order": f"{name[0].upper()}{name[1:]}",
            "insertion": _told(each, "insertion_area"),
            "deletion": _told(each, "deletion_area"),
            "gain": _told(each, "gain"),
            "relevance": _told(each, "relevance_gain"),
        }
        for name, each in found.items()
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        alt="Areas under the curves of each order",
        column_config={
            "order": st.column_config.TextColumn("Order"),
            "insertion": st.column_config.NumberColumn("Insertion area", help=_AREA, format="%.2f"),
            "deletion": st.column_config.NumberColumn("Deletion area", help=_AREA, format="%.2f"),
            "gain": st.column_config.NumberColumn("Insertion - deletion", help=_GAIN, format="%.2f"),
            "relevance": st.column_config.NumberColumn("Symmetric relevance gain", help=_RELEVANCE, format="%.2f"),
        },
    )


def _told(curves: Curves | None, figure: str) -> float | None:
    value = np.nan if curves is None else float(getattr(curves, figure))
    return None if np.isnan(value) else value


def _read(judged: Judged, found: Mapping[str, Curves | None]) -> None:
    """What to make of it, in words."""
    own = found.get(THIS_MAP)
    if own is not None and own.span < LEAST_SPAN:
        st.warning(_NO_SPAN.format(span=own.span, score=judged.score, least=LEAST_SPAN), icon=":material/warning:")
    elif own is not None and not np.isnan(own.gain):
        st.markdown(
            f"On the average of {STEPS} steps, {judged.score} stands at **{own.insertion_area:.0%}** of its way "
            f"from hidden to shown when this map chooses what is shown first, and at **{own.deletion_area:.0%}** when "
            "it chooses what is hidden first."
        )
    st.caption(_HOW_TO_READ)


def _alt(kind: str, found: Mapping[str, Curves | None], judged: Judged) -> str:
    done = ", ".join(name for name, each in found.items() if each is not None)
    return f"{curve_charts.KINDS[kind].title}: {judged.score} by share of the picture, for {done or 'nothing yet'}"


FLAT = "The map is flat: every part of the picture is worth the same,"

_AREA = (
    "Mean of the curve as a share of its way from the hidden to the shown picture (RISE, Petsiuk et al. 2018). "
    "Empty where that way is shorter than a logit."
)
_GAIN = "0 for an order without meaning; the more, the better the order knows what the model needs."
_RELEVANCE = (
    "The same of the probability: area with the least influential hidden first, minus that with the most "
    "influential hidden first (Blücher et al. 2024)."
)
_HOW_TO_READ = (
    "How to read: a map that knows what the model needs makes insertion rise early and deletion fall early. "
    "One that knows nothing runs along the grey line. Hidden parts show what they show in the explanation itself."
)
_NO_SPAN = (
    "Showing the whole picture changes {score} by {span:+.2f} logits; below {least:.0f} the areas would be shares of "
    "next to nothing, so they are left out. Set the classes the other way round, or choose another mask."
)
