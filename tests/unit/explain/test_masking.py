"""A masked picture is the picture where it is shown and its blur where it is hidden."""

import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xai_core.explain.masking import Masker, hidden
from xai_core.settings import ExplainSettings

MEAN, STD = np.array((0.485, 0.456, 0.406), np.float32), np.array((0.229, 0.224, 0.225), np.float32)


def photo(height, width, seed=7):
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


@st.composite
def disjoint_rectangles(draw):
    """A picture's size and some cells of a grid over it."""
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    rows, columns = draw(st.integers(1, height)), draw(st.integers(1, width))
    tops, lefts = np.linspace(0, height, rows + 1, dtype=int), np.linspace(0, width, columns + 1, dtype=int)
    cells = [
        (int(tops[i]), int(tops[i + 1]), int(lefts[j]), int(lefts[j + 1])) for i in range(rows) for j in range(columns)
    ]
    return (height, width), tuple(draw(st.lists(st.sampled_from(cells), unique=True)))


@given(disjoint_rectangles())
def test_pixels_of_the_rectangles_are_shown_and_all_others_hidden(drawn):
    (height, width), rectangles = drawn
    shown, blurred = photo(height, width), photo(height, width, seed=8)
    mask = np.zeros((height, width, 1), bool)
    for top, bottom, left, right in rectangles:
        mask[top:bottom, left:right] = True
    (picture,) = Masker(shown, blurred).compose([rectangles])
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
    after = hidden((picture - MEAN) / STD, asked)
    before = (hidden(picture, asked) - MEAN) / STD
    np.testing.assert_allclose(after, before, atol=1e-5)


def test_hiding_is_the_box_blur_of_shap():
    picture = photo(33, 20)
    np.testing.assert_array_equal(hidden(picture, ExplainSettings(blur_px=7)), cv2.blur(picture, (7, 7)))


def test_a_blur_of_one_pixel_hides_nothing():
    picture = photo(5, 3)
    np.testing.assert_allclose(hidden(picture, ExplainSettings(blur_px=1)), picture, atol=1e-7)


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_any_picture_can_be_hidden_and_a_plain_one_stays_plain(height, width, blur_px):
    plain = np.full((height, width, 3), 0.25, np.float32)
    np.testing.assert_allclose(hidden(plain, ExplainSettings(blur_px=blur_px)), plain, atol=1e-6)


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
