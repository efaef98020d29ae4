"""Insertion and deletion of maps whose curves can be worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from xai_core.explain.target import Target
from xai_core.trust.curves import EVALUATIONS, STEPS, curves_plan, pixels_by_value, random_order
from xai_core.trust.plan import evaluate_in_chunks, run_plan

CHOP = Target("pork_chop")


def curves_of(picture, shap_map, target=CHOP, region_of=None):
    order = pixels_by_value(np.asarray(shap_map), region_of)
    return run_plan(picture, curves_plan(order, target, picture.runtime.spec))


def single_pixel(logits=8.0):
    """Return weights of 4 x 8 pixels, one a step, of which one carries everything."""
    weights = np.zeros((4, 8))
    weights[2, 5] = logits
    return weights


def test_one_pixel_that_carries_everything_is_shown_first_and_hidden_first(white_picture):
    curves = curves_of(white_picture(single_pixel()), single_pixel())
    np.testing.assert_array_equal(curves.shares, np.arange(33) / 32)
    np.testing.assert_array_equal(curves.insertion, [0] + 32 * [8])
    np.testing.assert_array_equal(curves.deletion, [8] + 32 * [0])
    # By trapezoids: half of the first step is lost, and half of it is gained.
    assert curves.insertion_area == 1 - 1 / 64
    assert curves.deletion_area == 1 / 64
    assert curves.gain == 1 - 1 / 32


def test_the_opposite_map_is_as_bad_as_the_true_one_is_good(white_picture):
    curves = curves_of(white_picture(single_pixel()), -single_pixel())
    assert curves.gain == -(1 - 1 / 32)


def test_no_order_gains_anything_if_all_pixels_are_worth_the_same(white_picture):
    picture = white_picture(np.full((4, 8), 0.25))
    curves = curves_of(picture, np.random.default_rng(3).normal(size=(4, 8)))
    np.testing.assert_allclose(curves.insertion, np.arange(33) * 0.25)
    assert curves.insertion_area == pytest.approx(0.5)
    assert curves.deletion_area == pytest.approx(0.5)


def test_both_curves_together_take_64_evaluations(white_picture):
    picture = white_picture(single_pixel())
    curves_of(picture, single_pixel())
    assert picture.runtime.evaluations == EVALUATIONS == 64


def test_a_contrast_is_scored_by_the_difference_of_two_logits(white_picture):
    # The second label has the negatives of the first one's weights, so that the contrast is worth twice as much.
    curves = curves_of(white_picture(single_pixel(4)), 2 * single_pixel(4), Target("pork_chop", "ravioli"))
    assert curves.span == 8
    assert curves.gain == 1 - 1 / 32
    assert curves.insertion_p[0] == 0.5
    assert curves.insertion_p[-1] == pytest.approx(1 / (1 + np.exp(-8)))


def test_the_relevance_gain_is_lif_minus_mif_of_the_probability(white_picture):
    curves = curves_of(white_picture(single_pixel()), single_pixel())
    # pork chop 8 against ravioli -8 and pizza 0; with the pixel hidden all three are 0.
    shown, hidden = 1 / (1 + np.exp(-16) + np.exp(-8)), 1 / 3
    assert curves.relevance_gain == pytest.approx((shown - hidden) * (1 - 1 / 32), rel=1e-6)


@given(
    hnp.arrays(np.float64, (4, 8), elements=st.integers(-3, 3)),
    hnp.arrays(np.float64, (4, 8), elements=st.integers(-3, 3)),
)
def test_hiding_the_least_first_is_showing_the_most_first_backwards(weights, shap_map):
    # So the symmetric relevance gain, defined by two ways of hiding, needs no evaluation beyond the two curves.
    order = pixels_by_value(shap_map)
    total = weights.sum()
    hiding_least_first = total - np.concatenate([[0], np.cumsum(weights.ravel()[order[::-1]])])
    showing_most_first = np.concatenate([[0], np.cumsum(weights.ravel()[order])])
    np.testing.assert_allclose(hiding_least_first, showing_most_first[::-1], atol=1e-9)


def test_there_are_no_areas_if_the_picture_adds_less_than_a_logit(white_picture):
    curves = curves_of(white_picture(single_pixel(0.9)), single_pixel())
    assert np.isnan([curves.insertion_area, curves.deletion_area, curves.gain]).all()
    assert np.isfinite(curves.relevance_gain)


def test_a_picture_may_have_fewer_pixels_than_steps(white_picture):
    weights = np.array([[0.0, 3.0], [1.0, 0.0]])
    curves = curves_of(white_picture(weights), weights)
    assert len(curves.shares) == STEPS + 1
    assert curves.insertion[-1] == 4
    assert curves.gain > 0


def test_steps_are_of_equal_area_to_the_pixel(white_picture):
    shares = curves_of(white_picture(np.ones((10, 10))), np.ones((10, 10))).shares
    np.testing.assert_array_equal(np.rint(shares * 100), np.rint(np.linspace(0, 100, 33)))


def test_pixels_of_equal_value_are_ordered_by_region_then_by_row():
    shap_map = np.array([[1.0, 1.0], [1.0, 2.0]])
    assert pixels_by_value(shap_map).tolist() == [3, 0, 1, 2]
    assert pixels_by_value(shap_map, np.array([[1, 0], [0, 0]])).tolist() == [3, 1, 2, 0]


def test_a_random_order_keeps_regions_together_and_depends_on_its_seed():
    region_of = np.array([[0, 1, 2], [0, 1, 2], [3, 3, 3]])
    order = random_order(region_of, seed=5)
    assert sorted(order) == list(range(9))
    visited = region_of.ravel()[order]
    assert np.count_nonzero(np.diff(visited)) == 3
    np.testing.assert_array_equal(order, random_order(region_of, seed=5))
    assert any(list(random_order(region_of, seed=seed)) != list(order) for seed in range(5))


def test_points_that_are_not_evaluated_yet_are_nan_and_leave_the_others_alone(white_picture):
    picture = white_picture(np.arange(64.0).reshape(8, 8))
    plan = curves_plan(np.arange(64), Target("pork_chop"), picture.runtime.spec)
    logits = np.concatenate(list(evaluate_in_chunks(picture, plan)))
    logits[16:] = np.nan
    found = plan.conclude(logits)
    assert np.isfinite(found.insertion).sum() == 16
    assert np.isnan([found.span, found.gain, found.relevance_gain]).all()
