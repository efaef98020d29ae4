"""How alike two maps are, and what a map is worth that survives a model's forgetting."""

import numpy as np
import pytest

from xai_core.explain.computation import Question
from xai_core.settings import ExplainSettings
from xai_core.trust.sanity import checked, similarity
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


def test_the_same_picture_is_explained_by_each_model_and_kept(asked, store):
    real, other = asked(MAP), asked(np.fliplr(MAP))
    other.runtime.model_id = "forgetful"
    settings = ExplainSettings(mask="colour", colour=(0, 0, 0), evaluations=60, steer_top=1)
    question = Question(real.runtime, real.view, "white", settings, store)
    told = []
    found = checked(
        question,
        {"other": other.runtime, "same": real.runtime},
        Target("pork_chop"),
        progress=lambda *t: told.append(t),
    )
    assert set(found) == {"other", "same"}
    assert found["same"].similarity.rank == pytest.approx(1)
    assert found["other"].similarity.rank < 0.6
    assert found["other"].forgetful.shape == MAP.shape
    assert told[-1][1] == 180
    spent = real.runtime.evaluations
    checked(question, {"other": other.runtime}, Target("pork_chop"))
    assert real.runtime.evaluations == spent
