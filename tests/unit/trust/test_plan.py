"""Order of logits, progress and mask of evaluation plans."""

import numpy as np
import pytest

from xai_core.errors import SettingRefused
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.trust.plan import EvaluationPlan, evaluate_in_chunks, run_plan

WEIGHTS = np.arange(12.0).reshape(3, 4)


def one_pixel_plan(count):
    """Plan whose n-th picture shows pixel n alone."""
    return EvaluationPlan(count, lambda number: (np.arange(12) == number).reshape(3, 4), lambda logits: logits)


def test_logits_come_in_the_order_of_the_plan(white_picture):
    picture = white_picture(WEIGHTS)
    logits = run_plan(picture, one_pixel_plan(12))
    np.testing.assert_array_equal(logits[:, 0], np.arange(12))
    np.testing.assert_array_equal(logits[:, 1], -np.arange(12))
    assert picture.runtime.evaluations == 12


def test_progress_is_reported_after_every_few_evaluations(white_picture):
    reports = []
    run_plan(white_picture(WEIGHTS), one_pixel_plan(11), progress=lambda *report: reports.append(report))
    assert reports == [(8, 11), (11, 11)]


def test_an_exception_in_the_progress_callback_stops_the_evaluation(white_picture):
    def stop(_done, _planned):
        raise KeyboardInterrupt

    picture = white_picture(WEIGHTS)
    with pytest.raises(KeyboardInterrupt):
        run_plan(picture, one_pixel_plan(12), progress=stop)
    assert picture.runtime.evaluations == 8


def test_an_evaluation_can_be_abandoned_between_two_chunks(white_picture):
    picture = white_picture(WEIGHTS)
    assert next(evaluate_in_chunks(picture, one_pixel_plan(12))).shape == (8, 3)
    assert picture.runtime.evaluations == 8


def test_a_mask_that_does_not_fit_the_model_is_refused(white_picture):
    picture = white_picture(WEIGHTS)
    blurred = type(picture)(picture.runtime, ExplainSettings(blur_px=5))
    with pytest.raises(SettingRefused, match="blur_px is 5; expected at most 3 pixels"):
        run_plan(blurred, one_pixel_plan(1))


def test_a_runtime_that_composes_masked_pictures_on_its_device_is_used_so(white_picture):
    picture = white_picture(WEIGHTS)
    composed = []

    def masked(view, hidden):
        def logits(coalitions):
            composed.append(len(coalitions))
            return np.zeros((len(coalitions), 3), np.float32)

        return logits

    picture.runtime.masked = masked
    run_plan(picture, one_pixel_plan(12))
    assert (composed, picture.runtime.evaluations) == ([8, 4], 0)
