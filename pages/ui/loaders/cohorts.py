"""Groups of classes, metadata and the figures of cohorts, read once for all sessions."""

import pandas as pd
import streamlit as st

from pages.ui.loaders.studies import BY_STUDY
from xai_core import paths
from xai_core.language import mark
from xai_core.study.selection import groups as selection_groups
from xai_core.study.selection import metadata as selection_metadata
from xai_core.study.selection.cohort import Cohort, cohort_table
from xai_core.study.study import Study

ALL_OF_THESE = mark("all of these")
"""Name of the line for the whole cohort, a text for `tr`."""

NO_VALUE = mark("(none)")
"""Name of the cohort of pictures without a value, a text for `tr`."""

ALL = "*"
"""Value of the parameters for all classes, all pictures and no column."""


def value_name(text: str) -> str:
    """Return the name of a column or value of the metadata on the page and in links.

    One that is called as what stands for all or for none is put in quotes, so that it can be chosen too.

    >>> value_name("Nikon"), value_name(""), value_name("*"), value_name("“*”")
    ('Nikon', '(none)', '“*”', '““*””')
    """
    if text.strip("“”") in (ALL, NO_VALUE, ALL_OF_THESE):
        return f"“{text}”"
    return text or NO_VALUE


def groups(study: Study) -> dict[str, tuple[str, ...]]:
    """Return the groups that have classes of a study; see `groups.groups_for`.

    They are read every time, because people save some.
    """
    return selection_groups.groups_for(sorted(study.table["truth"].unique()), paths.studies_folder())


def save_group(name: str, classes: tuple[str, ...], *, replaces: bool) -> str:
    """Save a group; see `groups.save_group`."""
    return selection_groups.save_group(paths.studies_folder(), name, classes, replaces=replaces)


def metadata(study: Study) -> pd.DataFrame | None:
    """Return the metadata of a study's pictures, None if there is none."""
    return _metadata(study, _written_ns(study))


def is_damaged(study: Study) -> bool:
    """Return True if a study has metadata that cannot be read."""
    return bool(_written_ns(study)) and metadata(study) is None


def columns(study: Study) -> tuple[str, ...]:
    """Return the columns of the metadata that divide the pictures into cohorts."""
    known = metadata(study)
    return () if known is None else selection_metadata.cohort_columns(known)


def figures(study: Study, groups: dict[str, tuple[str, ...]], cohort: Cohort, column: str | None) -> pd.DataFrame:
    """Return the figures of all groups, or of all values of a column among the pictures of a cohort.

    See `cohort.cohort_table`. The first cohort is the whole, as `ALL_OF_THESE`.
    """
    key = (cohort.classes, tuple((cohort.where or {}).items()))
    return _figures(study, _written_ns(study), tuple(groups.items()), key, column)


def _written_ns(study: Study) -> int:
    file = study.folder / selection_metadata.FILE
    return file.stat().st_mtime_ns if file.is_file() else 0


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_STUDY)
def _metadata(study: Study, written_ns: int) -> pd.DataFrame | None:
    return selection_metadata.stored_metadata(study) if written_ns else None


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_STUDY)
def _figures(
    study: Study,
    written_ns: int,
    groups: tuple[tuple[str, tuple[str, ...]], ...],
    cohort: tuple[tuple[str, ...], tuple[tuple[str, str], ...]],
    column: str | None,
) -> pd.DataFrame:
    known = _metadata(study, written_ns)
    classes, where = cohort
    if column is None:
        rows = Cohort(where=dict(where)).rows(study.table, known)
        parts = [(name, of_group, rows[rows["truth"].isin(of_group)]) for name, of_group in groups]
        return cohort_table([(ALL_OF_THESE, (), rows), *parts])
    assert known is not None
    rows = Cohort(classes).rows(study.table, known)
    values = known.loc[rows.index, column]
    parts = [(value_name(value), (), rows[values == value]) for value in sorted(values.unique())]
    return cohort_table([(ALL_OF_THESE, classes, rows), *parts])
