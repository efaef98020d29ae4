"""Properties and duplicates of a study's pictures, measured in the background and read once for all sessions."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from pages.ui.loaders import background
from pages.ui.loaders.studies import BY_STUDY
from xai_core.confusions import property_effects
from xai_core.confusions.property_effects import PropertyEffects
from xai_core.data.properties import PROPERTIES
from xai_core.study.pictures import duplicates as study_duplicates
from xai_core.study.pictures import properties as study_properties
from xai_core.study.pictures.duplicates import Duplicates
from xai_core.study.study import Study


@dataclass(slots=True, eq=False)
class Run:
    """Measurement of a study that runs in the background.

    Attributes
    ----------
    future
        Done when all is measured, or with the error that ended it.
    stage, done, planned
        Stage of `find_duplicates`, and its steps.
    """

    future: Future[Duplicates] | None = None
    stage: str = ""
    done: int = 0
    planned: int = 0

    @property
    def over(self) -> bool:
        """True if it has ended, with success or not."""
        return self.future is not None and self.future.done()

    def report(self, stage: str, done: int, planned: int) -> None:
        """Take a report of progress."""
        self.stage, self.done, self.planned = stage, done, planned


def start(study: Study) -> None:
    """Start to measure the pictures of a study and to search it for duplicates, unless that is going on."""
    state = _state(study)
    run: Run | None = state.get("run")
    if run is None or run.over:
        state["run"] = run = Run()
        report = run.report
        # The search has a pool of its own: two studies at once would be no faster.
        run.future = background.start("pictures", lambda: study_duplicates.find_duplicates(study, report))


def run_of(study: Study) -> Run | None:
    """Return the latest measurement of a study that was started by this server, None if there is none."""
    run: Run | None = _state(study).get("run")
    return run


def properties(study: Study) -> pd.DataFrame | None:
    """Return the stored properties of a study's pictures; see `stored_properties`."""
    return _properties(study, _written_ns(study, study_properties.FILE))


def effects(study: Study) -> PropertyEffects | None:
    """Return what goes with mistakes, None if the properties have not been measured."""
    return _effects(study, _written_ns(study, study_properties.FILE))


def error_by_step(study: Study, name: str) -> pd.DataFrame:
    """Return the share of mistakes over a property; see `property_effects.error_by_step`."""
    found: pd.DataFrame = _error_by_step(study, name, _written_ns(study, study_properties.FILE))
    return found


def duplicates(study: Study) -> Duplicates | None:
    """Return the stored duplicates of a study, None if they have not been searched."""
    return _duplicates(study, _written_ns(study, study_duplicates.FILE))


def _written_ns(study: Study, name: str) -> int:
    file = study.folder / name
    return file.stat().st_mtime_ns if file.is_file() else 0


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_STUDY)
def _state(study: Study) -> dict[str, Any]:  # noqa: ARG001 - one dictionary for each study
    return {}


# Resources, because a copy of 25,000 rows for every run of a page takes longer than what is drawn from them.
@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_STUDY)
def _properties(study: Study, written_ns: int) -> pd.DataFrame | None:
    return study_properties.stored_properties(study) if written_ns else None


@st.cache_resource(max_entries=8, show_spinner="Comparing mistakes with right answers ...", hash_funcs=BY_STUDY)
def _effects(study: Study, written_ns: int) -> PropertyEffects | None:
    found = _properties(study, written_ns)
    return None if found is None else property_effects.property_effects(study.table, found[list(PROPERTIES)])


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_STUDY)
def _error_by_step(study: Study, name: str, written_ns: int) -> pd.DataFrame:
    found = _properties(study, written_ns)
    assert found is not None
    return property_effects.error_by_step(study.table, found[name].to_numpy(np.float64))


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_STUDY)
def _duplicates(study: Study, written_ns: int) -> Duplicates | None:
    return study_duplicates.stored_duplicates(study) if written_ns else None
