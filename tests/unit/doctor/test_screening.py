"""Alternatives are tried on the fewest pictures that settle them."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from xai_core.doctor.alternatives import alternatives
from xai_core.doctor.screening import LabelledPictures, Screening
from xai_core.errors import ExplanationFailed
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.function_runtime import FunctionRuntime

SPEC = ModelSpec(
    labels=("dark", "light"), input_size=(2, 2), short_side=None, interpolation="nearest", mean=(0, 0, 0), std=(1, 1, 1)
)
BGR, *_ = alternatives(SPEC)
COUNT = 100


def pictures(logits=None):
    """Half dark and half light pictures; all answers are a coin's, unless others are given."""
    truth = np.arange(COUNT) % 2
    seen = []

    def photo(number):
        seen.append(number)
        return Image.new("RGB", (2, 2), (255 * int(truth[number]),) * 3)

    given = np.zeros((COUNT, 2)) if logits is None else logits
    return LabelledPictures(photo, truth, given), seen


def runtime(sign):
    """Model that is right on each picture (+1), wrong on each (-1), or tells nothing (0)."""

    def logits(inputs):
        light = inputs.mean(axis=(1, 2, 3))
        return sign * 8 * np.stack([0.5 - light, light - 0.5], axis=1)

    return FunctionRuntime(logits, SPEC, lambda: "light")


def test_what_does_harm_is_given_up_after_four_pictures():
    given, _ = pictures()
    screening = Screening(runtime(-1), given)
    assert screening.promising([BGR]) == []
    assert screening.evaluations == 4


def test_what_changes_nothing_is_given_up_after_four_pictures():
    given, _ = pictures()
    screening = Screening(runtime(0), given)
    assert screening.promising([BGR]) == []
    assert screening.evaluations == 4


def test_what_helps_is_compared_on_all_pictures():
    given, _ = pictures()
    screening = Screening(runtime(+1), given)
    trials = screening.promising([BGR])
    assert screening.evaluations == 64
    ((other, found),) = screening.compare(trials)
    assert other is BGR
    assert (found.pictures, found.given, found.other) == (COUNT, 50, COUNT)
    assert screening.evaluations == COUNT


def test_what_lowers_the_loss_without_a_right_answer_is_no_cure():
    # Certain and wrong before, undecided and wrong now.
    truth = np.arange(COUNT) % 2
    given, _ = pictures(8.0 * np.eye(2)[1 - truth])
    screening = Screening(runtime(-1e-3), given)
    assert screening.promising([BGR]) == []
    assert screening.evaluations == 64


def test_a_photograph_is_read_once_for_all_alternatives():
    given, seen = pictures()
    Screening(runtime(-1), given).promising(alternatives(SPEC))
    assert len(seen) == len(set(seen)) == 4


def test_easy_and_hard_pictures_have_their_shares_among_the_first():
    # The loss rises with the number of the picture, and the first four are one of each quarter.
    confidence = np.linspace(4, -4, COUNT)
    truth = np.arange(COUNT) % 2
    logits = np.where(np.eye(2)[truth] == 1, confidence[:, None], 0.0)
    given, seen = pictures(logits)
    Screening(runtime(-1), given).promising([BGR])
    assert sorted(number // 25 for number in seen) == [0, 1, 2, 3]


def test_a_preprocessing_that_the_model_cannot_answer_is_given_up():
    def overflow(_inputs):
        raise ExplanationFailed("Not finite.")

    given, _ = pictures()
    assert Screening(FunctionRuntime(overflow, SPEC, lambda: "none"), given).promising([BGR]) == []


@pytest.mark.parametrize("resized", [None, lambda _spec: None])
def test_a_size_that_the_model_does_not_take_is_not_tried(resized):
    given, _ = pictures()
    other = replace(BGR, spec=replace(SPEC, input_size=(4, 4)))
    screening = Screening(runtime(+1), given, resized)
    assert screening.promising([other]) == []
    assert screening.evaluations == 0
