"""Figures of a map in logits, log-odds and probability."""

import numpy as np
import pytest

from tests.made import explanation
from xai_core.explain.figures import units
from xai_core.explain.figures.units import LOG_ODDS, LOGIT, PROBABILITY
from xai_core.explain.target import Target

LABELS = ("pizza", "ravioli", "sushi")
LOGITS = np.log(np.array([[1, 2, 5], [1, 1, 2]], np.float64))


@pytest.mark.parametrize(
    ("target", "unit", "expected"),
    [
        (Target("ravioli"), LOGIT, [np.log(2), 0]),
        (Target("ravioli"), LOG_ODDS, [np.log(2 / 6), np.log(1 / 3)]),
        (Target("ravioli"), PROBABILITY, [0.25, 0.25]),
        (Target("ravioli", "pizza"), LOGIT, [np.log(2), 0]),
        (Target("ravioli", "pizza"), LOG_ODDS, [np.log(2), 0]),
        (Target("ravioli", "pizza"), PROBABILITY, [2 / 3, 1 / 2]),
    ],
)
def test_answers_in_each_unit(target, unit, expected):
    np.testing.assert_allclose(units.amounts(LOGITS, LABELS, target, unit), expected, atol=1e-12)


def test_a_region_changes_the_probability_by_what_its_values_of_all_classes_do():
    # Without the first region ravioli has 1 of 4 parts, with it 3 of 6.
    answer = explanation(np.log([[1, 3, 1], [1, 1, 1]]), labels=LABELS, base=np.log([1, 1, 2]))
    target = Target("ravioli")
    for unit, first in ((PROBABILITY, 3 / 6 - 1 / 4), (LOG_ODDS, np.log(1) - np.log(1 / 3)), (LOGIT, np.log(3))):
        np.testing.assert_allclose(units.region_changes(answer, target, unit), [first, 0], atol=1e-6)


def test_even_a_certain_answer_has_finite_words():
    certain = np.array([[0, 1000, 0]], np.float64)
    (odds,) = units.amounts(certain, LABELS, Target("ravioli"), LOG_ODDS)
    assert odds == pytest.approx(1000 - np.log(2))
    (share,) = units.amounts(certain, LABELS, Target("ravioli"), PROBABILITY)
    assert units.sum_text(float(share), 0.0, PROBABILITY) == "over 99.9% = base under 0.1% + 100.0 points"
