"""A masked picture is the picture where it is shown and its fill where it is hidden."""

import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xai_core.masking import Masker, composer_maker, hidden, hidden_form
from xai_core.model.preprocess import normalise
from xai_core.model.spec import IMAGENET_MEAN, IMAGENET_STD, ModelSpec
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.settings.mask_table import MASKS

MEAN, STD = np.array(IMAGENET_MEAN, np.float32), np.array(IMAGENET_STD, np.float32)
SPEC = ModelSpec(labels=("a", "b"), input_size=(32, 32), short_side=None, interpolation="bilinear")


def photo(height, width, seed=7):
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


@st.composite
def disjoint_rectangles(draw):
    """Size of a picture, and some cells of a grid over it."""
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    rows, columns = draw(st.integers(1, height)), draw(st.integers(1, width))
    tops, lefts = np.linspace(0, height, rows + 1, dtype=int), np.linspace(0, width, columns + 1, dtype=int)
    cells = [
        (int(tops[i]), int(tops[i + 1]), int(lefts[j]), int(lefts[j + 1])) for i in range(rows) for j in range(columns)
    ]
    return (height, width), tuple(draw(st.lists(st.sampled_from(cells), unique=True)))


@given(disjoint_rectangles())
def test_pixels_of_rectangles_or_mask_are_shown_and_all_others_hidden(size_and_rectangles):
    (height, width), rectangles = size_and_rectangles
    shown, blurred = photo(height, width), photo(height, width, seed=8)
    mask = np.zeros((height, width, 1), bool)
    for top, bottom, left, right in rectangles:
        mask[top:bottom, left:right] = True
    for channels_first in (False, True):
        both = Masker(shown, blurred, channels_first=channels_first).compose([rectangles, mask[..., 0]])
        for picture in both:
            np.testing.assert_array_equal(picture, np.where(mask, shown, blurred))


def test_pictures_composed_together_do_not_run_into_each_other():
    shown, blurred = photo(4, 6), np.zeros((4, 6, 3), np.float32)
    masker = Masker(shown, blurred)
    masker.compose([((0, 4, 0, 6),)] * 5)
    pictures = masker.compose([(), ((0, 4, 0, 3),), ((0, 4, 0, 6),)])
    assert pictures.shape == (3, 4, 6, 3)
    np.testing.assert_array_equal(pictures[0], blurred)
    np.testing.assert_array_equal(pictures[1], np.where(np.arange(6)[:, None] < 3, shown, blurred))
    np.testing.assert_array_equal(pictures[2], shown)


def test_the_buffer_is_used_again_rather_than_made_again():
    masker = Masker(photo(4, 4), photo(4, 4))
    assert np.shares_memory(masker.compose([()] * 3), masker.compose([()] * 2))


def test_a_hidden_form_of_another_size_is_refused_naming_both():
    with pytest.raises(ValueError, match=r"picture is \(4, 4, 3\) and its hidden form \(4, 5, 3\)"):
        Masker(photo(4, 4), photo(4, 5))


@pytest.mark.parametrize("blur_px", [1, 2, 5, 32, 128])
def test_blur_before_or_after_normalising_is_the_same(blur_px):
    picture, asked = photo(140, 131), ExplainSettings(blur_px=blur_px)
    after = hidden((picture - MEAN) / STD, SPEC, asked)
    before = (hidden(picture, SPEC, asked) - MEAN) / STD
    np.testing.assert_allclose(after, before, atol=1e-5)


def test_hiding_is_the_box_blur_of_shap():
    picture = photo(33, 20)
    np.testing.assert_array_equal(hidden(picture, SPEC, ExplainSettings(blur_px=7)), cv2.blur(picture, (7, 7)))


def test_a_blur_of_one_pixel_hides_nothing():
    picture = photo(5, 3)
    np.testing.assert_allclose(hidden(picture, SPEC, ExplainSettings(blur_px=1)), picture, atol=1e-7)


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_any_picture_can_be_hidden_and_a_plain_one_stays_plain(height, width, blur_px):
    plain = np.full((height, width, 3), 0.25, np.float32)
    np.testing.assert_allclose(hidden(plain, SPEC, ExplainSettings(blur_px=blur_px)), plain, atol=1e-6)


def test_composing_costs_little_beside_a_forward_pass():
    # The fastest of several rounds: what the code costs, not what the machine is busy with besides.
    masker = Masker(photo(240, 240), photo(240, 240, seed=8))
    half_shown = ((0, 120, 0, 120), (120, 180, 0, 240), (0, 60, 120, 240), (60, 75, 120, 135))
    rounds = []
    for _ in range(8):
        began = time.perf_counter()
        masker.compose([half_shown] * 8)
        rounds.append((time.perf_counter() - began) / 8)
    assert min(rounds) < 0.5e-3


