"""Colour limits of contrast and classes."""

from dataclasses import dataclass

import numpy as np
import pytest

from xai_core.explain.colour_scale import OWN_SCALES, ColourScale, Limits, leading_answer
from xai_core.explain.target import Target

CONTRAST = Target("ravioli", "pork_chop")


@dataclass
class Answer:
    """Maps that are the same everywhere, by label."""

    values: dict[str, float]

    def map(self, label):
        return np.full((4, 4), self.values[label], np.float32)

    def contrast(self, label, rather_than):
        return self.map(label) - self.map(rather_than)


ANSWER = Answer({"ravioli": 3.0, "pork_chop": 2.5, "pizza": -4.0})


def test_contrast_and_classes_have_a_scale_each_unless_the_reader_wants_one():
    labels = ("ravioli", "pork_chop", "pizza")
    assert OWN_SCALES.limits(ANSWER, CONTRAST, labels) == Limits(pytest.approx(0.5), 4.0)
    assert ColourScale(shared=True).limits(ANSWER, CONTRAST, labels) == Limits(4.0, 4.0)
    assert OWN_SCALES.limits(ANSWER, CONTRAST).classes == pytest.approx(0.5)


def test_a_locked_scale_stays_whatever_is_shown_and_nothing_is_known_without_an_answer():
    locked = ColourScale(locked=Limits(1.0, 2.0))
    assert locked.limits(ANSWER, CONTRAST) == locked.limits(None, CONTRAST) == Limits(1.0, 2.0)
    assert OWN_SCALES.limits(None, CONTRAST) == Limits(0.0, 0.0)


def test_another_picture_decides_while_the_answer_for_the_mistake_is_missing():
    other = Answer({"ravioli": 1.0, "pork_chop": 0.0})
    assert leading_answer([None, other]) is other
    assert leading_answer([ANSWER, other]) is ANSWER
    assert leading_answer([None, None]) is None
