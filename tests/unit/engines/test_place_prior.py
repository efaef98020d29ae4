"""The prior lets a place depend on regions near it, and neighbours of one colour go together."""

import numpy as np
import pytest

from xai_core.engines.place_prior import Kriging, PlacePrior, kriging_length

SIDE = 12
VIEW = np.full((SIDE, SIDE, 3), 120, np.uint8)
CELLS = np.kron(np.arange(36).reshape(6, 6), np.ones((2, 2), int)).astype(np.int32)


def prior(grid, view=VIEW):
    return PlacePrior(Kriging(view, CELLS, kriging_length(grid)), grid)


def test_each_place_spreads_its_change_over_the_regions_near_it():
    windows = prior((3, 3)).windows
    assert windows.shape == (9, 36)
    np.testing.assert_allclose(windows.sum(axis=1), 1)
    # The four cells of the place itself come first, and the opposite corner gets almost nothing.
    assert set(np.argsort(windows[0])[-4:]) == {0, 1, 6, 7}
    assert windows[0, 35] < windows[0, 0] / 100


def test_one_place_spreads_its_change_evenly_over_the_area():
    whole = prior(None)
    np.testing.assert_allclose(whole.windows, [whole.shares])


@pytest.mark.parametrize("grid", [None, (3, 3)])
def test_the_sum_of_the_values_is_certain(grid):
    np.testing.assert_allclose(prior(grid).covariances.sum(axis=1), 0, atol=1e-7)


def test_far_regions_vary_less_at_a_place_than_near_ones():
    variances = prior((3, 3)).variances[4]
    assert variances[[14, 15, 20, 21]].min() > 20 * variances[[0, 5, 30, 35]].max()


def test_neighbours_of_one_colour_go_together_more_than_neighbours_of_two():
    view = VIEW.copy()
    view[:, 6:] = (250, 30, 30)
    covariance = prior((1, 1), view).covariances[0]
    assert covariance[13, 14] > 0 > covariance[14, 15]


@pytest.mark.parametrize(("grid", "length"), [((7, 7), 1 / 14), ((3, 3), 1 / 6), ((2, 8), 1 / 8)])
def test_the_length_goes_with_the_places(grid, length):
    assert kriging_length(grid) == pytest.approx(length)
