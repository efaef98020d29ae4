"""A true map foresees what hiding parts does; one that knows no places is found out."""

import numpy as np
import pytest

from xai_core.trust.plan import answered
from xai_core.trust.random_masking import Prediction, trials_plan, word_for
from xai_core.trust.target import Target

CHOP = Target("pork_chop")
WEIGHTS = np.random.default_rng(8).normal(0.1, 1, size=(16, 20))


@pytest.fixture
def trials(asked):
    of = asked(WEIGHTS)
    return answered(of, trials_plan(CHOP, of.runtime.spec, each=10, seed=4))


def test_the_true_map_of_a_linear_model_is_right_to_the_last(trials):
    prediction = trials.prediction(WEIGHTS)
    assert prediction.correlation == pytest.approx(1, abs=1e-5)
    assert prediction.slope == pytest.approx(1, abs=1e-5)
    assert prediction.word == "good"
    for kind, actual in prediction.actual.items():
        np.testing.assert_allclose(prediction.predicted[kind], actual, atol=1e-3)


def test_a_map_that_promises_twice_as_much_has_half_the_slope_and_the_same_correlation(trials):
    prediction = trials.prediction(2 * WEIGHTS)
    assert prediction.correlation == pytest.approx(1, abs=1e-5)
    assert prediction.slope == pytest.approx(0.5, abs=1e-5)


def test_the_opposite_map_is_as_wrong_as_can_be(trials):
    assert trials.prediction(-WEIGHTS).correlation == pytest.approx(-1, abs=1e-5)
    assert trials.prediction(-WEIGHTS).word == "poor"


def test_a_map_without_places_foresees_nothing_beyond_how_much_is_hidden(asked):
    # The model mostly counts pixels, so that an even map is close to right about every change; but not about places.
    of = asked(1 + 0.1 * WEIGHTS)
    trials = answered(of, trials_plan(CHOP, of.runtime.spec, each=10, seed=4))
    even = trials.prediction(np.ones_like(WEIGHTS))
    raw = np.corrcoef(even.predicted["fine cells"], even.actual["fine cells"])[0, 1]
    assert raw > 0.95
    assert even.correlation == 0
    assert trials.prediction(1 + 0.1 * WEIGHTS).correlation == pytest.approx(1, abs=1e-3)


def test_a_map_of_nothing_foresees_nothing(trials):
    nothing = trials.prediction(np.zeros_like(WEIGHTS))
    assert (nothing.correlation, nothing.slope, nothing.word) == (0, 0, "poor")


def test_a_model_that_says_the_same_of_everything_is_foreseen_by_no_map(asked):
    of = asked(np.zeros_like(WEIGHTS))
    trials = answered(of, trials_plan(CHOP, of.runtime.spec, each=5))
    assert trials.prediction(WEIGHTS).correlation == 0


def test_the_area_taken_out_by_hand():
    # Predicted and actual both follow the hidden area and, beyond it, each other's opposite.
    hidden = np.array([0.2, 0.4, 0.6, 0.8])
    beyond = np.array([1.0, -1.0, -1.0, 1.0])
    found = Prediction({"k": 10 * hidden + beyond}, {"k": 5 * hidden - 3 * beyond}, {"k": hidden})
    assert found.correlation == pytest.approx(-1)


def test_every_masking_is_one_evaluation_and_the_whole_picture_another(asked):
    of = asked(WEIGHTS)
    answered(of, trials_plan(CHOP, of.runtime.spec, each=6))
    assert of.runtime.evaluations == 4 * 6 + 1


def test_the_seed_decides_the_maskings(asked):
    of = asked(WEIGHTS)
    first, again, other = (
        answered(of, trials_plan(CHOP, of.runtime.spec, each=4, seed=seed)).actual["blobs"] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_contrasts_are_foreseen_too(asked):
    of = asked(WEIGHTS)
    trials = answered(of, trials_plan(Target("pork_chop", "ravioli"), of.runtime.spec, each=5))
    assert trials.prediction(2 * WEIGHTS).slope == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("correlation", "word"), [(0.7, "good"), (0.699, "fair"), (0.4, "fair"), (0.399, "poor"), (0, "poor")]
)
def test_words_have_thresholds(correlation, word):
    assert word_for(correlation) == word
