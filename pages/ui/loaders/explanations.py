"""Explanations: the queue that makes them, the stores that keep them, and what those of a pair say together."""

import uuid
from collections.abc import Hashable, Sequence

import streamlit as st

from pages.ui.loaders import pictures
from pages.ui.loaders.pictures import Sight
from pages.ui.loaders.studies import BY_STUDY
from xai_core.evidence.findings import Findings, Piece, findings
from xai_core.explain.explanation import Explanation
from xai_core.explain.memory_store import MemoryStore
from xai_core.explain.service import Answer, Askable, ExplanationService, Job, Question
from xai_core.explain.store import ExplanationStore
from xai_core.model.runtime import Runtime
from xai_core.settings import ExplainSettings
from xai_core.study.study import Study

_SESSION = "_session"


@st.cache_resource(show_spinner=False)
def service() -> ExplanationService:
    """One queue of explanations for all sessions."""
    return ExplanationService()


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_STUDY)
def store(of: Study) -> ExplanationStore:
    """The finished explanations of a study."""
    return ExplanationStore(of.explanations)


@st.cache_resource(show_spinner=False)
def unkept() -> MemoryStore:
    """The finished explanations of uploaded pictures."""
    return MemoryStore()


def stored(of: Study, image_id: str, settings: ExplainSettings) -> Explanation | None:
    """The explanation of a picture where it is in the store; needs no model."""
    key = settings.key(model_id=of.model_id, picture_hash=pictures.sight(of, image_id).picture_hash)
    return store(of).get(key)


def submit(of: Study, model: Runtime, image_id: str, settings: ExplainSettings) -> Job:
    """Ask for the explanation of a picture; returns at once."""
    return _submitted(model, pictures.sight(of, image_id), settings, store(of))


def submit_upload(model: Runtime, seen: Sight, settings: ExplainSettings) -> Job:
    """Ask for the explanation of an uploaded picture, of which nothing is written to disk; returns at once."""
    return _submitted(model, seen, settings, unkept())


def _submitted(model: Runtime, seen: Sight, settings: ExplainSettings, kept_in: ExplanationStore) -> Job:
    question = Question(runtime=model, view=seen.view, picture_hash=seen.picture_hash, settings=settings, store=kept_in)
    return ask(question)


def ask(question: Askable[Answer]) -> Job[Answer]:
    """Ask anything of the queue, in this session's turns; returns at once."""
    return service().submit(question, session=st.session_state.setdefault(_SESSION, uuid.uuid4().hex))


@st.cache_data(max_entries=16, show_spinner=False)
def pair_findings(asked: tuple[Hashable, ...], _pieces: Sequence[Piece]) -> Findings:  # noqa: ARG001
    """What explained pictures of a pair say; `asked` stands for the pieces in the key."""
    return findings(_pieces)
