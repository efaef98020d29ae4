"""Effect of hiding a part, as the explanation predicts it and as the model shows it."""

import numpy as np
import pytest

from xai_core.errors import SettingRefused
from xai_core.explain.preview import masked_view
from xai_core.trust.plan import run_plan
from xai_core.trust.what_if import outline, region_mask, top_share, what_if_plan

REGION_OF = np.array([[0, 0, 1, 1], [2, 2, 1, 1]])
WEIGHTS = np.array([[1.0, 3.0, 0.5, 0.5], [-1.0, -1.0, 0.5, 0.5]])
VALUES = np.array([[4, -4, 0], [2, -2, 0], [-2, 2, 0]])


def test_a_region_that_is_hidden_takes_its_value_away_and_the_model_agrees(white_picture, explanation):
    picture = white_picture(WEIGHTS)
    found = run_plan(picture, what_if_plan(explanation(REGION_OF, VALUES), ~region_mask(REGION_OF, [0])))
    np.testing.assert_allclose(found.before, [4, -4, 0])
    np.testing.assert_allclose(found.predicted, [0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(found.actual, [0, 0, 0], atol=1e-6)
    assert picture.runtime.evaluations == 1


def test_half_a_region_takes_half_of_its_value_whatever_the_model_says(white_picture, explanation):
    shown = np.array([[True, False, True, True], [True, True, True, True]])
    found = run_plan(white_picture(WEIGHTS), what_if_plan(explanation(REGION_OF, VALUES), shown))
    assert found.predicted[0] == pytest.approx(2)
    assert found.actual[0] == pytest.approx(1)


def test_a_region_shown_alone_adds_its_value_to_the_base(white_picture, explanation):
    explained = explanation(REGION_OF, VALUES, base=(0.5, 0, 0))
    found = run_plan(white_picture(WEIGHTS), what_if_plan(explained, region_mask(REGION_OF, [1])))
    np.testing.assert_allclose(found.predicted, [2.5, -2, 0])
    np.testing.assert_allclose(found.actual, [2, -2, 0])


def test_probabilities_follow_from_the_logits(white_picture, explanation):
    found = run_plan(white_picture(WEIGHTS), what_if_plan(explanation(REGION_OF, VALUES), np.zeros((2, 4), bool)))
    np.testing.assert_allclose(found.p_actual, [1 / 3] * 3, rtol=1e-6)
    np.testing.assert_allclose(found.p_predicted, [1 / 3] * 3, rtol=1e-6)
    assert found.p_before.argmax() == 0
    assert found.p_before.sum() == pytest.approx(1)


def test_a_region_mask_is_true_in_its_regions():
    np.testing.assert_array_equal(region_mask(REGION_OF, [2, 0]), [[1, 1, 0, 0], [1, 1, 0, 0]])
    assert not region_mask(REGION_OF, []).any()


@pytest.mark.parametrize(("regions", "wrong"), [([0, 3], "3"), ([-1], "-1")])
def test_a_region_that_does_not_exist_is_refused(regions, wrong):
    with pytest.raises(SettingRefused, match=f"region is {wrong}; expected 0 to 2"):
        region_mask(REGION_OF, regions)


def test_the_top_share_holds_the_largest_values():
    np.testing.assert_array_equal(top_share(WEIGHTS, 0.25), [[1, 1, 0, 0], [0, 0, 0, 0]])
    assert not top_share(WEIGHTS, 0).any()
    assert top_share(WEIGHTS, 1).all()


@pytest.mark.parametrize(("share", "areas"), [(0.01, 2), (0.25, 2), (0.45, 2), (0.6, 6), (0.95, 8), (0, 0), (1, 8)])
def test_the_top_share_of_a_map_of_regions_cuts_no_region(share, areas):
    per_pixel = np.array([[3.0, 3.0, 0.5, 0.5], [-1.0, -1.0, 0.5, 0.5]])
    top = top_share(per_pixel, share, REGION_OF)
    assert top.sum() == areas
    for region in range(3):
        assert len(set(top[region == REGION_OF])) == 1


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_outside_its_range_is_refused(share):
    with pytest.raises(SettingRefused, match="share is"):
        top_share(WEIGHTS, share)


def test_a_mask_of_another_size_is_refused(explanation):
    with pytest.raises(SettingRefused, match=r"size is \(3, 3\); expected \(2, 4\)"):
        what_if_plan(explanation(REGION_OF, VALUES), np.ones((3, 3), bool))


def test_an_outline_is_the_pixels_that_touch_the_rest_or_the_edge():
    part = np.zeros((5, 6), bool)
    part[1:5, 1:5] = True
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
    np.testing.assert_array_equal(outline(part), expected)


def test_the_masked_view_is_the_picture_that_the_model_is_shown(white_picture):
    picture = white_picture(np.ones((3, 4)))
    shown = np.arange(12).reshape(3, 4) % 2 == 0
    view = masked_view(picture.view, picture.runtime.spec, picture.settings, shown)
    assert view.dtype == np.uint8
    np.testing.assert_array_equal(view, np.where(shown[..., None], 255, 0) * np.ones(3, np.uint8))
