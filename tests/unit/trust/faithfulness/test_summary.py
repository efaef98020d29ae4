"""Means over pictures, and paired differences."""

import numpy as np
import pytest

from xai_core.trust.faithfulness.evaluation import METRIC_NAMES, FaithfulnessMetrics
from xai_core.trust.faithfulness.method_run import MethodRun
from xai_core.trust.faithfulness.summary import pictures_without_areas, summarise

PARTITION, LIME = MethodRun("partition", 100), MethodRun("lime", 100)


def metrics(gain, evaluations=100):
    return FaithfulnessMetrics(
        insertion=gain, deletion=0.0, gain=gain, relevance_gain=gain / 2, correlation=0.5, slope=1.0, span=4.0,
        evaluations=evaluations,
    )  # fmt: skip


def table(partition, lime):
    ids = [f"pizza/{number}" for number in range(len(partition))]
    return {
        PARTITION: dict(zip(ids, map(metrics, partition), strict=True)),
        LIME: {image_id: metrics(gain, 98) for image_id, gain in zip(ids, lime, strict=True)},
    }


def test_there_is_a_row_for_each_method_in_order_with_the_means_of_all_metrics():
    first, second = summarise(table([0.2, 0.4], [0.3, 0.6]), None, seed=0)
    assert (first.run, second.run) == (PARTITION, LIME)
    assert tuple(first.metrics) == METRIC_NAMES
    assert first.metrics["gain"].mean == pytest.approx(0.3)
    assert second.metrics["relevance_gain"].mean == pytest.approx(0.225)
    assert (first.evaluations, second.evaluations) == (100, 98)
    assert first.difference is second.difference is None


def test_differences_are_paired_by_picture():
    # Pictures differ much, the methods by 0.1 on each of them, so the interval of the difference is a point.
    reference, other = summarise(table([0.0, 0.4, 0.8], [0.1, 0.5, 0.9]), PARTITION, seed=0)
    assert reference.difference is None
    gain = other.difference["gain"]
    assert (gain.mean, gain.low, gain.high) == pytest.approx((0.1, 0.1, 0.1))
    assert other.metrics["gain"].high - other.metrics["gain"].low > 0.3


def test_pictures_without_areas_are_listed_and_left_out_of_areas_alone():
    found = table([np.nan, 0.4], [np.nan, 0.6])
    assert pictures_without_areas(found) == ("pizza/0",)
    row = summarise(found, PARTITION, seed=0)[1]
    assert (row.metrics["gain"].count, row.metrics["correlation"].count) == (1, 2)
    assert row.difference["gain"].mean == pytest.approx(0.2)
