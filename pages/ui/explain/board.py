"""One picture explained: what the model says of it, why this rather than that, and what speaks for each class."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from scipy.special import softmax

from pages.ui.controls import contrast
from pages.ui.controls.contrast import Shown
from pages.ui.controls.request import Asked
from pages.ui.explain import engine_agreement
from pages.ui.frame import navigation
from pages.ui.maps import convergence, hover, jobs, overlays, waterfall
from pages.ui.picture import selection, verdicts
from pages.ui.picture.selection import Subject
from pages.ui.reports import downloads, report
from xai_core import render
from xai_core.explain.certainty import drawn
from xai_core.explain.explanation import Explanation
from xai_core.explain.service import Job
from xai_core.labels import words
from xai_core.settings import ExplainSettings
from xai_core.study.study import Study

WIDTHS = (1, 2, 1)
"""Columns: what the model says; why; what is computed and how it is shown."""

SIDE_PX = 400
"""Width of the contrast where there is room."""

_LISTED = 5
_ACROSS = 4
_PLACE = "explain"


def answer(study: Study, subject: Subject, top_k: int) -> None:
    """The picture, and what the model says of it before anything is explained."""
    st.image(subject.sight.view, width="stretch", alt=f"{subject.name} as the model sees it")
    st.caption(f"{subject.name}, as the model sees it")
    if subject.image_id is not None:
        verdicts.form(study, subject.image_id, _PLACE)
    if subject.logits is None:
        st.caption("The model is being opened ...")
        return
    odds = softmax(subject.logits.astype(np.float64))
    order = contrast.ranked(study.labels, subject)
    listed = order[: max(_LISTED, top_k)]
    for label in dict.fromkeys([*listed, subject.truth] if subject.truth else listed):
        share = float(odds[study.labels.index(label)])
        st.progress(share, text=_line(label, share, order.index(label) + 1, subject.truth))
    also = ", and of the truth" if subject.truth else ""
    st.caption(f"Probabilities of the likeliest of {len(order)} classes{also}.")


def _line(label: str, share: float, rank: int, truth: str | None) -> str:
    """A class, its probability and what it is to the picture."""
    name = f"**{words(label)}** {'under 0.1%' if share < 0.0005 else f'{share:.1%}'}"
    if label == truth:
        return f"{name} :green-badge[truth and guess]" if rank == 1 else f"{name} :orange-badge[truth, rank {rank}]"
    return f"{name} :gray-badge[guess]" if rank == 1 else name


def board(study: Study, subject: Subject, asked: Asked) -> None:
    """The contrast and an overlay for each shown class, sharper with every look, until all is computed."""
    if subject.logits is None:
        jobs.watched(_opening, [])(study)
        return
    shown = contrast.asked(study, subject, asked.top_k, asked.display)
    asking = jobs.of(
        _PLACE,
        study,
        (subject.image_id, subject.sight.picture_hash, asked.settings),
        lambda model: [selection.explained(study, model, subject, asked.settings)],
    )
    waited = jobs.waiting(asking)
    stored = None if asking else selection.stored(study, subject, asked.settings)
    jobs.watched(_draw, asking)(study, subject, shown, stored, asking=asking, waited=waited, settings=asked.settings)
    whole = stored if waited else asking[0].latest
    navigation.to_trust()
    downloads.offer(study, subject, whole, shown)
    report.offer_picture(study, subject, whole, shown)
    # Last, because it is there for whole maps only, and nothing else is to move when it comes.
    engine_agreement.show(study, subject, whole, shown)


def _opening(study: Study) -> None:
    jobs.progress(_PLACE, [])
    jobs.settle(study, [], waited=True)


def _draw(
    study: Study,
    subject: Subject,
    shown: Shown,
    stored: Explanation | None,
    *,
    asking: Sequence[Job],
    waited: bool,
    settings: ExplainSettings,
) -> None:
    """One look at the job; while there is something to wait for, Streamlit comes back here by itself."""
    jobs.poll(asking)
    jobs.progress(_PLACE, asking)
    found, view = asking[0].latest if asking else stored, subject.sight.view
    maps = [found.contrast(*shown.pair), *(found.map(label) for label in shown.labels)] if found else []
    limit = render.shared_limit(*maps)
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=SIDE_PX, gap="xsmall"):
            _contrast(view, found, shown, limit, whole=not waited)
        with st.container(width=280):
            overlays.legend(limit, study, shown.display.palette, of_noise=shown.display.legend_of_noise)
            waterfall.show(found, shown)
            convergence.show(found, shown.pair, settings)
    with st.grid(min(_ACROSS, len(shown.labels)), min_column_width=115):
        for label in shown.labels:
            with st.container(gap="xsmall"):
                st.markdown(f"For **{words(label)}**")
                overlays.for_label(view, found, label, limit=limit, display=shown.display)
    if asking:
        jobs.trouble(asking[0])
    jobs.settle(study, asking, waited=waited)


def _contrast(view: NDArray[np.uint8], found: Explanation | None, shown: Shown, limit: float, *, whole: bool) -> None:
    """The large picture: plain while it changes; once it is whole, its regions tell their numbers."""
    height, display = round(SIDE_PX * view.shape[0] / view.shape[1]), shown.display
    with st.container(height=height, border=False):
        if found is None:
            st.image(render.pale_grey(view).astype(np.uint8), width="stretch", alt="Not computed yet")
        else:
            tinted = render.overlay(
                view,
                drawn(found, *shown.pair, hides_noise=display.hides_noise),
                limit,
                opacity=display.opacity,
                backdrop=display.backdrop,
                palette=display.palette,
            )
            if whole:
                figure = hover.figure(tinted, found, shown, SIDE_PX)
                st.plotly_chart(figure, key="explain_hover", config=hover.CALM, alt=shown.alt)
            else:
                st.image(render.data_url(tinted), width="stretch", alt=shown.alt)
    numbers = overlays.contrast_numbers(found, *shown.pair) if found else "lead ...  \nlogits ..."
    st.caption(f"{numbers}  \nPoint at a region for its numbers, once all is computed.")
