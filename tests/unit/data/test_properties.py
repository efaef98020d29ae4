"""Properties of single photographs."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from xai_core.data.decoding import decode, upright_size
from xai_core.data.properties import PROPERTIES, measure, plain_frame
from xai_core.errors import PictureUnreadable


def file_of(pixels, kind="PNG", **options):
    out = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(out, kind, **options)
    return out.getvalue()


@pytest.fixture
def texture():
    """Grey noise with coarse and fine structure, 256 x 192."""
    rng = np.random.default_rng(3)
    coarse = np.kron(rng.uniform(60, 200, (12, 16)), np.ones((16, 16)))
    return Image.fromarray(np.clip(coarse + rng.normal(0, 20, (192, 256)), 5, 250).astype(np.uint8)).convert("RGB")


def test_numbers_of_a_picture_that_is_half_black_and_half_white():
    pixels = np.zeros((100, 200, 3))
    pixels[:, 100:] = 255
    content = file_of(pixels)
    found = measure(content, "a/1").numbers
    assert list(found) == list(PROPERTIES)
    assert found["brightness"] == pytest.approx(0.5, abs=0.003)
    assert found["contrast"] == pytest.approx(0.5, abs=0.003)
    assert found["colourfulness"] == 0
    assert found["dark_pixels"] == found["bright_pixels"] == pytest.approx(0.5, abs=0.005)
    assert found["plain_frame"] == pytest.approx(1, abs=0.01)  # both halves are plain
    assert (found["aspect"], found["size"]) == (2, pytest.approx(np.sqrt(20_000)))
    assert found["bytes_per_pixel"] == len(content) / 20_000


def test_sharpness_falls_with_blur_and_hardly_with_contrast_or_size(texture):
    def sharpness(photo):
        return measure(file_of(photo), "a/1").numbers["sharpness"]

    sharp = sharpness(texture)
    assert sharpness(texture.filter(ImageFilter.GaussianBlur(2))) < sharp - 1
    assert sharpness(texture.point(lambda value: 100 + value // 4)) == pytest.approx(sharp, abs=0.05)
    assert sharpness(texture.resize((512, 384))) < sharp  # enlarging adds no detail
    assert np.isnan(sharpness(Image.new("RGB", (50, 50), "red")))


def test_a_plain_frame_is_the_area_of_the_bars():
    grey = np.random.default_rng(0).integers(0, 255, (100, 100)).astype(np.uint8)
    assert plain_frame(grey) == 0
    grey[:10] = grey[-10:] = 0
    assert plain_frame(grey) == pytest.approx(0.2)
    grey[:, :25] = 255
    grey[:10] = grey[-10:] = 0
    assert plain_frame(grey) == pytest.approx(1 - 0.8 * 0.75)
    slope = np.repeat(np.arange(0, 200, 4, dtype=np.uint8)[:, None], 60, axis=1)
    assert plain_frame(slope) == pytest.approx(0.08)  # two rows of the first and two of the last grey value
    grey[0] = 77  # one line is no frame
    assert plain_frame(grey[10:60, 25:]) == 0


def test_hashes_tell_copies_and_mirror_images(texture):
    first, again = measure(file_of(texture), "a/1"), measure(file_of(texture, "JPEG", quality=60), "a/2")
    assert first.content_hash != again.content_hash
    assert (first.look_hash ^ again.look_hash).bit_count() <= 4
    mirrored = measure(file_of(np.asarray(texture)[:, ::-1]), "a/3")
    assert (mirrored.look_hash ^ first.mirror_hash).bit_count() <= 2
    assert (mirrored.look_hash ^ first.look_hash).bit_count() > 10


def test_a_jpeg_is_decoded_no_larger_than_needed_and_a_turned_one_is_measured_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    content = file_of(np.full((300, 800, 3), 90), "JPEG", exif=exif)
    assert decode(content, "a/1").size == upright_size(content, "a/1") == (300, 800)
    assert decode(content, "a/1", enough_px=256).size == (150, 400)
    assert measure(content, "a/1").numbers["aspect"] == 300 / 800


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 900, 3), (900, 2, 3)])
def test_the_smallest_and_the_thinnest_pictures_have_numbers(shape):
    found = measure(file_of(np.random.default_rng(0).integers(0, 255, shape)), "a/1").numbers
    assert all(np.isfinite(value) for name, value in found.items() if name != "sharpness")


@pytest.mark.parametrize("content", [b"", b"no picture", file_of(np.zeros((9, 9, 3)), "JPEG")[:200]])
def test_a_damaged_file_is_unreadable(content):
    with pytest.raises(PictureUnreadable):
        measure(content, "a/1")
