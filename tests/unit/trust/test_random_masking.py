"""Faithfulness correlation of true maps, and of maps without information about locations."""

import numpy as np
import pytest

from xai_core.explain.target import Target
from xai_core.trust.plan import run_plan
from xai_core.trust.random_masking import Prediction, faithfulness_level, random_masking_plan

CHOP = Target("pork_chop")
WEIGHTS = np.random.default_rng(8).normal(0.1, 1, size=(16, 20))


@pytest.fixture
def maskings(white_picture):
    picture = white_picture(WEIGHTS)
    return run_plan(picture, random_masking_plan(CHOP, picture.runtime.spec, per_kind=10, seed=4))


def test_the_true_map_of_a_linear_model_predicts_every_change(maskings):
    prediction = maskings.prediction(WEIGHTS)
    assert prediction.correlation == pytest.approx(1, abs=1e-5)
    assert prediction.slope == pytest.approx(1, abs=1e-5)
    assert prediction.level == "good"
    for kind, measured in prediction.measured.items():
        np.testing.assert_allclose(prediction.predicted[kind], measured, atol=1e-3)


def test_a_map_of_doubled_values_has_half_the_slope_and_the_same_correlation(maskings):
    prediction = maskings.prediction(2 * WEIGHTS)
    assert prediction.correlation == pytest.approx(1, abs=1e-5)
    assert prediction.slope == pytest.approx(0.5, abs=1e-5)


def test_the_opposite_map_has_correlation_minus_one(maskings):
    assert maskings.prediction(-WEIGHTS).correlation == pytest.approx(-1, abs=1e-5)
    assert maskings.prediction(-WEIGHTS).level == "poor"


def test_an_even_map_predicts_nothing_beyond_the_hidden_area(white_picture):
    # The model mostly counts pixels, so an even map predicts every change well, but knows nothing of locations.
    picture = white_picture(1 + 0.1 * WEIGHTS)
    maskings = run_plan(picture, random_masking_plan(CHOP, picture.runtime.spec, per_kind=10, seed=4))
    even = maskings.prediction(np.ones_like(WEIGHTS))
    raw = np.corrcoef(even.predicted["fine cells"], even.measured["fine cells"])[0, 1]
    assert raw > 0.95
    assert even.correlation == 0
    assert maskings.prediction(1 + 0.1 * WEIGHTS).correlation == pytest.approx(1, abs=1e-3)


def test_a_map_of_zeros_predicts_nothing(maskings):
    nothing = maskings.prediction(np.zeros_like(WEIGHTS))
    assert (nothing.correlation, nothing.slope, nothing.level) == (0, 0, "poor")


def test_no_map_predicts_a_constant_model(white_picture):
    picture = white_picture(np.zeros_like(WEIGHTS))
    maskings = run_plan(picture, random_masking_plan(CHOP, picture.runtime.spec, per_kind=5))
    assert maskings.prediction(WEIGHTS).correlation == 0


def test_partial_correlation_by_hand():
    # Predicted and measured both follow the hidden area and, beyond it, each other's opposite.
    hidden = np.array([0.2, 0.4, 0.6, 0.8])
    beyond = np.array([1.0, -1.0, -1.0, 1.0])
    found = Prediction({"k": 10 * hidden + beyond}, {"k": 5 * hidden - 3 * beyond}, {"k": hidden})
    assert found.correlation == pytest.approx(-1)


def test_each_masking_and_the_whole_picture_take_one_evaluation(white_picture):
    picture = white_picture(WEIGHTS)
    run_plan(picture, random_masking_plan(CHOP, picture.runtime.spec, per_kind=6))
    assert picture.runtime.evaluations == 4 * 6 + 1


def test_the_seed_decides_the_maskings(white_picture):
    picture = white_picture(WEIGHTS)
    first, again, other = (
        run_plan(picture, random_masking_plan(CHOP, picture.runtime.spec, per_kind=4, seed=seed)).measured["blobs"]
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_contrasts_are_predicted_too(white_picture):
    picture = white_picture(WEIGHTS)
    maskings = run_plan(picture, random_masking_plan(Target("pork_chop", "ravioli"), picture.runtime.spec, per_kind=5))
    assert maskings.prediction(2 * WEIGHTS).slope == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("correlation", "level"), [(0.7, "good"), (0.699, "fair"), (0.4, "fair"), (0.399, "poor"), (0, "poor")]
)
def test_thresholds_of_the_levels(correlation, level):
    assert faithfulness_level(correlation) == level
