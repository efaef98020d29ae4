"""How alike two maps are, and what a map is worth that survives a model's forgetting."""

import numpy as np
import pytest

from xai_core.trust.sanity import Similarity, compared, similarity
from xai_core.trust.target import Target

MAP = np.random.default_rng(5).normal(size=(16, 12))


def test_a_map_is_like_itself_at_any_scale():
    found = similarity(MAP, 3 * MAP)
    assert found.rank == pytest.approx(1)
    assert found.rank_of_size == pytest.approx(1)
    assert found.structure == pytest.approx(1)


def test_flipped_signs_leave_the_places():
    found = similarity(MAP, -MAP)
    assert found.rank == pytest.approx(-1)
    assert found.rank_of_size == pytest.approx(1)
    assert found.structure == pytest.approx(1)


def test_maps_of_chance_are_not_alike():
    found = similarity(MAP, np.random.default_rng(6).normal(size=MAP.shape))
    assert abs(found.rank) < 0.25
    assert abs(found.rank_of_size) < 0.25
    assert abs(found.structure) < 0.25


def test_ranks_by_hand_with_ties():
    first, second = np.array([[1.0, 2.0, 2.0, 4.0]]), np.array([[1.0, 3.0, 2.0, 4.0]])
    # Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4.
    assert similarity(first, second).rank == pytest.approx(4.5 / np.sqrt(4.5 * 5))


def test_an_empty_map_is_like_nothing():
    found = similarity(MAP, np.zeros_like(MAP))
    assert (found.rank, found.rank_of_size) == (0, 0)


def test_a_picture_smaller_than_a_window_has_no_structure():
    assert np.isnan(similarity(MAP[:5], MAP[:5]).structure)


def test_the_map_of_a_label_or_of_a_contrast_is_compared(explanation):
    tiles = np.arange(64).reshape(8, 8)
    values = np.random.default_rng(7).normal(size=(64, 3))
    real, other = explanation(tiles, values), explanation(tiles, values[:, ::-1])
    alone = compared(real, other, Target("ravioli"))
    assert alone.similarity.rank == pytest.approx(1)
    both = compared(real, other, Target("pork_chop", "pizza"))
    np.testing.assert_allclose(both.forgetful, -both.real, rtol=1e-5)
    assert (both.similarity.rank, both.similarity.rank_of_size) == pytest.approx((-1, 1))


@pytest.mark.parametrize(
    ("places", "word"), [(0.9, "picture"), (0.6, "picture"), (0.5, "partly"), (0.3, "partly"), (0.2, "learned")]
)
def test_a_word_for_what_is_left_without_memory(places, word):
    assert Similarity(rank=0.0, rank_of_size=places, structure=0.0).word == word
