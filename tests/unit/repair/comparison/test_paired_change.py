"""A change of a share of pictures comes with McNemar's exact test and an interval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xai_core.repair.comparison.paired_change import PairedChange, share_interval

CHANGE = PairedChange(pictures=100, before=60, after=68, gained=10, lost=2)


def test_counts_come_from_the_pictures():
    before, after = np.array([1, 1, 0, 0, 0], bool), np.array([1, 0, 1, 1, 0], bool)
    assert PairedChange.of(before, after) == PairedChange(pictures=5, before=2, after=3, gained=2, lost=1)


def test_mcnemar_looks_at_the_pictures_that_change():
    # Two-sided binomial: 2 * (1 + 12 + 66) / 2**12.
    assert CHANGE.p_value == pytest.approx(158 / 4096)
    assert PairedChange(pictures=9, before=4, after=4, gained=0, lost=0).p_value == 1


def test_the_interval_is_that_of_agresti_and_min():
    middle, error = 8 / 102, np.sqrt(13 - 64 / 102) / 102
    assert CHANGE.interval == pytest.approx((middle - 1.959964 * error, middle + 1.959964 * error))


@given(cells=st.lists(st.integers(0, 30), min_size=4, max_size=4))
def test_the_interval_mirrors_the_change(cells):
    both, gained, lost, neither = cells
    there = PairedChange(sum(cells), both + lost, both + gained, gained, lost)
    back = PairedChange(sum(cells), both + gained, both + lost, lost, gained)
    low, high = there.interval
    assert back.interval == pytest.approx((-high, -low))
    assert there.p_value == pytest.approx(back.p_value)
    assert -1 <= low <= high <= 1
    assert both + neither == there.pictures - gained - lost


def test_without_pictures_nothing_is_claimed():
    nothing = PairedChange(pictures=0, before=0, after=0, gained=0, lost=0)
    assert (nothing.difference, nothing.p_value) == (0, 1)
    assert nothing.interval[0] < -0.5
    assert nothing.interval[1] > 0.5


def test_shares_have_wilsons_interval():
    assert share_interval(1, 10) == pytest.approx((0.017876, 0.404150), abs=1e-5)
    assert share_interval(0, 0) == (0, 1)
