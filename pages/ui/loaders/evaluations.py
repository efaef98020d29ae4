"""What the model says of a picture, of it when all or parts of it are hidden, and what it said in checks.

Pictures may be the reader's own here: but for what is kept of checks of a study, all of it is a session's, and leaves
the memory with the session.
"""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.loaders.explanations import unkept
from pages.ui.loaders.pictures import Sight
from pages.ui.loaders.studies import BY_STUDY
from xai_core.explain import preview
from xai_core.explain.explanation import Explanation
from xai_core.explain.store import ExplanationStore
from xai_core.model.runtime import Runtime
from xai_core.settings import ExplainSettings
from xai_core.study.study import Study
from xai_core.trust import check_jobs
from xai_core.trust import what_if as trust_what_if
from xai_core.trust.check_jobs import Case
from xai_core.trust.plan import answered
from xai_core.trust.what_if import WhatIf


@st.cache_data(max_entries=16, show_spinner=False, scope="session", hash_funcs=BY_STUDY)
def said(of: Study, picture_hash: str, _view: NDArray[np.uint8], _model: Runtime) -> NDArray[np.float32]:  # noqa: ARG001
    """What the model says of a picture, (L,) float32 logits."""
    return preview.said(_view, _model)


@st.cache_data(max_entries=16, show_spinner=False, scope="session", hash_funcs=BY_STUDY)
def hidden_view(
    of: Study,
    picture_hash: str,  # noqa: ARG001 - stands for the picture in the key
    settings: ExplainSettings,
    _view: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """A picture when all of it is hidden."""
    return preview.hidden_view(_view, of.spec, settings)


@st.cache_data(max_entries=64, show_spinner=False, scope="session", hash_funcs=BY_STUDY)
def hidden_said(
    of: Study,  # noqa: ARG001 - part of the key only, as is the next
    picture_hash: str,  # noqa: ARG001
    settings: ExplainSettings,
    _view: NDArray[np.uint8],
    _model: Runtime,
) -> NDArray[np.float32]:
    """What the model says of a picture when all of it is hidden, (L,) float32 logits."""
    return preview.hidden_said(_view, _model, settings)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_STUDY)
def checked(of: Study) -> ExplanationStore:
    """What the model said in checks of the explanations of a study."""
    return check_jobs.store(of.folder)


def case(of: Study, model: Runtime, seen: Sight, settings: ExplainSettings, *, own: bool) -> Case:
    """What the explanation of a picture can be checked by; nothing is kept of the reader's own pictures."""
    return Case(model, seen.view, seen.picture_hash, settings, unkept() if own else checked(of))


@st.cache_data(max_entries=64, show_spinner=False, scope="session")
def what_if(
    question: tuple[str, ...],  # noqa: ARG001 - names the explanation in the key
    shown: NDArray[np.bool_],
    _case: Case,
    _answer: Explanation,
) -> tuple[WhatIf, NDArray[np.uint8]]:
    """What an explanation foretells of a masked picture, what the model says of it, and the masked picture itself."""
    plan = trust_what_if.what_if_plan(_answer, shown)
    return answered(_case, plan), trust_what_if.masked_view(_case, shown)
