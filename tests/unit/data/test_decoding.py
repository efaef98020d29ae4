"""Picture files of any usual format are decoded, and all others refused with a reason."""

import io
import struct
import threading
import warnings
import zlib
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from xai_core.data import decoding
from xai_core.data.decoding import decode
from xai_core.errors import PictureUnreadable


def encoded(picture, kind="JPEG", **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def two_colours(mode="RGB"):
    """40 x 20 pixels: left half red, right half blue."""
    picture = Image.new("RGB", (40, 20), "red")
    picture.paste("blue", (20, 0, 40, 20))
    return picture.convert(mode)


def colour_at(picture, x, y):
    return tuple(round(channel / 64) for channel in picture.getpixel((x, y)))


RED, BLUE = (4, 0, 0), (0, 0, 4)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("RGB", "JPEG"), ("CMYK", "JPEG"), ("P", "PNG"), ("RGBA", "PNG"), ("RGB", "WEBP"), ("RGB", "GIF")],
)
def test_every_usual_kind_becomes_rgb_of_the_same_colours(mode, kind):
    picture = decode(encoded(two_colours(mode), kind), "pizza/1")
    assert (picture.mode, picture.size) == ("RGB", (40, 20))
    assert (colour_at(picture, 5, 10), colour_at(picture, 35, 10)) == (RED, BLUE)


def test_grey_becomes_three_equal_channels():
    picture = np.asarray(decode(encoded(Image.new("L", (8, 8), 100)), "pizza/1"))
    assert picture.shape == (8, 8, 3)
    assert (picture == 100).all()


def test_sixteen_bit_grey_is_scaled_not_clipped():
    grey = Image.fromarray(np.array([[0, 257 * 100, 65535]], np.uint16))
    picture = np.asarray(decode(encoded(grey, "PNG"), "pizza/1"))
    assert picture[0, :, 0].tolist() == [0, 100, 255]


def test_what_is_transparent_shows_white_not_what_lies_hidden_below():
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    assert decode(encoded(clear, "PNG"), "pizza/1").getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_stands_upright_whichever_way_the_camera_was_held(orientation):
    upright = two_colours()
    # What the camera stored: the picture that its tag turns upright.
    stored_by = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(stored_by[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode(encoded(stored, exif=exif), "pizza/1")
    assert picture.size == (40, 20)
    assert (colour_at(picture, 5, 10), colour_at(picture, 35, 10)) == (RED, BLUE)


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\0\x05", b"Exif\0\0II*\0" + b"\xff" * 40, b"rubbish" * 9]
)
def test_damaged_metadata_costs_neither_the_picture_nor_a_warning(exif):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert decode(encoded(two_colours(), exif=exif), "pizza/1").size == (40, 20)
    assert told == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"GIF89a", "it is not a picture of a known kind"),
        (b"<html>not found</html>", "it is not a picture of a known kind"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "it is not a picture of a known kind"),
    ],
)
def test_what_is_no_picture_is_told_with_the_reason(content, reason):
    with pytest.raises(PictureUnreadable, match=f"pizza/1 cannot be read: {reason}"):
        decode(content, "pizza/1")


def test_a_picture_cut_off_is_told_not_shown_half_grey():
    content = encoded(Image.effect_noise((200, 200), 50).convert("RGB"))
    with pytest.raises(PictureUnreadable, match=r"it is damaged .*truncated"):
        decode(content[: len(content) // 2], "pizza/1")


def test_a_bomb_is_refused_before_it_fills_the_memory():
    bomb = encoded(Image.new("1", (9000, 9000)), "PNG")
    assert len(bomb) < 20_000
    with pytest.raises(PictureUnreadable, match="it has 9000 x 9000 pixels, over 64,000,000"):
        decode(bomb, "pizza/1")


def test_a_bomb_that_pillow_itself_refuses_has_the_same_sentence(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(PictureUnreadable, match="over 64,000,000 pixels"):
        decode(encoded(two_colours()), "pizza/1")


@given(st.binary(max_size=60), st.integers(0, 1100))
def test_no_damage_raises_anything_else(garbage, place):
    whole = encoded(two_colours())
    content = whole[:place] + garbage + whole[place + len(garbage) :]
    with suppress(PictureUnreadable):
        assert decode(content, "pizza/1").mode == "RGB"


def test_threads_that_decode_together_leave_the_warning_filters_as_they_were():
    before = list(warnings.filters)
    content = encoded(two_colours(), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x05")
    threads = [threading.Thread(target=lambda: [decode(content, "a/1") for _ in range(40)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before
    assert decoding.quiet_pillow._inside == 0


def png_without_palette(depth=8, *, transparent=False):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">2I5B", 8, 2, depth, 3, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress((b"\0" + bytes(range(depth))) * 2))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"tRNS", b"\0") * transparent + rows + chunk(b"IEND", b"")


@pytest.mark.parametrize("transparent", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_png_that_has_lost_its_palette_is_unreadable_not_black(depth, transparent):
    with pytest.raises(PictureUnreadable, match="its palette is missing"):
        decode(png_without_palette(depth, transparent=transparent), "pizza/1")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (AssertionError(), "it is damaged .AssertionError"),
        (RecursionError("too deep"), "it is damaged .too deep"),
        (AttributeError("no palette"), "it is damaged .no palette"),
        (MemoryError(), "there is too little memory to decode it"),
    ],
)
def test_whatever_a_decoder_raises_is_the_fault_of_that_picture(monkeypatch, fault, reason):
    def broken(*_):
        raise fault

    monkeypatch.setattr(decoding, "as_rgb", broken)
    with pytest.raises(PictureUnreadable, match=reason):
        decode(encoded(two_colours()), "pizza/1")
