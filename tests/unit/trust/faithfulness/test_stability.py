"""Agreement of maps by seeds and shifts, on tiny arrays with known correlations."""

import math

import numpy as np
import pytest

from xai_core.trust.faithfulness.stability import by_cells, correlation, shifted, stability


def test_a_map_agrees_with_itself_whatever_its_size_and_sign_is_seen():
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert correlation(values, 5 * values + 2) == pytest.approx(1)
    assert correlation(values, -values) == pytest.approx(-1)
    assert math.isnan(correlation(values, np.ones((3, 4), np.float32)))


def test_a_shifted_picture_repeats_its_first_row_and_column():
    view = np.arange(16, dtype=np.uint8).reshape(4, 4, 1).repeat(3, axis=2)
    assert shifted(view)[:, :, 0].tolist() == [[0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1], [4, 4, 4, 5]]


def test_cells_are_means_and_a_small_map_has_a_cell_a_pixel():
    values = np.zeros((16, 24), np.float32)
    values[:2, :3] = 6
    found = by_cells(values)
    assert found.shape == (8, 8)
    assert found[0, 0] == 6
    assert found.sum() == 6
    assert by_cells(np.ones((3, 10), np.float32)).shape == (3, 8)


def test_a_map_that_moves_with_the_picture_is_stable():
    random = np.random.default_rng(0)
    values = random.normal(size=(16, 16)).astype(np.float32)
    moved = np.roll(values, (2, 2), axis=(0, 1))
    found = stability(values, values, moved)
    assert (found.seeds, found.seeds_cells) == (pytest.approx(1), pytest.approx(1))
    assert (found.shift, found.shift_cells) == (pytest.approx(1), pytest.approx(1))
    # One that stays where it is does not lie on itself when it is laid back.
    assert abs(stability(values, values, values).shift) < 0.3
