"""A Food-101 folder is read as torchvision reads it, and what is wrong with it is said by name."""

import io
import json
import threading
import warnings
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torchvision.datasets import Food101

from xai_core.data import dataset
from xai_core.data.dataset import Food101Folder, Picture, decoded, spread
from xai_core.errors import DataMissing, NameUnknown, PictureUnreadable


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


class TestFolder:
    @pytest.mark.parametrize("below", [".", "food-101"])
    def test_the_folder_above_food_101_is_as_good_as_food_101_itself(self, tiny_food101, below):
        folder = Food101Folder.open(tiny_food101 / below)
        assert folder.root == tiny_food101 / "food-101"
        assert len(folder.pictures) == 20

    def test_classes_are_numbered_as_torchvision_numbers_them_whatever_classes_txt_says(self, tiny_food101):
        folder = Food101Folder.open(tiny_food101)
        assert folder.classes == tuple(Food101(tiny_food101, split="test").classes)
        assert folder.classes == ("omelette", "pizza", "pork_chop", "ravioli")

    def test_an_underscore_sorts_before_a_letter(self, tiny_food101):
        listed = {"cheesecake": ["cheesecake/1"], "cheese_plate": ["cheese_plate/1"]}
        (tiny_food101 / "food-101/meta/test.json").write_text(json.dumps(listed))
        (tiny_food101 / "food-101/meta/classes.txt").unlink()
        assert Food101Folder.open(tiny_food101).classes == ("cheese_plate", "cheesecake")

    def test_an_empty_split_has_no_pictures_and_all_classes(self, tiny_food101):
        folder = Food101Folder.open(tiny_food101, "train")
        assert folder.pictures == ()
        assert len(folder.classes) == 4

    def test_without_the_json_the_text_file_gives_the_same_pictures(self, tiny_food101):
        with_json = Food101Folder.open(tiny_food101)
        (tiny_food101 / "food-101/meta/test.json").unlink()
        assert Food101Folder.open(tiny_food101) == with_json

    def test_equal_lists_have_equal_fingerprints_and_other_lists_others(self, tiny_food101):
        test = Food101Folder.open(tiny_food101)
        # A literal, so that no refactoring can quietly make every existing study look changed.
        assert test.fingerprint == "fb6c7fef1c7ad4e8e7ab86b1"
        assert Food101Folder.open(tiny_food101, "train").fingerprint != test.fingerprint
        (tiny_food101 / "food-101/meta/test.json").write_text(json.dumps({"pizza": ["pizza/1"]}))
        assert Food101Folder.open(tiny_food101).fingerprint != test.fingerprint

    @pytest.mark.parametrize(
        ("gone", "named"),
        [
            ("food-101/meta", "the folder food-101/meta is missing"),
            ("food-101/images", "the folder food-101/images is missing"),
            (".", "the folder itself is missing"),
        ],
    )
    def test_what_is_missing_of_the_folder_is_named(self, tiny_food101, gone, named):
        (tiny_food101 / gone).resolve().rename(tiny_food101.parent / "elsewhere")
        with pytest.raises(DataMissing, match=named):
            Food101Folder.open(tiny_food101)

    def test_an_empty_folder_lacks_both_parts(self, tmp_path):
        with pytest.raises(DataMissing, match="the folder images and the folder meta is missing"):
            Food101Folder.open(tmp_path)

    def test_a_missing_split_file_is_named(self, tiny_food101):
        with pytest.raises(DataMissing, match=r"meta/validation\.json \(and meta/validation\.txt\) is missing"):
            Food101Folder.open(tiny_food101, "validation")

    @pytest.mark.parametrize(
        ("content", "named"),
        [
            ('{"pizza": ["pizza/1', r"it is no JSON"),
            ('["pizza/1"]', r"does not list ids by class"),
            ('{"pizza": "pizza/1"}', r"does not list ids by class"),
            ('{"pizza": [7]}', r"lists 7, expected class/name"),
            ('{"pizza": ["pizza/1", "pizza/1"]}', r"lists pizza/1 twice"),
            ('{"pizza": ["../1"]}', r"lists '\.\./1', expected class/name"),
            ('{"pizza": ["/etc/1"]}', r"lists '/etc/1', expected class/name"),
            ('{"pizza": ["pizza/\\n"]}', r"expected class/name"),
        ],
    )
    def test_a_damaged_or_hostile_list_is_refused_with_the_entry(self, tiny_food101, content, named):
        (tiny_food101 / "food-101/meta/test.json").write_text(content)
        with pytest.raises(DataMissing, match=named):
            Food101Folder.open(tiny_food101)

    def test_bytes_come_from_the_listed_file(self, tiny_food101):
        path = tiny_food101 / "food-101/images/pizza/1.jpg"
        assert Food101Folder.open(tiny_food101).read_bytes("pizza/1") == path.read_bytes()

    def test_an_id_outside_the_list_is_unknown_and_similar_ones_are_offered(self, tiny_food101):
        folder = Food101Folder.open(tiny_food101)
        with pytest.raises(NameUnknown) as unknown:
            folder.read_bytes("porc_chop/1")
        assert "pork_chop/1" in unknown.value.hint
        with pytest.raises(NameUnknown):
            folder.read_bytes("../meta/test.json")

    def test_a_missing_picture_is_told_when_it_is_asked_for_and_not_before(self, tiny_food101):
        (tiny_food101 / "food-101/images/pizza/1.jpg").unlink()
        folder = Food101Folder.open(tiny_food101)
        with pytest.raises(PictureUnreadable, match="pizza/1 cannot be read: the file is missing"):
            folder.read_bytes("pizza/1")


