"""Prediction and maps of one picture on the page Explain."""

import numpy as np
import streamlit as st
from scipy.special import softmax

from pages.ui.controls import contrast
from pages.ui.controls.contrast import ShownContrast
from pages.ui.controls.request import ExplainRequest
from pages.ui.explain import engine_agreement, report
from pages.ui.frame import navigation
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.maps import consistency, convergence, hover, jobs, overlays, waterfall
from pages.ui.picture import selection, verdicts
from pages.ui.picture.selection import Subject
from pages.ui.reports import downloads
from xai_core import render
from xai_core.explain.certainty import display_map
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.study import Study

WIDTHS = (1, 2, 1)
"""Relative widths of the columns with the prediction, the maps and the controls."""

SIDE_PX = 400
"""Width of the contrast where there is room for it."""

_LISTED = 5
_COLUMNS = 4
_SLOT = "explain"


def draw_prediction(study: Study, subject: Subject, top_k: int) -> None:
    """Draw the picture with the probabilities of its most probable classes."""
    st.image(subject.model_view.view, width="stretch", alt=f"{subject.name} as the model sees it")
    st.caption(f"{literal(subject.name)}, as the model sees it")
    if subject.image_id is not None:
        verdicts.draw_form(study, subject.image_id, _SLOT)
    if subject.logits is None:
        st.caption("The model is being opened ...")
        return
    probabilities = softmax(subject.logits.astype(np.float64))
    ranked = contrast.ranked_labels(study.labels, subject)
    listed = ranked[: max(_LISTED, top_k)]
    for label in dict.fromkeys([*listed, subject.truth] if subject.truth else listed):
        probability = float(probabilities[study.labels.index(label)])
        st.progress(probability, text=_class_line(label, probability, ranked.index(label) + 1, subject.truth))
    also = ", and of the truth" if subject.truth else ""
    st.caption(f"Probabilities of the top {len(listed)} of {len(ranked)} classes{also}.")


def _class_line(label: str, probability: float, rank: int, truth: str | None) -> str:
    """Return a class with its probability, and with a badge if it is truth or guess."""
    name = f"**{literal_words(label)}** {'under 0.1%' if probability < 0.0005 else f'{probability:.1%}'}"
    if label == truth:
        return f"{name} :green-badge[truth and guess]" if rank == 1 else f"{name} :orange-badge[truth, rank {rank}]"
    return f"{name} :gray-badge[guess]" if rank == 1 else name


def draw_board(study: Study, subject: Subject, request: ExplainRequest) -> None:
    """Draw the contrast and an overlay for each shown class, refined while evaluations come in."""
    if subject.logits is None:
        # Without the prediction there is no default contrast.
        jobs.wait_for_model(study)
        return
    shown = contrast.choose_contrast(study, subject, request.top_k, request.display)
    found = jobs.live(
        _SLOT,
        study,
        (subject.image_id, subject.model_view.picture_hash, request.settings),
        lambda model: [selection.submit_explanation(study, model, subject, request.settings)],
        lambda found: _draw_maps(study, subject, shown, found, request.settings),
        stored=lambda: [selection.stored_explanation(study, subject, request.settings)],
    )
    (answer,) = found.final
    if subject.image_id is not None:
        consistency.draw_disagreement(study, {subject.image_id: answer})
    navigation.trust_link()
    downloads.draw_downloads(study, subject, answer, shown)
    report.draw_report(study, subject, answer, shown)
    # Last, because it appears for final maps only, and nothing else on the page is to move then.
    engine_agreement.draw_agreement(study, subject, answer, shown)


def _draw_maps(
    study: Study, subject: Subject, shown: ShownContrast, found: jobs.Live[Explanation], settings: ExplainSettings
) -> None:
    (answer,), view = found.answers, subject.model_view.view
    targets = [shown.target, *map(Target, shown.labels)]
    limit = render.shared_limit(*(target.map_of(answer) for target in targets)) if answer else render.shared_limit()
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=SIDE_PX, gap="xsmall"):
            _draw_contrast(subject, answer, shown, limit, changing=found.waiting)
        with st.container(width=280):
            overlays.draw_legend(limit, study, shown.display.palette, of_noise=shown.display.noise_legend)
            waterfall.draw_waterfall(answer, shown)
            convergence.draw_convergence(answer, shown.target, settings)
    with st.grid(min(_COLUMNS, len(shown.labels)), min_column_width=115):
        for label in shown.labels:
            with st.container(gap="xsmall"):
                st.markdown(f"For **{literal_words(label)}**")
                overlays.draw_overlay(view, answer, Target(label), limit=limit, display=shown.display)


def _draw_contrast(
    subject: Subject, answer: Explanation | None, shown: ShownContrast, limit: float, *, changing: bool
) -> None:
    """Draw the contrast in large, with the numbers of each region under the pointer once it changes no more."""
    view, display = subject.model_view.view, shown.display
    height = round(SIDE_PX * view.shape[0] / view.shape[1])
    with st.container(height=height, border=False):
        if answer is None:
            st.image(render.pale_grey(view).astype(np.uint8), width="stretch", alt="Not computed yet")
        else:
            evidence = display_map(answer, shown.target, hides_noise=display.hides_noise)
            # A chart that is replaced every moment would lose the pointer, so a plain picture is shown until then.
            if changing:
                overlays.draw_map(view, evidence, limit, display, alt=shown.alt)
            else:
                figure = hover.figure(overlays.coloured(view, evidence, limit, display), answer, shown, SIDE_PX)
                st.plotly_chart(figure, key="explain_hover", config=hover.NO_ZOOM, alt=shown.alt)
    numbers = overlays.map_numbers(answer, shown.target) if answer else overlays.PENDING_NUMBERS
    st.caption(f"{numbers}  \nOnce all is computed, point at a region for its numbers.")
