"""Logits of whole, hidden and masked pictures, and the store of checks.

The pictures may be uploaded ones, of which nothing may outlive the session. So the caches here have the scope of a
session, except for the store of checks of a study's own pictures.
"""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.loaders.explanations import upload_store
from pages.ui.loaders.studies import BY_STUDY
from xai_core.explain import preview
from xai_core.explain.explanation import Explanation
from xai_core.explain.store import ExplanationStore
from xai_core.model import preprocess
from xai_core.model.runtime import Runtime
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.model_view import ModelView
from xai_core.study.study import Study
from xai_core.trust import check_questions
from xai_core.trust import what_if as trust_what_if
from xai_core.trust.check_questions import CheckedPicture
from xai_core.trust.plan import run_plan
from xai_core.trust.what_if import WhatIf


@st.cache_data(max_entries=16, show_spinner=False, scope="session", hash_funcs=BY_STUDY)
def picture_logits(
    study: Study,  # noqa: ARG001 - part of the key only, as is the next
    picture_hash: str,  # noqa: ARG001
    _view: NDArray[np.uint8],
    _model: Runtime,
) -> NDArray[np.float32]:
    """Return the logits of a whole picture, (L,) float32."""
    return preview.shown_logits(_view, _model)


@st.cache_data(max_entries=16, show_spinner=False, scope="session", hash_funcs=BY_STUDY)
def upload_embedding(
    study: Study,
    picture_hash: str,  # noqa: ARG001 - stands for the picture in the key
    _view: NDArray[np.uint8],
    _model: Runtime,
) -> NDArray[np.float32] | None:
    """Return the embedding of a picture, (D,) float32; None for a model that has none."""
    _, embeddings = _model.logits_and_embeddings(preprocess.normalise(_view[None], study.spec))
    return None if embeddings is None else embeddings[0]


@st.cache_data(max_entries=16, show_spinner=False, scope="session", hash_funcs=BY_STUDY)
def hidden_view(
    study: Study,
    picture_hash: str,  # noqa: ARG001 - stands for the picture in the key
    settings: ExplainSettings,
    _view: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Return a picture with all regions hidden, (H, W, 3) uint8."""
    return preview.hidden_view(_view, study.spec, settings)


@st.cache_data(max_entries=64, show_spinner=False, scope="session", hash_funcs=BY_STUDY)
def hidden_logits(
    study: Study,  # noqa: ARG001 - part of the key only, as is the next
    picture_hash: str,  # noqa: ARG001
    settings: ExplainSettings,
    _view: NDArray[np.uint8],
    _model: Runtime,
) -> NDArray[np.float32]:
    """Return the logits of a picture with all regions hidden, (L,) float32."""
    return preview.hidden_logits(_view, _model, settings)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_STUDY)
def check_store(study: Study) -> ExplanationStore:
    """Return the store of logits that were computed for checks of a study's explanations."""
    return check_questions.open_check_store(study.folder)


def checked_picture(
    study: Study, model: Runtime, model_view: ModelView, settings: ExplainSettings, *, own: bool
) -> CheckedPicture:
    """Return a picture with what its checks need.

    If it is the reader's own (`own`), nothing is written to disk.
    """
    store = upload_store() if own else check_store(study)
    return CheckedPicture(model, model_view.view, model_view.picture_hash, settings, store)


@st.cache_data(max_entries=64, show_spinner=False, scope="session")
def what_if(
    question: tuple[str, ...],  # noqa: ARG001 - names the explanation in the key
    shown: NDArray[np.bool_],
    _picture: CheckedPicture,
    _answer: Explanation,
) -> tuple[WhatIf, NDArray[np.uint8]]:
    """Return predicted and measured logits of a masked picture, and the picture itself.

    The logits are predicted by the explanation, and measured by the model.
    """
    plan = trust_what_if.what_if_plan(_answer, shown)
    view = preview.masked_view(_picture.view, _picture.runtime.spec, _picture.settings, shown)
    return run_plan(_picture, plan), view


@st.cache_data(max_entries=64, show_spinner=False, scope="session", hash_funcs=BY_STUDY)
def masked_view(
    study: Study,
    image_id: str,  # noqa: ARG001 - stands for the picture in the key
    settings: ExplainSettings,
    shown: NDArray[np.bool_],
    _view: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Return a masked picture of a study for display, (H, W, 3) uint8."""
    return preview.masked_view(_view, study.spec, settings, shown)
