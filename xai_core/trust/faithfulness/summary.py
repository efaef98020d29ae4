"""Table of faithfulness metrics with means over pictures and paired differences."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core.trust.faithfulness.evaluation import METRIC_NAMES, STABILITY_NAMES, FaithfulnessMetrics
from xai_core.trust.faithfulness.intervals import Interval, bootstrap_interval
from xai_core.trust.faithfulness.method_run import MethodRun

Table = Mapping[MethodRun, Mapping[str, FaithfulnessMetrics]]
"""Metrics by method and picture; all methods have the same pictures in the same order."""

Columns = Mapping[str, NDArray[np.float64]]
"""One value a picture for each metric."""


@dataclass(frozen=True, slots=True)
class Row:
    """Average metrics of one method.

    Attributes
    ----------
    run
        The method and its budget.
    evaluations
        Mean number of evaluations of a map.
    metrics
        Mean with its interval for each of `METRIC_NAMES`, and of `STABILITY_NAMES` if they were measured.
    difference
        Mean difference from the reference with its interval, paired by picture. None without a reference, and for the
        reference itself.
    """

    run: MethodRun
    evaluations: float
    metrics: Mapping[str, Interval]
    difference: Mapping[str, Interval] | None


def summarise(table: Table, against: MethodRun | None, seed: int) -> tuple[Row, ...]:
    """Average the metrics over pictures.

    Parameters
    ----------
    table
        Metrics of all methods.
    against
        The reference, or None.
    seed
        Seed of the intervals' resampling.
    """
    reference = None if against is None else _columns(table[against])
    return tuple(_row(run, table[run], None if run == against else reference, seed) for run in table)


def pictures_without_areas(table: Table) -> tuple[str, ...]:
    """Return the pictures that have no areas, because they add less than `MIN_SPAN` to the logit."""
    # The span does not depend on the map, so the first method's metrics tell for all.
    first = next(iter(table.values()), {})
    return tuple(image_id for image_id, metrics in first.items() if np.isnan(metrics.gain))


def _row(run: MethodRun, by_picture: Mapping[str, FaithfulnessMetrics], reference: Columns | None, seed: int) -> Row:
    columns = _columns(by_picture)
    difference = None
    if reference is not None:
        # One seed for all intervals: the same pictures are resampled for every metric and every method.
        difference = {
            name: bootstrap_interval(columns[name] - reference[name], seed) for name in columns if name in reference
        }
    spent = float(np.mean([metrics.evaluations for metrics in by_picture.values()]))
    return Row(run, spent, {name: bootstrap_interval(columns[name], seed) for name in columns}, difference)


def _columns(by_picture: Mapping[str, FaithfulnessMetrics]) -> Columns:
    every = {
        name: np.array([getattr(metrics, name) for metrics in by_picture.values()], np.float64)
        for name in (*METRIC_NAMES, *STABILITY_NAMES)
    }
    return {name: values for name, values in every.items() if name in METRIC_NAMES or not np.isnan(values).all()}
