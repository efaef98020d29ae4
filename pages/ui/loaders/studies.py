"""A study, opened once for all sessions, and what its table says in figures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from xai_core import paths
from xai_core.confusions import calibration, confusion
from xai_core.study import study as study_study
from xai_core.study.study import Study


def identity(of: Study) -> tuple[str, str, str]:
    """Key of what is cached about a study: one that is built again is another study."""
    return str(of.folder), of.model_id, str(of.created)


BY_STUDY: dict[str | type[Any], Callable[[Any], Any]] = {Study: identity}
"""How caches tell studies apart."""


def study_names() -> tuple[str, ...]:
    """Names of the studies on this machine."""
    return study_study.study_names(paths.studies_folder())


def study(name: str) -> Study:
    """Open a study, once for all sessions and until it is built again."""
    record = paths.studies_folder() / name / "study.toml"
    return _study(record.parent, record.stat().st_mtime_ns if record.is_file() else 0)


@st.cache_resource(max_entries=8, show_spinner="Opening the study ...")
def _study(folder: Path, built_ns: int) -> Study:  # noqa: ARG001 - the time is part of the key only
    return study_study.open_study(folder.name, folder.parent)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_STUDY)
def figures(of: Study) -> confusion.Summary:
    """A study in figures."""
    return of.summary()


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=BY_STUDY)
def pairs(of: Study) -> pd.DataFrame:
    """The pairs of a study, ranked; see `xai_core.confusions.confusion.pairs`."""
    return confusion.pairs(of.table)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=BY_STUDY)
def matrix(of: Study) -> NDArray[np.int64]:
    """How often each class of a study is taken for each; see `xai_core.confusions.confusion.matrix`."""
    return confusion.matrix(of.table, of.labels)


@st.cache_data(max_entries=48, show_spinner=False, hash_funcs=BY_STUDY)
def class_order(of: Study, by: str) -> NDArray[np.intp]:
    """The classes of a study by name, error or cluster; see `xai_core.confusions.confusion.ordered`."""
    return confusion.ordered(matrix(of), by)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=BY_STUDY)
def classes(of: Study) -> pd.DataFrame:
    """The classes of a study, the hardest first; see `xai_core.confusions.confusion.by_class`."""
    return confusion.by_class(of.table)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_STUDY)
def reliability(of: Study, bins: int) -> pd.DataFrame:
    """Confidence against accuracy; see `xai_core.confusions.calibration.reliability`."""
    return calibration.reliability(of.table, bins)
