"""Standard errors decide which regions are within noise and how stable the ranking is."""

from dataclasses import replace

import numpy as np
import pytest

from tests.made import explanation
from xai_core.engines.search import Uncertainty
from xai_core.errors import NameUnknown
from xai_core.explain.certainty import (
    Noise,
    Ranking,
    display_map,
    holdout_r2,
    noise,
    ranking,
    ranking_stability,
    within_noise,
)
from xai_core.explain.target import Target

CHOP, WHY_CHOP = Target("pork_chop"), Target("pork_chop", "ravioli")


def explained(values, errors, noise=((1, 0), (0, 1))):
    uncertainty = (
        None
        if errors is None
        else Uncertainty(
            spread=np.array(errors, np.float32), noise=np.array(noise, np.float32), r2=np.zeros(2, np.float32)
        )
    )
    return explanation(values, labels=("pork_chop", "ravioli"), uncertainty=uncertainty)


def test_a_value_of_less_than_two_standard_errors_is_within_noise():
    answer = explained([[1.9, 0], [2.0, 0], [-1.9, 0], [-2.0, 5]], [1, 1, 1, 1])
    assert within_noise(answer, CHOP).tolist() == [True, False, True, False]


def test_a_contrast_has_the_errors_of_the_difference():
    answer = explained([[1, 0], [1, 0]], [0.6, 0.6], noise=((1, 0.9), (0.9, 1)))
    assert not within_noise(answer, WHY_CHOP).any()
    assert within_noise(answer, CHOP).all()


def test_where_nothing_is_estimated_nothing_is_within_noise_and_the_ranking_holds():
    answer = explained([[0, 0], [1, 0], [2, 0]], None)
    assert not within_noise(answer, CHOP).any()
    assert ranking_stability(answer, CHOP, top=1) == 1


@pytest.mark.parametrize(("error", "least", "most"), [(0.01, 1, 1), (0.5, 0.5, 0.9), (50, 0.05, 0.25)])
def test_the_ranking_holds_as_far_as_errors_are_small_against_differences(error, least, most):
    values = np.stack([np.arange(20.0)] * 2, axis=1) / 2
    assert least <= ranking_stability(explained(values, [error] * 20), CHOP, top=3) <= most


def test_of_few_regions_all_are_at_the_top():
    assert ranking_stability(explained([[1, 0], [2, 0]], [9, 9]), CHOP) == 1


def of_three_regions(values, errors):
    """An explanation whose regions have 1, 2 and 3 pixels."""
    return replace(explained(values, errors), region_of=np.array([[0, 1, 1], [2, 2, 2]], np.int32))


NOISY = of_three_regions([[6, 0], [1, 0], [-3, 0]], [1, 1, 1])
KNOWN = of_three_regions([[6, 0], [1, 0], [-3, 0]], None)


def test_noise_is_counted_in_regions_and_in_pixels():
    assert noise(NOISY, CHOP) == Noise(1, 3, 2 / 6)
    assert noise(NOISY, Target("ravioli")) == Noise(3, 3, 1.0)
    assert noise(KNOWN, CHOP) is None


def test_what_is_within_noise_has_no_colour_and_all_else_stays():
    np.testing.assert_array_equal(display_map(NOISY, CHOP, hides_noise=True), [[6, 0, 0], [-1, -1, -1]])
    np.testing.assert_array_equal(display_map(NOISY, CHOP, hides_noise=False), [[6, 0.5, 0.5], [-1, -1, -1]])
    np.testing.assert_array_equal(NOISY.map("pork_chop"), [[6, 0.5, 0.5], [-1, -1, -1]])
    assert display_map(NOISY, CHOP, hides_noise=True).dtype == np.float32


def test_a_contrast_is_drawn_by_its_own_errors():
    together = replace(NOISY, uncertainty=replace(NOISY.uncertainty, noise=np.full((2, 2), 1, np.float32)))
    np.testing.assert_array_equal(
        display_map(together, WHY_CHOP, hides_noise=True), together.contrast("pork_chop", "ravioli")
    )
    assert not display_map(NOISY, Target("ravioli", "pork_chop"), hides_noise=True)[0, 1:].any()


def test_where_nothing_is_estimated_the_whole_map_is_drawn():
    np.testing.assert_array_equal(display_map(KNOWN, CHOP, hides_noise=True), KNOWN.map("pork_chop"))


def test_a_ranking_is_settled_from_eight_in_ten_and_says_no_more_than_it_knows():
    assert (Ranking(0.8, 10).settled, Ranking(0.79, 10).settled) == (True, False)
    assert [Ranking(stability, 10).stay for stability in (0.79, 0.8, 0.999, 1.0)] == [7, 8, 9, 10]


def test_there_is_no_ranking_of_few_regions_nor_before_errors_are_known():
    values = np.stack([np.arange(20.0)] * 2, axis=1)
    assert ranking(explained(values, [0.01] * 20), CHOP).settled
    assert ranking(explained(values, [0.01] * 20), CHOP, top=20) is None
    assert ranking(explained(values, [0] * 20), CHOP) is None
    assert ranking(explained(values, None), CHOP) is None


def test_the_holdout_r2_is_the_engine_s_where_it_is_known():
    r2 = np.array([0.62, np.nan], np.float32)
    answer = replace(NOISY, uncertainty=replace(NOISY.uncertainty, r2=r2))
    assert holdout_r2(answer, "pork_chop") == pytest.approx(0.62)
    assert holdout_r2(answer, "ravioli") is None
    assert holdout_r2(KNOWN, "pork_chop") is None
    with pytest.raises(NameUnknown):
        holdout_r2(KNOWN, "raviolo")
