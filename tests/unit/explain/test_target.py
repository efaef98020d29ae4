"""A label is scored by its logit, a contrast by its margin."""

import numpy as np
import pytest

from tests.made import explanation
from xai_core.errors import NameUnknown
from xai_core.explain.target import Target, probabilities

LABELS = ("pork_chop", "ravioli", "pizza")
LOGITS = np.log(np.array([[1, 2, 5], [2, 2, 4]], np.float32))


def test_a_label_is_scored_by_its_logit_and_its_probability_among_all():
    target = Target("ravioli")
    np.testing.assert_allclose(target.score(LOGITS, LABELS), np.log([2, 2]), rtol=1e-6)
    np.testing.assert_allclose(target.probability(LOGITS, LABELS), [2 / 8, 2 / 8], rtol=1e-6)


def test_a_contrast_is_scored_by_the_difference_and_the_probability_among_the_two():
    target = Target("ravioli", "pork_chop")
    np.testing.assert_allclose(target.score(LOGITS, LABELS), np.log([2, 1]), rtol=1e-6)
    np.testing.assert_allclose(target.probability(LOGITS, LABELS), [2 / 3, 1 / 2], rtol=1e-6)


def test_the_map_is_the_label_s_or_the_contrast_s():
    found = explanation([[3, 1, 0], [0, 2, 0]], labels=LABELS)
    np.testing.assert_array_equal(Target("pork_chop").map_of(found), [[3, 0]])
    np.testing.assert_array_equal(Target("pork_chop", "ravioli").map_of(found), [[2, -2]])


def test_probabilities_of_huge_logits_are_numbers():
    np.testing.assert_array_equal(probabilities(np.array([1e4, 0.0])), [1, 0])


def test_a_label_that_does_not_exist_is_refused():
    with pytest.raises(NameUnknown, match="no class 'raviolo'"):
        Target("raviolo").score(LOGITS, LABELS)
