"""For the demo, where causes are known because they were painted: whether the evidence points at the cause."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.evidence.claim import p_value
from pages.ui.evidence.question import Asked
from pages.ui.frame.components import counted
from pages.ui.loaders import demo_causes
from xai_core.demo.causes import CAUSES, Cause
from xai_core.demo.painting import palette
from xai_core.demo.painting.cues import CUES
from xai_core.demo.story import is_demo
from xai_core.evidence.cues import OnCue, on_cue
from xai_core.evidence.findings import Findings, Piece
from xai_core.labels import words
from xai_core.study.study import Study


def cause_of(study: Study, asked: Asked) -> Cause | None:
    """The cause that was planted for a pair of the demo, if any was."""
    if not is_demo(study):
        return None
    pair = (asked.truth, asked.guess)
    return next((cause for cause in CAUSES if (cause.truth, cause.guess) == pair), None)


def show(study: Study, asked: Asked, found: Findings, pieces: Sequence[Piece]) -> None:
    """How much of the evidence, and of the patches, lies on the planted cue; nothing for other pairs and studies."""
    cause = cause_of(study, asked)
    if cause is None:
        return
    with st.container(border=True):
        st.markdown("#### :material/palette: Checked against the planted cause")
        st.markdown(cause.told)
        if CUES[cause.cue].whole_picture:
            st.markdown("This light falls on the whole picture, so there is no place where the evidence should lie.")
            return
        told = measured(study, found, pieces)
        st.markdown(_sentence(cause, told) if told else "None of these mistakes shows it, so it is not their cause.")
        if told:
            _figures(told)


def measured(study: Study, found: Findings, pieces: Sequence[Piece]) -> OnCue | None:
    """How much of the evidence of the mistakes lies on the planted cue."""
    wrong = [each for each in pieces if each.group == "mistakes"]
    masks = [_cue(study, each.image_id) for each in wrong]
    return on_cue([each.contrast for each in wrong], masks, [found.for_guess.get(each.image_id) for each in wrong])


def _cue(study: Study, image_id: str) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = demo_causes.painted(study, image_id) == palette.CUE
    return mask


def _sentence(cause: Cause, told: OnCue) -> str:
    verdict = "**The cue is found.**" if told.found else "**The cue is not clearly found.**"
    return (
        f"{verdict} It holds {told.evidence:.0%} of what speaks for {words(cause.guess)} and is {told.area:.0%} of the "
        f"pictures: {told.times:.1f} times its share. In {told.more} of {counted(told.pictures, 'mistake')} that show "
        f"it, it holds more than its area would (sign test, {p_value(told.p_value)})."
    )


def _figures(told: OnCue) -> None:
    with st.grid(3, min_column_width=150):
        st.metric("Area of the pictures", f"{told.area:.0%}", help="Mean part of these mistakes that the cue covers.")
        st.metric("Evidence on it", f"{told.evidence:.0%}", help="Mean part of the positive contrast that lies on it.")
        st.metric("Patches on it", f"{told.patches:.0%}", help="Mean part of the patches that it covers.")
