"""From figures of maps to a table: means over pictures, and differences of methods on the same pictures."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core.trust.faithfulness.evaluation import FIGURES, Figures, Task
from xai_core.trust.faithfulness.intervals import Interval, interval

Table = Mapping[Task, Mapping[str, Figures]]
"""Figures by task and picture; every task has the same pictures in the same order."""

Columns = Mapping[str, NDArray[np.float64]]
"""One value a picture for each of `FIGURES`."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a method is worth on average.

    Attributes
    ----------
    task
        The method and its budget.
    evaluations
        Spent on a map, on average.
    figures
        A mean with its interval for each of `FIGURES`.
    difference
        The same of the differences to the reference, picture by picture; None without one, and for itself.
    """

    task: Task
    evaluations: float
    figures: Mapping[str, Interval]
    difference: Mapping[str, Interval] | None


def summary(table: Table, against: Task | None, seed: int) -> tuple[Row, ...]:
    """Average figures over pictures.

    Parameters
    ----------
    table
        Figures of all tasks.
    against
        The reference.
    seed
        Of the intervals' resampling.
    """
    reference = None if against is None else _columns(table[against])
    return tuple(_row(task, table[task], None if task == against else reference, seed) for task in table)


def flat(table: Table) -> tuple[str, ...]:
    """Pictures that have no areas, because showing them adds too little to the label's logit; see `LEAST_SPAN`."""
    figures = next(iter(table.values()), {})
    return tuple(image_id for image_id, each in figures.items() if np.isnan(each.gain))


def _row(task: Task, found: Mapping[str, Figures], reference: Columns | None, seed: int) -> Row:
    columns = _columns(found)
    difference = None
    if reference is not None:
        difference = {name: interval(columns[name] - reference[name], seed) for name in FIGURES}
    spent = float(np.mean([each.evaluations for each in found.values()]))
    return Row(task, spent, {name: interval(columns[name], seed) for name in FIGURES}, difference)


def _columns(found: Mapping[str, Figures]) -> Columns:
    return {name: np.array([getattr(each, name) for each in found.values()], np.float64) for name in FIGURES}
