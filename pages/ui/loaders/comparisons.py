"""Comparisons of two studies, computed in the background and once for all sessions."""

from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui.loaders import background
from pages.ui.loaders.studies import BY_STUDY
from xai_core.errors import XaiError
from xai_core.repair.comparison.studies import StudyComparison, compare_studies
from xai_core.study.study import Study

PATIENCE_S = 1.5
"""Seconds that a page waits for a comparison before it shows the progress; studies of one folder need less."""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """Comparison of two studies with what is shown of it on every run.

    Attributes
    ----------
    before_study, after_study
        The studies.
    comparison
        Their guesses on the same pictures.
    pairs
        From `GuessChanges.pairs`.
    before, after : (L, L) int64
        Confusion matrices of the pictures that both have, over the classes of both.
    """

    before_study: Study
    after_study: Study
    comparison: StudyComparison
    pairs: pd.DataFrame
    before: NDArray[np.int64]
    after: NDArray[np.int64]


@dataclass(slots=True, eq=False)
class Task:
    """Comparison that is being computed, with the numbers of files read and planned."""

    before: Study
    after: Study
    future: "Future[Result]" = field(default_factory=Future)
    done: int = 0
    planned: int = 0

    def result(self) -> Result | None:
        """Return the result, or None after `PATIENCE_S` seconds without one.

        Raises
        ------
        XaiError
            If the studies cannot be compared. The next call of `task` tries again.
        """
        try:
            return self.future.result(PATIENCE_S)
        except TimeoutError:
            return None
        except XaiError:
            # A failed future would stay in the cache and give its error for ever.
            task.clear(self.before, self.after)
            raise

    def progress(self, done: int, planned: int) -> None:
        """Remember how many files are read."""
        self.done, self.planned = done, planned


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_STUDY)
def task(before: Study, after: Study) -> Task:
    """Start to compare two studies, and return the task. Matching pictures of two folders reads all their files."""
    found = Task(before, after)
    found.future = background.start("comparisons", lambda: _compare(found))
    return found


def _compare(found: Task) -> Result:
    comparison = compare_studies(found.before, found.after, progress=found.progress)
    changes = comparison.changes
    return Result(
        found.before, found.after, comparison, changes.pairs(), changes.matrix("before"), changes.matrix("after")
    )