class TestSpread:
    @given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.integers(1, 100))
    def test_every_class_keeps_its_share_within_one_picture(self, sizes, limit):
        pictures = [Picture(f"{c}/{i}", str(c)) for c, size in enumerate(sizes) for i in range(size)]
        chosen = spread(pictures, limit)
        assert len(chosen) == min(limit, len(pictures))
        assert list(chosen) == [each for each in pictures if each in set(chosen)]
        for c, size in enumerate(sizes):
            share = size * len(chosen) / len(pictures)
            assert abs(sum(each.truth == str(c) for each in chosen) - share) <= 1

    def test_no_limit_is_all_pictures(self):
        pictures = [Picture("a/1", "a"), Picture("a/2", "a")]
        assert spread(pictures, None) == tuple(pictures)


class TestDecoded:
    @pytest.mark.parametrize(
        ("mode", "kind"),
        [("RGB", "JPEG"), ("CMYK", "JPEG"), ("P", "PNG"), ("RGBA", "PNG"), ("RGB", "WEBP"), ("RGB", "GIF")],
    )
    def test_every_usual_kind_becomes_rgb_of_the_same_colours(self, mode, kind):
        picture = decoded(encoded(two_colours(mode), kind), "pizza/1")
        assert (picture.mode, picture.size) == ("RGB", (40, 20))
        assert (colour_at(picture, 5, 10), colour_at(picture, 35, 10)) == (RED, BLUE)

    def test_grey_becomes_three_equal_channels(self):
        picture = np.asarray(decoded(encoded(Image.new("L", (8, 8), 100)), "pizza/1"))
        assert picture.shape == (8, 8, 3)
        assert (picture == 100).all()

    def test_sixteen_bit_grey_is_scaled_not_clipped(self):
        grey = Image.fromarray(np.array([[0, 257 * 100, 65535]], np.uint16))
        picture = np.asarray(decoded(encoded(grey, "PNG"), "pizza/1"))
        assert picture[0, :, 0].tolist() == [0, 100, 255]

    def test_what_is_transparent_shows_white_not_what_lies_hidden_below(self):
        clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
        assert decoded(encoded(clear, "PNG"), "pizza/1").getpixel((1, 1)) == (255, 255, 255)

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_a_photograph_stands_upright_whichever_way_the_camera_was_held(self, orientation):
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
        picture = decoded(encoded(stored, exif=exif), "pizza/1")
        assert picture.size == (40, 20)
        assert (colour_at(picture, 5, 10), colour_at(picture, 35, 10)) == (RED, BLUE)

    @pytest.mark.parametrize(
        "exif", [b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\0\x05", b"Exif\0\0II*\0" + b"\xff" * 40, b"rubbish" * 9]
    )
    def test_damaged_metadata_costs_neither_the_picture_nor_a_warning(self, exif):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            assert decoded(encoded(two_colours(), exif=exif), "pizza/1").size == (40, 20)
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
    def test_what_is_no_picture_is_told_with_the_reason(self, content, reason):
        with pytest.raises(PictureUnreadable, match=f"pizza/1 cannot be read: {reason}"):
            decoded(content, "pizza/1")

    def test_a_picture_cut_off_is_told_not_shown_half_grey(self):
        content = encoded(Image.effect_noise((200, 200), 50).convert("RGB"))
        with pytest.raises(PictureUnreadable, match=r"it is damaged .*truncated"):
            decoded(content[: len(content) // 2], "pizza/1")

    def test_a_bomb_is_refused_before_it_fills_the_memory(self):
        bomb = encoded(Image.new("1", (9000, 9000)), "PNG")
        assert len(bomb) < 20_000
        with pytest.raises(PictureUnreadable, match="it has 9000 x 9000 pixels, over 64,000,000"):
            decoded(bomb, "pizza/1")

    def test_a_bomb_that_pillow_itself_refuses_has_the_same_sentence(self, monkeypatch):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
        with pytest.raises(PictureUnreadable, match="over 64,000,000 pixels"):
            decoded(encoded(two_colours()), "pizza/1")

    @given(st.binary(max_size=60), st.integers(0, 1100))
    def test_no_damage_raises_anything_else(self, garbage, place):
        whole = encoded(two_colours())
        content = whole[:place] + garbage + whole[place + len(garbage) :]
        with suppress(PictureUnreadable):
            assert decoded(content, "pizza/1").mode == "RGB"

    def test_threads_that_decode_together_leave_the_warning_filters_as_they_were(self):
        before = list(warnings.filters)
        content = encoded(two_colours(), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x05")
        threads = [threading.Thread(target=lambda: [decoded(content, "a/1") for _ in range(40)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert warnings.filters == before
        assert dataset.unwarned._inside == 0
