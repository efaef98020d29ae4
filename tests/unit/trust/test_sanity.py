"""Similarity of two maps, and the verdict on a map that survives random weights."""

import numpy as np
import pytest

from xai_core.explain.target import Target
from xai_core.trust.sanity import Similarity, compare_randomised, similarity

MAP = np.random.default_rng(5).normal(size=(16, 12))


def test_a_map_is_similar_to_itself_at_any_scale():
    found = similarity(MAP, 3 * MAP)
    assert found.rank == pytest.approx(1)
    assert found.rank_of_size == pytest.approx(1)
    assert found.structure == pytest.approx(1)


def test_flipped_signs_leave_the_locations():
    found = similarity(MAP, -MAP)
    assert found.rank == pytest.approx(-1)
    assert found.rank_of_size == pytest.approx(1)
    assert found.structure == pytest.approx(1)


def test_random_maps_are_not_similar():
    found = similarity(MAP, np.random.default_rng(6).normal(size=MAP.shape))
    assert abs(found.rank) < 0.25
    assert abs(found.rank_of_size) < 0.25
    assert abs(found.structure) < 0.25


def test_ranks_by_hand_with_ties():
    first, second = np.array([[1.0, 2.0, 2.0, 4.0]]), np.array([[1.0, 3.0, 2.0, 4.0]])
    # Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4.
    assert similarity(first, second).rank == pytest.approx(4.5 / np.sqrt(4.5 * 5))


def test_an_empty_map_is_similar_to_nothing():
    found = similarity(MAP, np.zeros_like(MAP))
    assert (found.rank, found.rank_of_size) == (0, 0)


def test_a_picture_smaller_than_a_window_has_no_structure():
    assert np.isnan(similarity(MAP[:5], MAP[:5]).structure)


def test_the_map_of_a_label_or_of_a_contrast_is_compared(explanation):
    tiles = np.arange(64).reshape(8, 8)
    values = np.random.default_rng(7).normal(size=(64, 3))
    original, other = explanation(tiles, values), explanation(tiles, values[:, ::-1])
    alone = compare_randomised(original, other, Target("ravioli"))
    assert alone.similarity.rank == pytest.approx(1)
    both = compare_randomised(original, other, Target("pork_chop", "pizza"))
    np.testing.assert_allclose(both.randomised, -both.original, rtol=1e-5)
    assert (both.similarity.rank, both.similarity.rank_of_size) == pytest.approx((-1, 1))


@pytest.mark.parametrize(
    ("rank_of_size", "verdict"),
    [(0.9, "picture"), (0.6, "picture"), (0.5, "partly"), (0.3, "partly"), (0.2, "learned")],
)
def test_thresholds_of_the_verdict(rank_of_size, verdict):
    assert Similarity(rank=0.0, rank_of_size=rank_of_size, structure=0.0).verdict == verdict
