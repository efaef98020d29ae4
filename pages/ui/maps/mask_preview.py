"""What the model is shown in place of hidden parts, and what it says when all of the picture is hidden."""

from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from scipy.special import softmax

from pages.ui.controls import settings as controls_settings
from pages.ui.frame import components
from pages.ui.loaders import evaluations
from pages.ui.picture.selection import Subject
from xai_core.errors import XaiError
from xai_core.labels import words
from xai_core.model.runtime import Runtime
from xai_core.settings import ExplainSettings
from xai_core.study.study import Study

SURE = 0.5
"""From this probability on, an answer to a picture of which nothing is shown deserves a warning."""

_NAMED = 3


def show(study: Study, model: Runtime | None, subject: Subject, settings: ExplainSettings) -> None:
    """The picture with all of it hidden, and what the model says of that: the base of every explanation."""
    # Neither budget nor search changes what is hidden.
    masking = replace(settings, evaluations=2, steer_top=1, search_width=1)
    sight = subject.sight
    view = evaluations.hidden_view(study, sight.picture_hash, masking, sight.view)
    st.image(
        view, width="stretch", alt=f"The picture with all of it hidden by {controls_settings.MASK_NAMES[settings.mask]}"
    )
    if model is None:
        st.caption("All hidden: the model is being opened ...")
        return
    try:
        logits = evaluations.hidden_said(study, sight.picture_hash, masking, sight.view, model)
    except XaiError as fault:
        components.fault(fault)
        return
    _told(study.labels, logits)


def _told(labels: tuple[str, ...], logits: NDArray[np.float32]) -> None:
    odds = softmax(logits.astype(np.float64))
    likeliest = np.argsort(-odds, kind="stable")[:_NAMED]
    said = ", ".join(f"{words(labels[place])} {odds[place]:.0%}" for place in likeliest)
    st.caption(f"All hidden, it says: {said}. Every map starts from this base.")
    first = likeliest[0]
    if odds[first] >= SURE:
        st.warning(_SURE.format(name=words(labels[first]), odds=odds[first]), icon=":material/warning:")


_SURE = (
    "Nothing is shown, and the model still says {name} ({odds:.0%}). This is in the base and in no map, "
    "and it colours all of them: try another blur or mask."
)
