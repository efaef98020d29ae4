"""The hidden spot holds most of the evidence, and a random one has its shape."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xai_core.repair.suspects.random_spot import shifted_spot, strongest_part


def test_the_strongest_pixels_hold_the_share():
    contrast = np.float32([[5, 3, -9], [1, 1, 0]])
    assert strongest_part(contrast, 0.5).tolist() == [[True, False, False], [False] * 3]
    assert strongest_part(contrast, 0.8).tolist() == [[True, True, False], [False] * 3]
    # Equal pixels are in or out together.
    assert strongest_part(contrast, 0.85).sum() == strongest_part(contrast, 1).sum() == 4


def test_nothing_positive_leaves_nothing_to_hide():
    assert not strongest_part(np.float32([[-1, 0]]), 0.8).any()


@given(seed=st.integers(0, 1000))
def test_a_shifted_spot_keeps_area_and_shape(seed):
    spot = np.zeros((12, 9), np.bool_)
    spot[2:5, 3:5] = True
    found = shifted_spot(spot, np.random.default_rng(seed))
    assert found.sum() == spot.sum()
    assert sorted(found.sum(axis=0)) == sorted(spot.sum(axis=0))
    assert sorted(found.sum(axis=1)) == sorted(spot.sum(axis=1))


def test_every_place_is_reached():
    spot = np.zeros((4, 4), np.bool_)
    spot[0, 0] = True
    rng = np.random.default_rng(0)
    assert np.mean([shifted_spot(spot, rng) for _ in range(4000)], axis=0) == pytest.approx(1 / 16, abs=0.02)
