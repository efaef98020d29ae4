"""Two preprocessings are compared picture by picture: exact numbers on a handful."""

import numpy as np
import pytest

from xai_core.doctor.comparison import compare


def log_probabilities(right):
    """Log-probabilities of two classes: 0.8 for the truth (class 0) where right, else 0.2."""
    share = np.where(np.array(right), 0.8, 0.2)
    return np.log(np.stack([share, 1 - share], axis=1))


def test_only_pictures_with_different_answers_count():
    given = log_probabilities([True] * 10 + [False] * 10)
    other = log_probabilities([True] * 10 + [True] * 8 + [False] * 2)
    found = compare(given, other, np.zeros(20, np.int64))
    assert (found.given, found.other, found.gain) == (10, 18, 0.4)
    assert found.p_right == pytest.approx(0.5**8)
    assert found.p_loss == pytest.approx(0.5**8, rel=0.7)


def test_equal_answers_prove_nothing():
    given = log_probabilities([True, False] * 10)
    found = compare(given, given, np.zeros(20, np.int64))
    assert (found.p_right, found.p_loss, found.gain) == (1.0, 1.0, 0.0)


def test_a_worse_alternative_is_not_significant():
    found = compare(log_probabilities([True] * 20), log_probabilities([False] * 20), np.zeros(20, np.int64))
    assert found.p_right == 1.0
    assert found.p_loss > 0.99


def test_answers_that_are_always_the_same_are_right_by_chance_alone():
    truth = np.array([0] * 15 + [1] * 5)
    always_first = log_probabilities([True] * 20)
    found = compare(always_first, always_first, truth)
    assert (found.other, found.by_chance) == (15, 15.0)
