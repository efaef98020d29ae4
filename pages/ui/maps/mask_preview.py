"""Preview of the mask and of the prediction for a picture that is hidden completely."""

from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from scipy.special import softmax

from pages.ui.frame import components
from pages.ui.frame.plain_text import literal_words
from pages.ui.loaders import evaluations
from pages.ui.picture.selection import Subject
from xai_core.errors import XaiError
from xai_core.explain.wording import probability_text
from xai_core.language import tr
from xai_core.model.runtime import Runtime
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.settings.mask_table import MASKS
from xai_core.study.study import Study
from xai_core.texts import listed

WARN_FROM = 0.5
"""Probability from which a prediction for a completely hidden picture gets a warning."""

_LISTED = 3


def draw_mask_preview(study: Study, model: Runtime | None, subject: Subject, settings: ExplainSettings) -> str:
    """Draw the picture with all of it hidden, and the prediction that is the base of its maps.

    Returns
    -------
    Warning about a confident prediction, or "".
    """
    # Evaluations and search do not change what is hidden: fixed here, so that one cached preview serves all of them.
    masking = replace(settings, evaluations=2, steer_top=1, search_width=1)
    picture = subject.model_view
    view = evaluations.hidden_view(study, picture.picture_hash, masking, picture.view)
    st.image(
        view,
        width="stretch",
        alt=tr("The picture with all of it hidden by {mask}", mask=tr(MASKS[settings.mask].title)),
    )
    if model is None:
        st.caption(tr("All hidden: the model is being opened ..."))
        return ""
    try:
        logits = evaluations.hidden_logits(study, picture.picture_hash, masking, picture.view, model)
    except XaiError as error:
        components.show_error(error)
        return ""
    return _draw_prediction(study.labels, logits)


def _draw_prediction(labels: tuple[str, ...], logits: NDArray[np.float32]) -> str:
    probabilities = softmax(logits.astype(np.float64))
    top = np.argsort(-probabilities, kind="stable")[:_LISTED]
    classes = listed(f"{literal_words(labels[index])} {probability_text(probabilities[index])}" for index in top)
    st.caption(tr("All hidden, the model predicts {classes}. Every map starts from this base.", classes=classes))
    first = top[0]
    if probabilities[first] < WARN_FROM:
        return ""
    return tr(
        "Nothing of the picture is visible, and the model still predicts {name} ({probability}). No map shows this, "
        "because it is part of the base, and it affects all maps. Try another blur or mask.",
        name=literal_words(labels[first]),
        probability=probability_text(probabilities[first]),
    )
