"""Check of the evidence against the planted cause, which is known for pairs of the demo."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.evidence.claim import p_value
from pages.ui.evidence.request import EvidenceRequest
from pages.ui.frame.plain_text import literal_words
from pages.ui.loaders import demo_causes
from xai_core.demo.causes import CAUSES, Cause
from xai_core.demo.painting import palette
from xai_core.demo.painting.cues import CUES
from xai_core.demo.story import is_demo
from xai_core.evidence.cue_overlap import CueOverlap, cue_overlap
from xai_core.evidence.findings import ExplainedPicture, Findings
from xai_core.language import tr
from xai_core.study.study import Study
from xai_core.texts import counted, paragraph


def planted_cause(study: Study, request: EvidenceRequest) -> Cause | None:
    """Return the cause that was planted for a pair of the demo, or None."""
    if not is_demo(study):
        return None
    pair = (request.truth, request.guess)
    return next((cause for cause in CAUSES if (cause.truth, cause.guess) == pair), None)


def draw_planted_cause(
    study: Study, request: EvidenceRequest, found: Findings, pieces: Sequence[ExplainedPicture]
) -> None:
    """Show how much of the evidence and of the patches lies on the planted cue, if there is one."""
    cause = planted_cause(study, request)
    if cause is None:
        return
    with st.container(border=True):
        st.markdown(f"#### :material/palette: {tr('Checked against the planted cause')}")
        st.markdown(tr(cause.answer))
        if CUES[cause.cue].whole_picture:
            st.markdown(tr("This light falls on the whole picture, so the evidence cannot point at one place."))
            return
        figures = evidence_on_cue(study, found, pieces)
        if figures is None:
            st.markdown(tr("None of these mistakes shows the cue, so it is not their cause."))
        else:
            st.markdown(_sentence(cause, figures))
            _draw_figures(figures)


def evidence_on_cue(study: Study, found: Findings, pieces: Sequence[ExplainedPicture]) -> CueOverlap | None:
    """Measure how much of the evidence of the mistakes lies on the planted cue."""
    wrong = [piece for piece in pieces if piece.group == "mistakes"]
    masks = [_cue_mask(study, piece.image_id) for piece in wrong]
    patches = [found.for_guess.get(piece.image_id) for piece in wrong]
    return cue_overlap([piece.contrast for piece in wrong], masks, patches)


def _cue_mask(study: Study, image_id: str) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = demo_causes.painted_parts(study, image_id) == palette.CUE
    return mask


def _sentence(cause: Cause, figures: CueOverlap) -> str:
    verdict = tr("**The cue is found.**") if figures.found else tr("**The cue is not clearly found.**")
    numbers = tr(
        "It holds {evidence:.0%} of the evidence for {guess} and covers {area:.0%} of the pictures: {times:.1f} times "
        "its share. In {number} of {mistakes} that show it, it holds more evidence than its area would with evenly "
        "spread evidence (sign test, {p_value}).",
        evidence=figures.evidence,
        guess=literal_words(cause.guess),
        area=figures.area,
        times=figures.times,
        number=figures.more,
        mistakes=counted(figures.pictures, "mistake"),
        p_value=p_value(figures.p_value),
    )
    return paragraph(verdict, numbers)


def _draw_figures(figures: CueOverlap) -> None:
    with st.grid(3, min_column_width=150):
        st.metric(
            tr("Area of the pictures"),
            f"{figures.area:.0%}",
            help=tr("Mean share of these mistakes that the cue covers."),
        )
        st.metric(
            tr("Evidence on it"),
            f"{figures.evidence:.0%}",
            help=tr("Mean share of the evidence that lies on the cue."),
        )
        st.metric(
            tr("Patches on it"), f"{figures.patches:.0%}", help=tr("Mean share of the patches that the cue covers.")
        )
