"""What is planned is evaluated, in order, with progress, and only until somebody stops it."""

import numpy as np
import pytest

from xai_core.errors import SettingRefused
from xai_core.settings import ExplainSettings
from xai_core.trust.plan import Plan, Stopped, answered, chunks

WEIGHTS = np.arange(12.0).reshape(3, 4)


def one_pixel_each(count):
    """Shows pixel n in the n-th picture."""
    return Plan(count, lambda place: (np.arange(12) == place).reshape(3, 4), lambda logits: logits)


def test_logits_come_in_the_order_of_the_plan(asked):
    of = asked(WEIGHTS)
    logits = answered(of, one_pixel_each(12))
    np.testing.assert_array_equal(logits[:, 0], np.arange(12))
    np.testing.assert_array_equal(logits[:, 1], -np.arange(12))
    assert of.runtime.evaluations == 12


def test_progress_is_told_after_every_few_evaluations(asked):
    told = []
    answered(asked(WEIGHTS), one_pixel_each(11), progress=lambda *done: told.append(done))
    assert told == [(8, 11), (11, 11)]


def test_a_stop_ends_it_within_a_few_evaluations(asked):
    of = asked(WEIGHTS)
    with pytest.raises(Stopped, match="stopped after 8 of 12 evaluations"):
        answered(of, one_pixel_each(12), stop=lambda: True)
    assert of.runtime.evaluations == 8


def test_what_is_complete_is_not_stopped_any_more(asked):
    assert answered(asked(WEIGHTS), one_pixel_each(8), stop=lambda: True).shape == (8, 3)


def test_it_can_be_left_between_two_chunks(asked):
    of = asked(WEIGHTS)
    assert next(chunks(of, one_pixel_each(12))).shape == (8, 3)
    assert of.runtime.evaluations == 8


def test_a_mask_that_does_not_fit_the_model_is_refused(asked):
    of = asked(WEIGHTS)
    blurred = type(of)(of.runtime, ExplainSettings(blur_px=5))
    with pytest.raises(SettingRefused, match="blur is 5; expected at most 3 pixels"):
        answered(blurred, one_pixel_each(1))


def test_a_runtime_that_composes_on_its_device_does_so(asked):
    of = asked(WEIGHTS)
    composed = []

    def masked(picture, hidden):
        def logits(coalitions):
            composed.append(len(coalitions))
            return np.zeros((len(coalitions), 3), np.float32)

        return logits

    of.runtime.masked = masked
    answered(of, one_pixel_each(12))
    assert (composed, of.runtime.evaluations) == ([8, 4], 0)
