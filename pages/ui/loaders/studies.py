"""Studies, opened once for all sessions, and figures of their tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from xai_core import paths
from xai_core.confusions import calibration, confusion
from xai_core.doctor.finding import ImportReport
from xai_core.errors import StudyRefused
from xai_core.language import ENGLISH, mark, tr, using
from xai_core.study import study as study_study
from xai_core.study.import_report import stored_report
from xai_core.study.layout import folders
from xai_core.study.layout.folders import FILE
from xai_core.study.manifest import Manifest, read_manifest
from xai_core.study.study import Study


def identity(study: Study) -> tuple[str, str, str]:
    """Return the cache key of a study. A study that is built again gets another key."""
    return str(study.folder), study.model_id, str(study.created)


BY_STUDY: dict[str | type[Any], Callable[[Any], Any]] = {Study: identity}
"""Argument `hash_funcs` of caches whose functions take a study."""


class SpinnerText(str):
    """Text for the argument `show_spinner` of a cache, drawn in the language of whoever waits.

    A cache takes its text once, when the module is imported, and Streamlit calls `str` on it each time that it draws
    the spinner.

    >>> str(SpinnerText("Opening the study ..."))
    'Opening the study ...'
    """

    __slots__ = ()

    def __str__(self) -> str:
        """Return the text in the reader's language."""
        return tr(super().__str__())


def study_names() -> tuple[str, ...]:
    """Return the names of the studies on this machine."""
    return folders.study_names(paths.studies_folder())


def open_study(name: str) -> Study:
    """Return a study, which is opened once for all sessions and again after it was rebuilt."""
    file = paths.studies_folder() / name / FILE
    return _study(file.parent, file.stat().st_mtime_ns if file.is_file() else 0)


@st.cache_resource(max_entries=8, show_spinner=SpinnerText(mark("Opening the study ...")))
def _study(folder: Path, built_ns: int) -> Study:  # noqa: ARG001 - the time is part of the key only
    # One study for all readers: what was noted while it was read is in one language.
    with using(ENGLISH):
        return study_study.open_study(folder.name, folder.parent)


def record(name: str) -> Manifest | None:
    """Return the record of a study without opening it, None if it cannot be read."""
    file = paths.studies_folder() / name / FILE
    return _record(file, file.stat().st_mtime_ns if file.is_file() else 0)


@st.cache_data(max_entries=256, show_spinner=False)
def _record(file: Path, built_ns: int) -> Manifest | None:  # noqa: ARG001 - the time is part of the key only
    try:
        return read_manifest(file.parent)
    except StudyRefused:
        return None


def of_same_model(study: Study) -> tuple[str, ...]:
    """Return the names of the other studies with the same model."""
    records = {name: record(name) for name in study_names() if name != study.name}
    return tuple(name for name, found in records.items() if found is not None and found.model_id == study.model_id)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_STUDY)
def figures(study: Study) -> confusion.Summary:
    """Return the key figures of a study."""
    return study.summary()


def import_report(study: Study) -> ImportReport | None:
    """Return the stored result of a study's import checks.

    It is read every time, in less than a millisecond, because it may be written after the study was opened.
    """
    return stored_report(study)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=BY_STUDY)
def pairs(study: Study) -> pd.DataFrame:
    """Return the ranked pairs of a study.

    See `xai_core.confusions.confusion.pairs`.
    """
    return confusion.pairs(study.table)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=BY_STUDY)
def matrix(study: Study) -> NDArray[np.int64]:
    """Return the (L, L) confusion matrix of a study.

    See `xai_core.confusions.confusion.matrix`.
    """
    return confusion.matrix(study.table, study.labels)


@st.cache_data(max_entries=48, show_spinner=False, hash_funcs=BY_STUDY)
def class_order(study: Study, by: str) -> NDArray[np.intp]:
    """Return the order of a study's classes by name, error or cluster.

    See `xai_core.confusions.confusion.class_order`.
    """
    return confusion.class_order(matrix(study), by)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=BY_STUDY)
def classes(study: Study) -> pd.DataFrame:
    """Return the classes of a study, the hardest first.

    See `xai_core.confusions.confusion.class_table`.
    """
    return confusion.class_table(study.table)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_STUDY)
def reliability(study: Study, bins: int) -> pd.DataFrame:
    """Return the accuracy in each bin of confidence.

    See `xai_core.confusions.calibration.reliability`.
    """
    return calibration.reliability(study.table, bins)
