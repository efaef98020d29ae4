"""Facts on a study's pictures, worked out in the background and read once for all sessions."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.ui.loaders import background
from pages.ui.loaders.studies import BY_STUDY, SpinnerText, class_order
from xai_core import language
from xai_core.confusions import confusion, property_effects, similar_pairs
from xai_core.confusions.property_effects import PropertyEffects
from xai_core.data.properties import PROPERTIES
from xai_core.language import mark
from xai_core.progress import StageProgress
from xai_core.repair.annotation import label_list
from xai_core.study.pictures import duplicates as study_duplicates
from xai_core.study.pictures import leaks as study_leaks
from xai_core.study.pictures import nearest_pictures as study_nearest
from xai_core.study.pictures import picture_map as study_map
from xai_core.study.pictures import properties as study_properties
from xai_core.study.pictures.duplicates import Duplicates
from xai_core.study.pictures.leaks import Leaks
from xai_core.study.study import Study


@dataclass(slots=True, eq=False)
class Run:
    """Work on a study's pictures that runs in the background and keeps its result in the study.

    Attributes
    ----------
    future
        Done when all is kept, or with the error that ended it.
    stage, done, planned
        Stage of the work, and its steps.
    """

    future: Future[Any] | None = None
    stage: str = ""
    done: int = 0
    planned: int = 0

    @property
    def over(self) -> bool:
        """True if it has ended, with success or not."""
        return self.future is not None and self.future.done()

    @property
    def error(self) -> BaseException | None:
        """Error that ended it; None if it goes on or has succeeded."""
        return self.future.exception() if self.future is not None and self.future.done() else None

    def report(self, stage: str, done: int, planned: int) -> None:
        """Take a report of progress."""
        self.stage, self.done, self.planned = stage, done, planned


COMPARING = SpinnerText(mark("Comparing mistakes with right answers ..."))

PICTURES, LABELS, MAP = "pictures", "labels", "map"
"""Kinds of work: properties and duplicates, the ranked list of labels, and the map of pictures."""

_WORK: dict[str, Callable[[Study, StageProgress], Any]] = {
    PICTURES: study_duplicates.find_duplicates,
    LABELS: lambda study, report: label_list.label_list(study, partial(report, LABELS)),
    MAP: lambda study, report: study_map.compute_map(study, partial(report, MAP)),
}


def start(study: Study, kind: str) -> None:
    """Start some work on a study's pictures, unless it is going on."""
    start_work(study, kind, lambda report: _WORK[kind](study, report))


def start_work(study: Study, kind: str, work: Callable[[StageProgress], Any]) -> None:
    """Start work of any kind, unless work of that kind on this study is going on."""
    runs = _runs(study)
    run = runs.get(kind)
    if run is None or run.over:
        runs[kind] = run = Run()
        report = run.report
        # The work has pools of its own: two pieces at once would be no faster.
        run.future = background.start("pictures", lambda: work(report))


def run_of(study: Study, kind: str) -> Run | None:
    """Return the latest work of a kind that was started by this server, None if there is none."""
    return _runs(study).get(kind)


def label_ranking(study: Study) -> pd.DataFrame | None:
    """Return the ranked list of labels that may be wrong, None if it has not been made."""
    return _label_ranking(study, _written_ns(study, label_list.FILE))


def picture_map(study: Study) -> pd.DataFrame | None:
    """Return the places of a study's pictures, None if they have not been computed."""
    return _picture_map(study, _written_ns(study, study_map.FILE))


def map_figure(study: Study, colour: str, pair: tuple[str, str] | None, figure: Callable[..., go.Figure]) -> go.Figure:
    """Return the chart of the map, drawn once by `figure` for all sessions; see `map_chart.figure`."""
    written = tuple(_written_ns(study, name) for name in (study_map.FILE, study_properties.FILE))
    return _map_figure(study, colour, pair, written, language.current(), figure)


def nearest_pictures(study: Study, image_id: str, among: Study, label: str | None, count: int) -> pd.DataFrame:
    """Return the pictures that look most like one; see `nearest_pictures.nearest_pictures`."""
    return _nearest_pictures(study, image_id, among, label, count)


def properties(study: Study) -> pd.DataFrame | None:
    """Return the stored properties of a study's pictures; see `stored_properties`."""
    return _properties(study, _written_ns(study, study_properties.FILE))


def effects(study: Study) -> PropertyEffects | None:
    """Return what goes with mistakes, None if the properties have not been measured."""
    return _effects(study, _written_ns(study, study_properties.FILE))


def class_effects(study: Study) -> pd.DataFrame:
    """Return what goes with mistakes in each class; see `property_effects.class_effects`."""
    return _class_effects(study, _written_ns(study, study_properties.FILE))


