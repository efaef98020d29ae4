"""Patches follow the picture's edges, are about as many as wanted, and always the same."""

import numpy as np
import pytest

from xai_core.engines.segmentation import squares, superpixels


def two_halves():
    view = np.full((40, 60, 3), 30, np.uint8)
    view[:, 30:] = (250, 200, 20)
    return view


def numbered_without_gaps(region_of):
    return np.array_equal(np.unique(region_of), np.arange(region_of.max() + 1))


@pytest.mark.parametrize("count", [6, 24, 60])
def test_there_are_about_as_many_as_wanted(count):
    region_of = superpixels(two_halves(), count)
    assert (region_of.shape, region_of.dtype) == ((40, 60), np.int32)
    assert count / 2 <= region_of.max() + 1 <= 1.5 * count
    assert numbered_without_gaps(region_of)


def test_no_patch_lies_on_both_sides_of_an_edge():
    region_of = superpixels(two_halves(), 24)
    assert not set(region_of[:, :30].ravel()) & set(region_of[:, 30:].ravel())


def test_the_same_picture_has_the_same_patches():
    np.testing.assert_array_equal(superpixels(two_halves(), 24), superpixels(two_halves(), 24))


def test_a_picture_of_mere_grain_is_cut_into_squares():
    grain = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    np.testing.assert_array_equal(superpixels(grain, 16), squares((40, 40), 16))


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (1, 9)])
def test_a_picture_of_a_few_pixels_has_at_most_those(shape):
    region_of = superpixels(np.zeros((*shape, 3), np.uint8), 50)
    assert region_of.max() < region_of.size
    assert numbered_without_gaps(region_of)


def test_squares_are_a_grid_row_by_row():
    np.testing.assert_array_equal(squares((2, 4), 4), [[0, 0, 1, 1], [2, 2, 3, 3]])
