"""Section of the check Faithfulness, with insertion and deletion curves."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui.frame.plain_text import literal
from pages.ui.loaders import explanations
from pages.ui.maps import jobs, overlays
from pages.ui.maps.charts import NO_TOOLBAR
from pages.ui.maps.jobs import Live
from pages.ui.trust import curve_charts
from pages.ui.trust.subject import CheckSubject
from xai_core.language import mark, tr
from xai_core.texts import listed
from xai_core.trust import check_questions
from xai_core.trust.curves import MIN_SPAN, STEPS, Curves, pixels_by_value, random_order

THIS_MAP, RANDOM = mark("this map"), curve_charts.RANDOM
"""Names of the orders that every comparison of curves has."""

_SIDE_PX = 240
_SEED = 0


def draw_faithfulness(subject: CheckSubject) -> None:
    """Draw the map's curves beside those of a random order."""
    left, right = st.columns([1, 4], gap="medium")
    with left, st.container(width=_SIDE_PX):
        limit, display = subject.limit, subject.shown.display
        overlays.draw_overlay(
            subject.view,
            subject.explanation,
            subject.target,
            limit=limit,
            display=display,
            name=subject.picture.name,
        )
        overlays.draw_key(limit, subject.study, display, subject.target)
    with right:
        if subject.is_flat:
            st.info(
                tr(
                    "The map is flat: every part of the picture has the same value, so no part of the picture comes "
                    "before another."
                ),
                icon=":material/info:",
            )
            return
        draw_curves(subject, pixel_orders(subject), slot="trust_curves")


def pixel_orders(subject: CheckSubject) -> dict[str, NDArray[np.intp]]:
    """Return the pixels in the order of the map, and its regions in random order."""
    region_of = subject.explanation.region_of
    return {THIS_MAP: pixels_by_value(subject.map, region_of), RANDOM: random_order(region_of, _SEED)}


def draw_curves(subject: CheckSubject, orders: Mapping[str, NDArray[np.intp]], *, slot: str) -> dict[str, Curves]:
    """Compute and draw the curves of some orders of pixels.

    Each order has a line in the charts and a row of figures.

    Parameters
    ----------
    subject
        Gives picture, model, mask and the target of the orders.
    orders
        Name -> (H * W,) indices into the flattened picture; see `curves.pixels_by_value`. The order `RANDOM` is drawn
        in grey.
    slot
        Slot of the jobs; see `jobs.live`.

    Returns
    -------
    The curves by name, empty until all are computed.
    """
    # The keys hold the orders themselves, so the jobs start anew when the map changes, and only then.
    picture = subject.checked_picture
    questions = [check_questions.curves_question(picture, order, subject.target) for order in orders.values()]
    found = jobs.live(
        slot,
        subject.study,
        tuple(question.key for question in questions),
        lambda _model: [explanations.submit_question(question) for question in questions],
        lambda live: _draw(subject, tuple(orders), slot, live),
        noun="order",
    )
    curves = dict(zip(orders, found.final, strict=True)) if found.jobs else {}
    known = {name: answer for name, answer in curves.items() if answer is not None}
    return known if len(known) == len(orders) else {}


def _draw(subject: CheckSubject, names: tuple[str, ...], slot: str, live: Live[Curves]) -> None:
    curves_by_order = dict(zip(names, live.answers, strict=True))
    with st.grid(2, min_column_width=260):
        for name, kind in curve_charts.KINDS.items():
            with st.container(gap="xsmall"):
                st.markdown(f"**{tr(kind.title)}**")
                chart = curve_charts.curve_chart(curves_by_order, name, subject.score_name)
                alt = _alt(tr(kind.title), curves_by_order, subject)
                st.plotly_chart(chart, key=f"{slot} {name}", config=NO_TOOLBAR, alt=alt)
    _draw_areas(curves_by_order)
    _draw_conclusion(subject, curves_by_order)


def _draw_areas(curves_by_order: Mapping[str, Curves | None]) -> None:
    rows = [
        {
            "order": f"{tr(name)[0].upper()}{tr(name)[1:]}",
            "insertion": _figure(curves, "insertion_area"),
            "deletion": _figure(curves, "deletion_area"),
            "gain": _figure(curves, "gain"),
            "relevance": _figure(curves, "relevance_gain"),
        }
        for name, curves in curves_by_order.items()
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        alt=tr("Areas under the curves of each order"),
        column_config={
            "order": st.column_config.TextColumn(tr("Order")),
            "insertion": st.column_config.NumberColumn(tr("Insertion area"), help=tr(_AREA), format="%.2f"),
            "deletion": st.column_config.NumberColumn(tr("Deletion area"), help=tr(_AREA), format="%.2f"),
            "gain": st.column_config.NumberColumn(tr("Insertion - deletion"), help=tr(_GAIN), format="%.2f"),
            "relevance": st.column_config.NumberColumn(
                tr("Symmetric relevance gain"), help=tr(_RELEVANCE), format="%.2f"
            ),
        },
    )


def _figure(curves: Curves | None, name: str) -> float | None:
    value = np.nan if curves is None else float(getattr(curves, name))
    return None if np.isnan(value) else value


def _draw_conclusion(subject: CheckSubject, curves_by_order: Mapping[str, Curves | None]) -> None:
    own, score = curves_by_order.get(THIS_MAP), literal(subject.score_name)
    if own is not None and own.span < MIN_SPAN:
        st.warning(tr(_NO_SPAN, span=own.span, score=score, minimum=MIN_SPAN), icon=":material/warning:")
    elif own is not None and not np.isnan(own.gain):
        st.markdown(
            tr(
                "On average over {steps} steps, {score} reaches **{insertion:.0%}** of its change from the hidden to "
                "the whole picture if this map chooses what is shown first, and **{deletion:.0%}** if it chooses what "
                "is hidden first.",
                steps=STEPS,
                score=score,
                insertion=own.insertion_area,
                deletion=own.deletion_area,
            )
        )
    st.caption(tr(_HOW_TO_READ))


def _alt(title: str, curves_by_order: Mapping[str, Curves | None], subject: CheckSubject) -> str:
    known = listed(tr(name) for name, curves in curves_by_order.items() if curves is not None)
    return tr(
        "{title}: {score} by share of the picture, for {orders}",
        title=title,
        score=subject.score_name,
        orders=known or tr("nothing yet"),
    )


_AREA = mark(
    "Mean of the curve, scaled to 0 for the hidden and 1 for the whole picture (RISE, Petsiuk et al. 2018). "
    "Empty where the whole picture adds less than one logit."
)
_GAIN = mark("0 for a random order. The higher it is, the better the order shows what the model needs.")
_RELEVANCE = mark(
    "Area with the least influential parts hidden first, minus the area with the most influential parts hidden first, "
    "of the probability (Blücher et al. 2024)."
)
_HOW_TO_READ = mark(
    "How to read: a map that shows what the model needs makes insertion rise early and deletion fall early. "
    "A map without information follows the grey line. Hidden parts are filled as in the explanation."
)
_NO_SPAN = mark(
    "Showing the whole picture changes {score} by {span:+.2f} logits. Below {minimum:.0f} the areas would be divided "
    "by nearly nothing, so they are left out. Swap the two classes, or choose another mask."
)
