"""An explanation whose logits are not those of the study's prediction is noticed."""

from dataclasses import dataclass

import numpy as np
import pytest

from xai_core.explain.consistency import describe_disagreement


@dataclass
class Answer:
    """Part of an explanation that the comparison reads."""

    full: np.ndarray
    runtime: str = "torch cpu"
    labels: tuple[str, ...] = ("pork_chop", "ravioli", "pizza")


STORED = np.array([8.003, 2, -2], np.float32)


@pytest.mark.parametrize("difference", [0, 1e-3, 0.09])
def test_rounding_is_no_disagreement(difference):
    assert describe_disagreement(Answer(STORED.astype(np.float32) + np.float32([difference, 0, 0])), STORED) == ""


def test_other_logits_are_named_with_the_guess():
    same = describe_disagreement(Answer(np.float32([8, 2.5, -2])), STORED)
    assert "differ by up to 0.5" in same
    assert "Its guess is pork chop as before." in same
    other = describe_disagreement(Answer(np.float32([1, 2, -2])), STORED)
    assert "Its guess is ravioli now and was pork chop." in other
    assert other.startswith("The model answers otherwise than when the study was made")


def test_half_precision_may_round_more():
    moved = np.float32([8, 2.15, -2])
    assert describe_disagreement(Answer(moved), STORED)
    assert describe_disagreement(Answer(moved, runtime="torch cuda float16"), STORED) == ""


def test_what_float16_cannot_store_is_not_compared():
    clipped = np.array([65504, 2, np.nan], np.float16)
    assert describe_disagreement(Answer(np.float32([1e6, 2, 7])), clipped) == ""
    assert describe_disagreement(Answer(np.float32([1, 2, 3])), np.full(3, np.nan, np.float16)) == ""
