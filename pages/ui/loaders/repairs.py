"""Trials of cures and learning curves, computed in the background and kept for all sessions."""

from concurrent.futures import Future
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.ui.loaders import background
from pages.ui.loaders.background import Work
from pages.ui.loaders.studies import BY_STUDY
from xai_core.repair.annotation import missing_data
from xai_core.repair.annotation.missing_data import PicturesNeeded
from xai_core.repair.trials.cures import Trial, try_cure
from xai_core.repair.trials.division import divide
from xai_core.study.study import Study
from xai_core.verdicts.store import VerdictStore


@dataclass(frozen=True, slots=True, eq=False)
class FittedTrial:
    """Trial of a cure with the pictures of the study that it was fitted on.

    Attributes
    ----------
    trial
        The trial.
    fitted_on
        Ids of pictures of the study itself; none if the cure was fitted on another study.
    """

    trial: Trial
    fitted_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrialSettings:
    """Cure with its pair and its pictures.

    Attributes
    ----------
    cure
        One of `cures.CURES`.
    pair
        Truth and guess.
    seed
        Seed of the halves.
    with_evidence
        Ids of pictures that carry the suspect evidence. A refit lets them count as much as the others of their class;
        None tells it no groups.
    """

    cure: str
    pair: tuple[str, str]
    seed: int
    with_evidence: tuple[str, ...] | None = None


def trial(study: Study, other: Study | None, settings: TrialSettings) -> Work[FittedTrial]:
    """Start to try a cure, or return the same trial.

    Parameters
    ----------
    study
        Study of the model to repair.
    other
        Study to fit on; None for a half of the study itself.
    settings
        The cure.

    A trial is another one once a verdict has been given, because verdicts "wrong label" correct the classes.
    """
    key = (study, other, settings, (_verdicts(study), 0 if other is None else _verdicts(other)))
    return Work(_trial(*key), lambda: _trial.clear(*key))


def missing_pictures(study: Study, known: Study | None, pair: tuple[str, str]) -> pd.DataFrame:
    """Return the request list of a pair; see `missing_data.missing_data`."""
    found: pd.DataFrame = _missing_pictures(study, known, pair)
    return found


def pictures_needed(study: Study, pair: tuple[str, str]) -> Work[PicturesNeeded]:
    """Start to estimate how many pictures a pair needs, or return the same estimate."""
    return Work(_pictures_needed(study, pair), lambda: _pictures_needed.clear(study, pair))


def _verdicts(study: Study) -> int:
    return len(VerdictStore(study.folder).whole_history())


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_STUDY)
def _trial(
    study: Study,
    other: Study | None,
    settings: TrialSettings,
    verdicts: tuple[int, int],  # noqa: ARG001 - part of the key only
) -> Future[FittedTrial]:
    def run() -> FittedTrial:
        groups = settings.with_evidence
        evidence = None if groups is None else dict.fromkeys(groups, True)
        division = divide(study, other, evidence=evidence, seed=settings.seed)
        fitted_on = division.fitted_on.image_ids if other is None else ()
        found = try_cure(settings.cure, division, study.labels, settings.pair, seed=settings.seed)
        return FittedTrial(found, fitted_on)

    return background.start("repairs", run)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=BY_STUDY)
def _missing_pictures(study: Study, known: Study | None, pair: tuple[str, str]) -> pd.DataFrame:
    return missing_data.missing_data(study, pair, known=known)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_STUDY)
def _pictures_needed(study: Study, pair: tuple[str, str]) -> Future[PicturesNeeded]:
    return background.start("repairs", lambda: missing_data.pictures_for_refit(study, pair))
