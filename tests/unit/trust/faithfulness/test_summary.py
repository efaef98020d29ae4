"""Means over pictures, and differences picture by picture."""

import numpy as np
import pytest

from xai_core.trust.faithfulness.evaluation import FIGURES, Figures, Task
from xai_core.trust.faithfulness.summary import flat, summary

PARTITION, LIME = Task("partition", 100), Task("lime", 100)


def figures(gain, evaluations=100):
    return Figures(
        insertion=gain, deletion=0.0, gain=gain, relevance_gain=gain / 2, correlation=0.5, slope=1.0, span=4.0,
        evaluations=evaluations,
    )  # fmt: skip


def table(partition, lime):
    ids = [f"pizza/{number}" for number in range(len(partition))]
    return {
        PARTITION: dict(zip(ids, map(figures, partition), strict=True)),
        LIME: {image_id: figures(gain, 98) for image_id, gain in zip(ids, lime, strict=True)},
    }


def test_a_row_for_each_task_in_order_with_means_of_all_figures():
    first, second = summary(table([0.2, 0.4], [0.3, 0.6]), None, seed=0)
    assert (first.task, second.task) == (PARTITION, LIME)
    assert tuple(first.figures) == FIGURES
    assert first.figures["gain"].mean == pytest.approx(0.3)
    assert second.figures["relevance_gain"].mean == pytest.approx(0.225)
    assert (first.evaluations, second.evaluations) == (100, 98)
    assert first.difference is second.difference is None


def test_differences_are_taken_picture_by_picture():
    # Pictures differ by much, the methods by the same 0.1 on each: the interval of the difference knows.
    reference, other = summary(table([0.0, 0.4, 0.8], [0.1, 0.5, 0.9]), PARTITION, seed=0)
    assert reference.difference is None
    gain = other.difference["gain"]
    assert (gain.mean, gain.low, gain.high) == pytest.approx((0.1, 0.1, 0.1))
    assert other.figures["gain"].high - other.figures["gain"].low > 0.3


def test_pictures_without_areas_are_named_and_left_out_of_areas_alone():
    found = table([np.nan, 0.4], [np.nan, 0.6])
    assert flat(found) == ("pizza/0",)
    row = summary(found, PARTITION, seed=0)[1]
    assert (row.figures["gain"].count, row.figures["correlation"].count) == (1, 2)
    assert row.difference["gain"].mean == pytest.approx(0.2)