@pytest.mark.parametrize("mask", [name for name, mask in MASKS.items() if mask.inpaints])
def test_a_mask_that_inpaints_has_no_hidden_form(mask):
    with pytest.raises(ValueError, match=f"mask {mask} has no hidden form"):
        hidden_form(pixels(4, 4), SPEC, ExplainSettings(mask=mask))


def hidden_by(seen, **mask):
    return hidden_form(seen, SPEC, ExplainSettings(**mask))


def test_the_mean_colour_is_the_picture_s():
    seen = pixels(6, 4)
    found = hidden_by(seen, mask="mean")
    expected = (seen.reshape(-1, 3).mean(axis=0) / 255 - MEAN) / STD
    np.testing.assert_allclose(found, np.broadcast_to(expected, (6, 4, 3)), atol=1e-5)


def test_a_given_colour_is_normalised_as_a_picture_is():
    found = hidden_by(pixels(3, 5), mask="colour", colour=(255, 0, 51))
    np.testing.assert_allclose(found[1, 2], (np.array([1, 0, 0.2]) - MEAN) / STD, atol=1e-6)
    assert (found == found[0, 0]).all()


def test_the_gaussian_spreads_a_pixel_as_far_as_the_box_does():
    dot = np.zeros((101, 101, 3), np.float32)
    dot[50, 50] = 1
    spread = []
    for mask in ("blur", "gaussian"):
        found = hidden(dot, SPEC, ExplainSettings(mask=mask, blur_px=21))[..., 0].astype(float)
        spread.append((found.sum(axis=1) * (np.arange(101) - 50) ** 2).sum())
        assert found.sum() == pytest.approx(1, rel=1e-3)
    assert spread[0] == pytest.approx(spread[1], rel=0.01)


@pytest.mark.parametrize("mask", ["gaussian", "mean"])
def test_these_too_are_the_same_before_and_after_normalising(mask):
    picture, asked = photo(40, 31), ExplainSettings(mask=mask, blur_px=17)
    np.testing.assert_allclose(
        hidden((picture - MEAN) / STD, SPEC, asked), (hidden(picture, SPEC, asked) - MEAN) / STD, atol=1e-5
    )


@pytest.mark.parametrize("mask", [name for name, mask in MASKS.items() if mask.inpaints])
def test_painting_keeps_what_is_shown_and_continues_it(mask):
    seen = np.full((20, 20, 3), (200, 100, 50), np.uint8)
    seen[:, 12:] = (0, 0, 255)
    compose = composer_maker(seen, SPEC, ExplainSettings(mask=mask))().compose
    shown, nothing, everything = compose([((0, 20, 0, 8),), (), ((0, 20, 0, 20),)])
    np.testing.assert_array_equal(everything, normalise(seen, SPEC))
    # Only the left part is shown, all of one colour: painted on, it is everywhere.
    np.testing.assert_allclose(shown, np.broadcast_to(normalise(seen[:1, :1], SPEC), shown.shape), atol=0.1)
    assert (nothing == nothing[0, 0]).all()
    np.testing.assert_allclose(nothing[0, 0], normalise(seen, SPEC).mean(axis=(0, 1)), atol=0.03)


@settings(deadline=None, max_examples=30)
@given(disjoint_rectangles(), st.sampled_from(list(MASKS)))
def test_any_mask_hides_any_part_of_any_picture(size_and_rectangles, mask):
    (height, width), rectangles = size_and_rectangles
    seen = pixels(height, width)
    asked = ExplainSettings(mask=mask, blur_px=2, colour=(9, 9, 9) if mask == "colour" else None)
    (found,) = composer_maker(seen, SPEC, asked)().compose([rectangles])
    assert (found.shape, found.dtype) == ((height, width, 3), np.float32)
    assert np.isfinite(found).all()
    for top, bottom, left, right in rectangles:
        np.testing.assert_array_equal(found[top:bottom, left:right], normalise(seen, SPEC)[top:bottom, left:right])


@given(disjoint_rectangles())
def test_channels_first_is_the_same_picture_in_another_order_of_memory(size_and_rectangles):
    (height, width), rectangles = size_and_rectangles
    both = photo(height, width), photo(height, width, seed=8)
    expected = Masker(*both).compose([rectangles, ()])
    found = Masker(*both, channels_first=True).compose([rectangles, ()])
    np.testing.assert_array_equal(found, expected)
    assert found.transpose(0, 3, 1, 2).flags.c_contiguous


def pixels(height, width, seed=3):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
