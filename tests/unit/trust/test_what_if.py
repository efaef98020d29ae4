"""What hiding a part would do, by the explanation and by the model."""

import numpy as np
import pytest

from xai_core.errors import SettingRefused
from xai_core.trust.plan import answered
from xai_core.trust.what_if import masked_view, only_regions, outline, top_share, what_if_plan, without_regions

REGION_OF = np.array([[0, 0, 1, 1], [2, 2, 1, 1]])
WEIGHTS = np.array([[1.0, 3.0, 0.5, 0.5], [-1.0, -1.0, 0.5, 0.5]])
VALUES = np.array([[4, -4, 0], [2, -2, 0], [-2, 2, 0]])


def test_a_region_that_is_hidden_takes_its_value_away_and_the_model_agrees(asked, explanation):
    of = asked(WEIGHTS)
    found = answered(of, what_if_plan(explanation(REGION_OF, VALUES), without_regions(REGION_OF, [0])))
    np.testing.assert_allclose(found.before, [4, -4, 0])
    np.testing.assert_allclose(found.predicted, [0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(found.actual, [0, 0, 0], atol=1e-6)
    assert of.runtime.evaluations == 1


def test_half_a_region_takes_half_of_its_value_whatever_the_model_says(asked, explanation):
    shown = np.array([[True, False, True, True], [True, True, True, True]])
    found = answered(asked(WEIGHTS), what_if_plan(explanation(REGION_OF, VALUES), shown))
    assert found.predicted[0] == pytest.approx(2)
    assert found.actual[0] == pytest.approx(1)


def test_kept_alone_a_region_adds_its_value_to_the_base(asked, explanation):
    of = explanation(REGION_OF, VALUES, base=(0.5, 0, 0))
    found = answered(asked(WEIGHTS), what_if_plan(of, only_regions(REGION_OF, [1])))
    np.testing.assert_allclose(found.predicted, [2.5, -2, 0])
    np.testing.assert_allclose(found.actual, [2, -2, 0])


def test_probabilities_go_with_the_logits(asked, explanation):
    found = answered(asked(WEIGHTS), what_if_plan(explanation(REGION_OF, VALUES), np.zeros((2, 4), bool)))
    np.testing.assert_allclose(found.p_actual, [1 / 3] * 3, rtol=1e-6)
    np.testing.assert_allclose(found.p_predicted, [1 / 3] * 3, rtol=1e-6)
    assert found.p_before.argmax() == 0
    assert found.p_before.sum() == pytest.approx(1)


def test_regions_are_hidden_or_kept_and_both_are_opposites():
    np.testing.assert_array_equal(only_regions(REGION_OF, [2, 0]), [[1, 1, 0, 0], [1, 1, 0, 0]])
    np.testing.assert_array_equal(without_regions(REGION_OF, [2, 0]), [[0, 0, 1, 1], [0, 0, 1, 1]])
    assert without_regions(REGION_OF, []).all()


@pytest.mark.parametrize(("regions", "wrong"), [([0, 3], "3"), ([-1], "-1")])
def test_a_region_that_does_not_exist_is_refused(regions, wrong):
    with pytest.raises(SettingRefused, match=f"region is {wrong}; expected 0 to 2"):
        only_regions(REGION_OF, regions)


def test_the_top_share_of_a_map_is_what_it_values_most():
    np.testing.assert_array_equal(top_share(WEIGHTS, 0.25), [[1, 1, 0, 0], [0, 0, 0, 0]])
    assert not top_share(WEIGHTS, 0).any()
    assert top_share(WEIGHTS, 1).all()


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_outside_its_range_is_refused(share):
    with pytest.raises(SettingRefused, match="share is"):
        top_share(WEIGHTS, share)


def test_a_mask_of_another_size_is_refused(explanation):
    with pytest.raises(SettingRefused, match=r"size is \(3, 3\); expected \(2, 4\)"):
        what_if_plan(explanation(REGION_OF, VALUES), np.ones((3, 3), bool))


def test_an_outline_is_what_touches_the_rest_or_the_edge():
    chosen = np.zeros((5, 6), bool)
    chosen[1:5, 1:5] = True
    expected = np.array(
        [
            [0, 0, 0, 0, 0, 0],
            [0, 1, 1, 1, 1, 0],
            [0, 1, 0, 0, 1, 0],
            [0, 1, 0, 0, 1, 0],
            [0, 1, 1, 1, 1, 0],
        ],
        bool,
    )
    np.testing.assert_array_equal(outline(chosen), expected)


def test_the_masked_picture_is_what_the_model_is_shown(asked):
    of = asked(np.ones((3, 4)))
    shown = np.arange(12).reshape(3, 4) % 2 == 0
    view = masked_view(of, shown)
    assert view.dtype == np.uint8
    np.testing.assert_array_equal(view, np.where(shown[..., None], 255, 0) * np.ones(3, np.uint8))
