"""Outputs that cannot be those of a trained model are recognised, and those of a poor model are left alone."""

import numpy as np
import pytest

from xai_core.doctor.outputs import check_outputs


@pytest.fixture
def answers():
    """Logits of a fair model on 100 pictures of 5 classes, and the truth."""
    random = np.random.default_rng(3)
    truth = random.integers(0, 5, 100)
    logits = random.normal(size=(100, 5))
    logits[np.arange(100), truth] += 1.5
    return logits, truth


def faults(logits, truth):
    return [finding.fault for finding in check_outputs(logits, truth)]


def test_a_fair_model_is_left_alone(answers):
    assert faults(*answers) == []


def test_one_picture_without_finite_outputs_is_counted(answers):
    logits, truth = answers
    logits[7, 2] = np.nan
    (finding,) = check_outputs(logits, truth)
    assert finding.fault == "not finite"
    assert "1 of 100 pictures" in finding.sentence


def test_equal_outputs_for_all_pictures_are_constant(answers):
    logits, truth = answers
    assert faults(np.repeat(logits[:1], 100, axis=0), truth) == ["constant"]


def test_certain_and_wrong_is_saturated(answers):
    logits, truth = answers
    assert "saturated" in faults(logits * 1000, truth)


def test_certain_and_right_is_not(answers):
    logits, truth = answers
    logits = np.zeros_like(logits)
    logits[np.arange(100), truth] = 50
    logits[0] = 0
    assert faults(logits, truth) == []


def test_no_better_than_guessing_is_chance(answers):
    logits, truth = answers
    assert faults(logits[::-1].copy(), np.roll(truth, 37)) == ["chance"]


def test_few_pictures_prove_nothing(answers):
    logits, truth = answers
    assert faults(np.repeat(logits[:1], 20, axis=0), truth[:20]) == []
