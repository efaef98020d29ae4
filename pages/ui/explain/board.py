"""Prediction and maps of one picture on the page Explain."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.controls import colour_scale, contrast
from pages.ui.controls.contrast import ShownContrast
from pages.ui.controls.request import ExplainRequest
from pages.ui.explain import engine_agreement, report
from pages.ui.frame import navigation
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.maps import consistency, convergence, hover, jobs, lens, location, overlays, waterfall
from pages.ui.maps.linked_pictures import LinkedPictures
from pages.ui.picture import nearest, selection, source
from pages.ui.picture.selection import Subject
from pages.ui.reports import downloads
from xai_core.errors import XaiError
from xai_core.explain.certainty import display_map
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.explain.wording import probability_text
from xai_core.language import tr
from xai_core.study.study import Study

SIDE_PX = 400
"""Width of the contrast with numbers under the pointer, where there is room for it."""

_WIDEST_PX, _COLUMN_PX = 1300, 130  # so that the three columns fit a projector, and two of them a telephone

_LISTED = 5
_COLUMNS = 4
_SLOT = "explain"


def draw_prediction(study: Study, subject: Subject, top_k: int) -> None:
    """Draw the probabilities of the most probable classes, and of the truth."""
    if subject.logits is None:
        st.caption(tr("The model is being opened ..."))
        return
    ranked = contrast.ranked_labels(study.labels, subject)
    listed = ranked[: max(_LISTED, top_k)]
    for label in dict.fromkeys([*listed, subject.truth] if subject.truth else listed):
        probability, rank = subject.probability(label, study.labels), subject.rank(label, study.labels)
        st.progress(probability, text=_class_line(label, probability, rank, subject.truth))


def _class_line(label: str, probability: float, rank: int, truth: str | None) -> str:
    """Return a class with its probability, and with a badge if it is truth or guess."""
    name = f"**{literal_words(label)}** {probability_text(probability)}"
    if label == truth:
        if rank == 1:
            return f"{name} :green-badge[{tr('truth and guess')}]"
        return f"{name} :orange-badge[{tr('truth, rank {rank}', rank=rank)}]"
    return f"{name} :gray-badge[{tr('guess')}]" if rank == 1 else name


@contextmanager
def _prediction_beside_error(study: Study, subject: Subject, top_k: int) -> Iterator[None]:
    """Draw the prediction, which is known without the model, before an error that the frame then shows."""
    try:
        yield
    except XaiError:
        draw_prediction(study, subject, top_k)
        raise


def draw_board(study: Study, subject: Subject, request: ExplainRequest, panel: DeltaGenerator) -> None:
    """Draw the contrast and an overlay for each shown class, refined while evaluations come in.

    Parameters
    ----------
    study, subject, request
        What is shown.
    panel
        Where the boxes for the contrast go.
    """
    if subject.logits is None:
        # Without the prediction there is no default contrast.
        with _prediction_beside_error(study, subject, request.top_k):
            jobs.wait_for_model(study)
        return
    shown = contrast.choose_contrast(study, subject, request.top_k, request.display, panel)
    parts = location.painted_parts(study, subject.image_id)
    with _prediction_beside_error(study, subject, request.top_k):
        found = jobs.live(
            _SLOT,
            study,
            (subject.image_id, subject.model_view.picture_hash, request.settings),
            lambda model: [selection.submit_explanation(study, model, subject, request.settings)],
            lambda found: _draw_maps(study, subject, shown, found, parts),
            stored=lambda: [selection.stored_explanation(study, subject, request.settings)],
            earlier=lambda: [selection.earlier_explanation(study, subject, request.settings)],
            shows_progress=False,
        )
    (answer,) = found.final
    if subject.image_id is not None:
        consistency.draw_disagreement(study, {subject.image_id: answer})
    with st.container(horizontal=True, vertical_alignment="center"):
        navigation.trust_link()
        if subject.row is not None:
            source.draw_links(subject.row)
    if subject.row is not None:
        nearest.draw_nearest(study, subject.row)
    downloads.draw_downloads(study, subject, answer, shown)
    report.draw_report(study, subject, answer, shown)
    # Last, because it appears for final maps only, and nothing else on the page is to move then.
    engine_agreement.draw_agreement(study, subject, answer, shown)


def _draw_maps(
    study: Study,
    subject: Subject,
    shown: ShownContrast,
    found: jobs.Live[Explanation],
    parts: location.Parts | None,
) -> None:
    """Draw the finding, the picture beside its contrast map and its prediction, and folded all else."""
    (answer,), view, display = found.answers, subject.model_view.view, shown.display
    limits = shown.limits(answer)
    if limits.contrast:
        colour_scale.remember_limits(limits, study)
    evidence = None if answer is None else location.find(answer, shown.target, parts, display)
    finding = evidence.sentence if evidence else tr("The location of the evidence is being computed.")
    st.markdown(f"**{literal(finding)}**")
    overlays.draw_key(limits.contrast, study, display, shown.target)
    linked = LinkedPictures(_SLOT, display.unit)
    with st.container(width=_WIDEST_PX), st.grid(3, min_column_width=_COLUMN_PX):
        with st.container(gap="xsmall"):
            with linked.picture():
                st.image(view, width="stretch", alt=tr("{name} as the model sees it", name=subject.name))
            lens.draw_lens(view, evidence, subject.name)
        with linked.picture(answer, shown.target):
            overlays.draw_overlay(
                view,
                answer,
                shown.target,
                limit=limits.contrast,
                display=display,
                name=subject.name,
                finding=finding,
            )
        with st.container(gap="xsmall"):
            draw_prediction(study, subject, len(shown.labels))
    found.draw_progress()
    convergence.draw_outdated([answer])
    with st.expander(tr("Evidence for each class")):
        overlays.draw_legend(limits.classes, study, display.palette, scale=tr("One scale for all classes"))
        with st.grid(min(_COLUMNS, len(shown.labels)), min_column_width=115):
            for label in shown.labels:
                with st.container(gap="xsmall"):
                    st.markdown(tr("For **{name}**", name=literal_words(label)))
                    with linked.picture(answer, Target(label)):
                        overlays.draw_overlay(
                            view, answer, Target(label), limit=limits.classes, display=display, name=subject.name
                        )
                    if answer is not None:
                        st.caption(overlays.map_numbers(answer, Target(label), display.unit))
    linked.link()
    with st.expander(tr("Numbers")):
        _draw_numbers(subject, answer, shown, changing=found.waiting)


def _draw_numbers(
    subject: Subject,
    answer: Explanation | None,
    shown: ShownContrast,
    *,
    changing: bool,
) -> None:
    """Draw the contrast with the numbers of each region under the pointer, and where its margin comes from."""
    view, display = subject.model_view.view, shown.display
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=SIDE_PX, gap="xsmall"):
            # A chart that is replaced every moment would lose the pointer, so there is none until all is computed.
            if answer is None or changing:
                st.caption(tr("Once all is computed, the numbers of each region are here."))
            else:
                evidence = display_map(answer, shown.target, hides_noise=display.hides_noise)
                overlay = overlays.coloured(view, evidence, shown.limits(answer).contrast, display)
                figure = hover.figure(overlay, answer, shown, SIDE_PX)
                alt = overlays.map_alt(subject.name, shown.target, display)
                st.plotly_chart(figure, key="explain_hover", config=hover.NO_ZOOM, alt=alt)
                numbers = overlays.map_numbers(answer, shown.target, display.unit)
                st.caption(f"{numbers}  \n{tr('Point at a region for its numbers.')}")
        with st.container(width=280):
            waterfall.draw_waterfall(answer, shown)
            if answer is not None:
                convergence.draw_convergence(answer, shown.target)
