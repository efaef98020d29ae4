"""Mistakes that pages open with, the clearest first."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.ui.loaders import demo_causes, explanations, pictures, studies
from pages.ui.loaders.studies import BY_STUDY
from xai_core.confusions import confusion
from xai_core.demo import first_run
from xai_core.errors import PictureUnreadable
from xai_core.evidence import telling
from xai_core.explain.target import Target
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.study import Study


@dataclass(frozen=True, slots=True)
class Lead:
    """Mistake that stands for its pair."""

    truth: str
    guess: str
    image_id: str


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=BY_STUDY)
def candidates(study: Study) -> tuple[telling.Candidate, ...]:
    """Return the pairs among which a study's story is chosen, the most frequent first."""
    return telling.candidates(study.table)


def leads(study: Study) -> tuple[Lead, ...]:
    """Return the mistakes that stories are about, the most telling first.

    The demo has its planted causes. In another study the pairs are ordered by the clarity of their evidence as soon as
    all candidates are explained, and by frequency until then. There are none in a study without mistakes.
    """
    told = demo_causes.stories(study)
    if told:
        return tuple(Lead(story.cause.truth, story.cause.guess, story.mistake) for story in told)
    clarities: dict[tuple[str, str], telling.Clarity] = _found(study).get("clarities") or _from_store(study)
    chosen = telling.most_telling(candidates(study), clarities)
    return tuple(Lead(candidate.truth, candidate.guess, image_id) for candidate, image_id in chosen)


def lead(study: Study, truth: str | None = None, guess: str | None = None) -> Lead | None:
    """Return the mistake that a page opens with.

    Parameters
    ----------
    study
        The study.
    truth, guess
        Pair that the reader has asked for; None for the most telling one. A pair without mistakes counts as none.

    Returns
    -------
    The story's mistake of the pair, else its most confident one; None if the study has no mistake.
    """
    known = leads(study)
    if truth and guess:
        of_pair = confusion.mistakes(study.table, truth, guess)
        if not of_pair.empty:
            same = (found for found in known if (found.truth, found.guess) == (truth, guess))
            return next(same, Lead(truth, guess, str(of_pair["image_id"].iloc[0])))
    return known[0] if known else None


def guess_for(study: Study, truth: str) -> str:
    """Return the guess that a page opens with for a class.

    It is that of the most telling mistake, else the most frequent wrong guess for the class, else the class itself.
    """
    first = next((found for found in leads(study) if found.truth == truth), None)
    if first is not None:
        return first.guess
    ranked = studies.pairs(study)
    return str(next(iter(ranked["guess"][ranked["truth"] == truth]), truth))


def search_settings(study: Study) -> ExplainSettings:
    """Return the settings with which candidates are explained: fewer evaluations than a chosen mistake gets."""
    return first_run.settings(study).for_companions()


def unexplained(study: Study) -> list[str]:
    """Return the image ids of all candidates while one of them is not explained yet, else nothing."""
    if demo_causes.stories(study) or _found(study) or _from_store(study):
        return []
    return [image_id for candidate in candidates(study) for image_id in candidate.mistakes]


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_STUDY)
def _found(study: Study) -> dict[str, Any]:  # noqa: ARG001 - one dictionary for each study
    return {}


def _from_store(study: Study) -> dict[tuple[str, str], telling.Clarity]:
    """Measure the clarity of all pairs, and keep it for all sessions; nothing while an explanation is missing."""
    settings, clarities = search_settings(study), {}
    for candidate in candidates(study):
        target, views, contrasts = Target(candidate.guess, candidate.truth), [], []
        for image_id in candidate.mistakes:
            try:
                answer = explanations.stored_explanation(study, image_id, settings)
                view = pictures.model_view(study, image_id).view
            except PictureUnreadable:
                continue
            if answer is None:
                return {}
            views.append(view)
            contrasts.append(target.map_of(answer))
        if views:
            clarities[candidate.truth, candidate.guess] = telling.clarity(views, contrasts)
    _found(study)["clarities"] = clarities
    return clarities
