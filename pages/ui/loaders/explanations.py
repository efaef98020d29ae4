"""Queue and stores of explanations, and findings of a pair."""

import logging
from collections.abc import Hashable, Sequence

import streamlit as st

from pages.ui.access import visitors
from pages.ui.loaders import pictures, studies
from pages.ui.loaders.studies import BY_STUDY
from xai_core.evidence.findings import ExplainedPicture, Findings, findings
from xai_core.explain.explanation import Explanation
from xai_core.explain.memory_store import MemoryStore
from xai_core.explain.queue.job import Answer, Job, QuestionProtocol
from xai_core.explain.queue.service import ExplanationService
from xai_core.explain.store import AnswerStore, ExplanationStore
from xai_core.model.runtime import Runtime
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.model_view import ModelView
from xai_core.study.study import Study

MB = 2**20
STORE_BYTES = 2 * 2**30
"""Bound of the explanations of one study."""

log = logging.getLogger(__name__)


@st.cache_resource(show_spinner=False)
def service() -> ExplanationService:
    """Return the queue of explanations, one for all sessions."""
    return ExplanationService(limits=visitors.settings().limits)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_STUDY)
def store(study: Study) -> ExplanationStore:
    """Return the store of a study's finished explanations. All studies share the room of the settings."""
    room = visitors.settings().store_mb * MB // max(1, len(studies.study_names()))
    return ExplanationStore(study.explanations, min(STORE_BYTES, room))


@st.cache_resource(show_spinner=False)
def upload_store() -> MemoryStore:
    """Return the store of explanations of uploaded pictures, which is in memory only."""
    return MemoryStore()


def stored_explanation(study: Study, image_id: str, settings: ExplainSettings) -> Explanation | None:
    """Return the stored explanation of a picture, for which no model is needed.

    It is None if there is none.
    """
    picture_hash = pictures.model_view(study, image_id).picture_hash
    return store(study).get(settings.key(model_id=study.model_id, picture_hash=picture_hash))


def earlier_explanation(study: Study, image_id: str, settings: ExplainSettings) -> Explanation | None:
    """Return the stored explanation of a picture by an earlier version of the engine, None if there is none."""
    picture_hash = pictures.model_view(study, image_id).picture_hash
    return store(study).earlier(settings, model_id=study.model_id, picture_hash=picture_hash)


def submit(study: Study, model: Runtime, image_id: str, settings: ExplainSettings) -> Job:
    """Submit a job for the explanation of a picture, and return at once."""
    return _submit(model, pictures.model_view(study, image_id), settings, store(study))


def submit_upload(model: Runtime, model_view: ModelView, settings: ExplainSettings) -> Job:
    """Submit a job for the explanation of an uploaded picture, and return at once.

    Nothing is written to disk.
    """
    return _submit(model, model_view, settings, upload_store())


def _submit(model: Runtime, model_view: ModelView, settings: ExplainSettings, answer_store: AnswerStore) -> Job:
    return submit_question(model_view.question(model, settings, answer_store))


def submit_question(question: QuestionProtocol[Answer]) -> Job[Answer]:
    """Submit any question as a job, and return at once. Visitors take turns in the queue."""
    job = service().submit(question, session=visitors.turn_name())
    log.info(
        "A job was submitted.",
        extra={
            "event": "job_submitted",
            "job": job.id,
            "visitor": job.session[:12],
            "state": job.state,
            "planned": job.planned,
        },
    )
    return job


@st.cache_data(max_entries=16, show_spinner=False)
def pair_findings(question: tuple[Hashable, ...], _pieces: Sequence[ExplainedPicture]) -> Findings:  # noqa: ARG001
    """Return what the explained pictures of a pair have in common.

    `question` stands for the pictures in the cache key.
    """
    return findings(_pieces)
