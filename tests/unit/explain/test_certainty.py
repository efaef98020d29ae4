"""Standard errors say what is within noise and whether the ranking holds."""

from dataclasses import replace

import numpy as np
import pytest

from tests.made import explanation
from xai_core.engines.search import Uncertainty
from xai_core.errors import NameUnknown
from xai_core.explain.certainty import (
    Noise,
    Ranking,
    drawn,
    foreseen_share,
    noise,
    ranking,
    ranking_holds,
    within_noise,
)


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
    assert within_noise(answer, "pork_chop").tolist() == [True, False, True, False]


def test_a_contrast_has_the_errors_of_the_difference():
    answer = explained([[1, 0], [1, 0]], [0.6, 0.6], noise=((1, 0.9), (0.9, 1)))
    assert not within_noise(answer, "pork_chop", "ravioli").any()
    assert within_noise(answer, "pork_chop").all()


def test_where_nothing_is_estimated_nothing_is_within_noise_and_the_ranking_holds():
    answer = explained([[0, 0], [1, 0], [2, 0]], None)
    assert not within_noise(answer, "pork_chop").any()
    assert ranking_holds(answer, "pork_chop", top=1) == 1


@pytest.mark.parametrize(("error", "least", "most"), [(0.01, 1, 1), (0.5, 0.5, 0.9), (50, 0.05, 0.25)])
def test_the_ranking_holds_as_far_as_errors_are_small_against_differences(error, least, most):
    values = np.stack([np.arange(20.0)] * 2, axis=1) / 2
    assert least <= ranking_holds(explained(values, [error] * 20), "pork_chop", top=3) <= most


def test_of_few_regions_all_are_at_the_top():
    assert ranking_holds(explained([[1, 0], [2, 0]], [9, 9]), "pork_chop") == 1


def of_one_picture(values, errors):
    """An explanation whose regions are of 1, 2 and 3 pixels."""
    return replace(explained(values, errors), region_of=np.array([[0, 1, 1], [2, 2, 2]], np.int32))


NOISY = of_one_picture([[6, 0], [1, 0], [-3, 0]], [1, 1, 1])
KNOWN = of_one_picture([[6, 0], [1, 0], [-3, 0]], None)


def test_noise_is_counted_in_regions_and_in_pixels():
    assert noise(NOISY, "pork_chop") == Noise(1, 3, 2 / 6)
    assert noise(NOISY, "ravioli") == Noise(3, 3, 1.0)
    assert noise(KNOWN, "pork_chop") is None


def test_what_is_within_noise_has_no_colour_and_all_else_stays():
    np.testing.assert_array_equal(drawn(NOISY, "pork_chop", hides_noise=True), [[6, 0, 0], [-1, -1, -1]])
    np.testing.assert_array_equal(drawn(NOISY, "pork_chop", hides_noise=False), [[6, 0.5, 0.5], [-1, -1, -1]])
    np.testing.assert_array_equal(NOISY.map("pork_chop"), [[6, 0.5, 0.5], [-1, -1, -1]])
    assert drawn(NOISY, "pork_chop", hides_noise=True).dtype == np.float32


def test_a_contrast_is_drawn_by_its_own_errors():
    together = replace(NOISY, uncertainty=replace(NOISY.uncertainty, noise=np.full((2, 2), 1, np.float32)))
    np.testing.assert_array_equal(
        drawn(together, "pork_chop", "ravioli", hides_noise=True), together.contrast("pork_chop", "ravioli")
    )
    assert not drawn(NOISY, "ravioli", "pork_chop", hides_noise=True)[0, 1:].any()


def test_where_nothing_is_estimated_the_whole_map_is_drawn():
    np.testing.assert_array_equal(drawn(KNOWN, "pork_chop", hides_noise=True), KNOWN.map("pork_chop"))


def test_a_ranking_is_settled_from_eight_in_ten_and_says_no_more_than_it_knows():
    assert (Ranking(0.8, 10).settled, Ranking(0.79, 10).settled) == (True, False)
    assert [Ranking(holds, 10).stay for holds in (0.79, 0.8, 0.999, 1.0)] == [7, 8, 9, 10]


def test_there_is_no_ranking_of_few_regions_nor_before_errors_are_known():
    values = np.stack([np.arange(20.0)] * 2, axis=1)
    assert ranking(explained(values, [0.01] * 20), "pork_chop").settled
    assert ranking(explained(values, [0.01] * 20), "pork_chop", top=20) is None
    assert ranking(explained(values, [0] * 20), "pork_chop") is None
    assert ranking(explained(values, None), "pork_chop") is None


def test_what_is_foreseen_is_the_engine_s_r2_where_it_is_known():
    r2 = np.array([0.62, np.nan], np.float32)
    answer = replace(NOISY, uncertainty=replace(NOISY.uncertainty, r2=r2))
    assert foreseen_share(answer, "pork_chop") == pytest.approx(0.62)
    assert foreseen_share(answer, "ravioli") is None
    assert foreseen_share(KNOWN, "pork_chop") is None
    with pytest.raises(NameUnknown):
        foreseen_share(KNOWN, "raviolo")