def error_by_step(study: Study, name: str) -> pd.DataFrame:
    """Return the share of mistakes over a property; see `property_effects.error_by_step`."""
    found: pd.DataFrame = _error_by_step(study, name, _written_ns(study, study_properties.FILE))
    return found


def duplicates(study: Study) -> Duplicates | None:
    """Return the stored duplicates of a study, None if they have not been searched."""
    return _duplicates(study, _written_ns(study, study_duplicates.FILE))


def leaks(study: Study, other: Study) -> Leaks | None:
    """Return what two studies have in common, None if it has not been searched."""
    return _leaks(study, other, _written_ns(study, study_leaks.leaks_file(other.name)))


def start_leaks(study: Study, other: Study) -> None:
    """Start to search two studies for common pictures, unless that is going on."""
    start_work(study, leaks_kind(other), lambda report: study_leaks.find_leaks(study, other, report))


def leaks_kind(other: Study) -> str:
    """Return the kind of work that `start_leaks` starts."""
    return f"leaks {other.name}"


def distinct_summary(study: Study) -> confusion.Summary:
    """Return the key figures of a study whose duplicates are known, with each photograph counted once."""
    return _distinct_summary(study, _written_ns(study, study_duplicates.FILE))


def _written_ns(study: Study, name: str) -> int:
    file = study.folder / name
    return file.stat().st_mtime_ns if file.is_file() else 0


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_STUDY)
def _runs(study: Study) -> dict[str, Run]:  # noqa: ARG001 - one dictionary for each study
    return {}


# Resources, because a copy of 25,000 rows for every run of a page takes longer than what is drawn from them.
@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_STUDY)
def _properties(study: Study, written_ns: int) -> pd.DataFrame | None:
    return study_properties.stored_properties(study) if written_ns else None


@st.cache_resource(max_entries=8, show_spinner=COMPARING, hash_funcs=BY_STUDY)
def _effects(study: Study, written_ns: int) -> PropertyEffects | None:
    found = _properties(study, written_ns)
    return None if found is None else property_effects.property_effects(study.table, found[list(PROPERTIES)])


@st.cache_resource(max_entries=8, show_spinner=COMPARING, hash_funcs=BY_STUDY)
def _class_effects(study: Study, written_ns: int) -> pd.DataFrame:
    found = _properties(study, written_ns)
    assert found is not None
    return property_effects.class_effects(study.table, found[list(PROPERTIES)])


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_STUDY)
def _error_by_step(study: Study, name: str, written_ns: int) -> pd.DataFrame:
    found = _properties(study, written_ns)
    assert found is not None
    return property_effects.error_by_step(study.table, found[name].to_numpy(np.float64))


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_STUDY)
def _duplicates(study: Study, written_ns: int) -> Duplicates | None:
    return study_duplicates.stored_duplicates(study) if written_ns else None


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_STUDY)
def _label_ranking(study: Study, written_ns: int) -> pd.DataFrame | None:
    return label_list.stored_label_list(study) if written_ns else None


@st.cache_data(max_entries=512, show_spinner=False, hash_funcs=BY_STUDY)
def _nearest_pictures(study: Study, image_id: str, among: Study, label: str | None, count: int) -> pd.DataFrame:
    other = None if among.folder == study.folder else among
    return study_nearest.nearest_pictures(study, image_id, among=other, label=label, count=count)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_STUDY)
def _leaks(study: Study, other: Study, written_ns: int) -> Leaks | None:
    return study_leaks.stored_leaks(study, other) if written_ns else None


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=BY_STUDY)
def _distinct_summary(study: Study, written_ns: int) -> confusion.Summary:
    found = _duplicates(study, written_ns)
    assert found is not None
    return confusion.summary(similar_pairs.distinct(study.table, found.groups))


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_STUDY)
def _picture_map(study: Study, written_ns: int) -> pd.DataFrame | None:
    return study_map.stored_map(study) if written_ns else None


# A resource, because a copy of 25,000 points for every run would take longer than drawing them once.
@st.cache_resource(max_entries=16, show_spinner=SpinnerText(mark("Drawing the map ...")), hash_funcs=BY_STUDY)
def _map_figure(
    study: Study,
    colour: str,
    pair: tuple[str, str] | None,
    written_ns: tuple[int, ...],
    reader_language: str,  # noqa: ARG001 - the texts of the figure are part of what is kept
    _figure: Callable[..., go.Figure],
) -> go.Figure:
    places, measured = _picture_map(study, written_ns[0]), _properties(study, written_ns[1])
    assert places is not None
    values = measured[colour].to_numpy(np.float64) if measured is not None and colour in PROPERTIES else None
    order = [study.labels[row] for row in class_order(study, "cluster")] if colour == "class" else ()
    return _figure(study.table, places, colour, pair=pair, order=order, values=values)
