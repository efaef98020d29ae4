"""Likeness of two pictures after one is laid over the other."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from xai_core.data.alignment import likeness, small_grey


def photo(seed):
    pixels = np.random.default_rng(seed).uniform(0, 255, (256, 320)).astype(np.uint8)
    return Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(16)).point(lambda value: 8 * (value - 112))


def test_crops_and_mirror_images_agree_and_other_pictures_do_not():
    first = photo(1)
    assert likeness(small_grey(first), small_grey(first)).correlation == pytest.approx(1)
    crop = first.crop((60, 30, 300, 220)).resize((500, 396))
    for one, two in ((first, crop), (crop, first)):
        found = likeness(small_grey(one), small_grey(two))
        assert found.correlation > 0.98
        assert not found.mirrored
    found = likeness(small_grey(first), small_grey(crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    assert found.correlation > 0.98
    assert found.mirrored
    assert likeness(small_grey(first), small_grey(photo(2))).correlation < 0.9


def test_a_plain_picture_is_like_nothing_and_a_thin_one_has_no_part():
    plain, thin = np.full((64, 64), 90, np.uint8), np.arange(128, dtype=np.uint8).reshape(2, 64)
    assert likeness(plain, plain).correlation == 0
    assert likeness(thin, thin).correlation == -1
