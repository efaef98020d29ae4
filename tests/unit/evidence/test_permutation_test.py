"""The test is exact for few pictures, seeded for many, and says when it can decide nothing."""

import numpy as np
import pytest

from xai_core.evidence.permutation_test import FEW, group_difference


def numbers(*values):
    return np.array(values, np.float64)


def test_three_against_three_without_overlap_is_two_of_twenty_ways():
    found = group_difference(numbers(1, 2, 3), numbers(7, 8, 9))
    assert (found.p_value, found.exact) == (pytest.approx(2 / 20), True)
    assert found.delta == -1
    assert (found.mean_mistakes, found.mean_correct) == (2, 8)


def test_one_against_many_goes_by_its_rank_among_all():
    assert group_difference(numbers(0), np.arange(1.0, 50)).p_value == pytest.approx(2 / 50)
    assert group_difference(np.arange(1.0, 50), numbers(0)).p_value == pytest.approx(2 / 50)
    assert group_difference(numbers(25), np.arange(1.0, 50)).p_value == 1


def test_the_same_numbers_are_no_difference():
    found = group_difference(numbers(1, 2, 3, 4), numbers(1, 2, 3, 4))
    assert (found.p_value, found.delta, found.size, found.significant) == (1.0, 0.0, "negligible", False)


def test_many_pictures_are_divided_at_random_and_always_alike():
    rng = np.random.default_rng(1)
    mistakes, correct = rng.normal(0.3, 0.1, 20), rng.normal(0.5, 0.1, 20)
    found = group_difference(mistakes, correct)
    assert not found.exact
    assert found.significant
    assert found.size == "large"
    assert group_difference(mistakes, correct) == found


def test_chance_gives_small_p_values_seldom():
    rng = np.random.default_rng(2)
    sampled = [group_difference(rng.normal(size=5), rng.normal(size=5)).p_value for _ in range(60)]
    assert 0 < np.mean(np.array(sampled) < 0.2) < 0.4


@pytest.mark.parametrize(
    ("delta_of", "size"),
    [((1, 2, 3, 4), "negligible"), ((1, 2, 3, 5), "negligible"), ((2, 3, 4, 5), "medium"), ((5, 6, 7, 8), "large")],
)
def test_the_size_of_an_effect_in_a_word(delta_of, size):
    assert group_difference(numbers(*delta_of), numbers(1, 2, 3, 4)).size == size


@pytest.mark.parametrize(
    ("mistakes", "correct", "undecidable"), [(1, 1, True), (1, 6, True), (3, 3, True), (4, 4, False)]
)
def test_too_few_pictures_for_any_finding_are_known_beforehand(mistakes, correct, undecidable):
    found = group_difference(np.arange(mistakes, dtype=float), 100 + np.arange(correct, dtype=float))
    assert found.undecidable == undecidable
    assert found.significant != undecidable


def test_small_groups_are_warned_of():
    assert group_difference(np.arange(9.0), np.arange(FEW - 1.0)).few
    assert not group_difference(np.arange(9.0), np.arange(FEW * 1.0)).few


@pytest.mark.parametrize(("mistakes", "correct"), [((), (1.0,)), ((1.0,), ()), ((), ())])
def test_against_nothing_there_is_no_difference(mistakes, correct):
    assert group_difference(numbers(*mistakes), numbers(*correct)) is None
