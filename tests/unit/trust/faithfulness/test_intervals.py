"""Bootstrap intervals of means."""

import numpy as np
import pytest

from xai_core.trust.faithfulness.intervals import bootstrap_interval


def test_the_interval_of_equal_values_is_a_point():
    found = bootstrap_interval(np.full(9, 0.25))
    assert (found.mean, found.low, found.high, found.count) == (0.25, 0.25, 0.25, 9)


def test_the_interval_is_about_two_standard_errors_to_each_side():
    values = np.random.default_rng(0).normal(3, 2, 400)
    found = bootstrap_interval(values)
    error = values.std() / 20
    assert found.mean == pytest.approx(values.mean())
    assert found.high - found.mean == pytest.approx(1.96 * error, rel=0.1)
    assert found.mean - found.low == pytest.approx(1.96 * error, rel=0.1)


def test_pictures_without_a_value_are_left_out_and_not_counted():
    found = bootstrap_interval(np.array([1.0, np.nan, 3.0]))
    assert (found.mean, found.count) == (2, 2)


def test_without_values_there_is_no_mean():
    found = bootstrap_interval(np.array([np.nan]))
    assert np.isnan([found.mean, found.low, found.high]).all()
    assert found.count == 0


def test_the_seed_decides():
    values = np.random.default_rng(0).normal(size=10)
    assert bootstrap_interval(values, 1) == bootstrap_interval(values, 1)
    assert bootstrap_interval(values, 1) != bootstrap_interval(values, 2)
