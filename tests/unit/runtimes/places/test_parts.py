"""The rest that parts leave is spread evenly, and tokens in one row get the grid of the picture's shape."""

import numpy as np
import pytest

from xai_core.runtimes.places.parts import grid_of_tokens, relative_error, spread_rest


def test_the_rest_of_each_logit_is_spread_evenly():
    parts = np.array([[[1, 0], [2, 0]]], np.float32)
    logits = np.array([[7, 5, 1]], np.float32)
    np.testing.assert_array_equal(spread_rest(parts, logits, [1, 2]), [[[2, 0.5], [3, 0.5]]])


@pytest.mark.parametrize(("bias", "error"), [([1, 2], 0), ([1, 1], 0.25), ([np.nan, 2], np.inf)])
def test_the_error_is_relative_to_the_largest_logit(bias, error):
    parts = np.array([[[1, 1], [0, 1]]], np.float32)
    assert relative_error(parts, np.array([[2, 4]], np.float32), np.array(bias, np.float64)) == error


@pytest.mark.parametrize(
    ("count", "size", "grid"),
    [(49, (224, 224), (7, 7)), (32, (240, 100), (8, 4)), (6, (20, 60), (1, 6)), (1, (9, 9), (1, 1))],
)
def test_tokens_in_one_row_get_the_grid_of_the_pictures_shape(count, size, grid):
    assert grid_of_tokens(count, size) == grid
