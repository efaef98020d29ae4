"""A Food-101 folder is read as torchvision reads it, and faults are reported by name."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torchvision.datasets import Food101

from xai_core.data.dataset import Food101Folder, Picture, evenly_spaced
from xai_core.errors import DataMissing, NameUnknown, PictureUnreadable


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


class TestEvenlySpaced:
    @given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.integers(1, 100))
    def test_every_class_keeps_its_share_within_one_picture(self, sizes, limit):
        pictures = [Picture(f"{c}/{i}", str(c)) for c, size in enumerate(sizes) for i in range(size)]
        chosen = evenly_spaced(pictures, limit)
        assert len(chosen) == min(limit, len(pictures))
        assert list(chosen) == [picture for picture in pictures if picture in set(chosen)]
        for c, size in enumerate(sizes):
            share = size * len(chosen) / len(pictures)
            assert abs(sum(picture.truth == str(c) for picture in chosen) - share) <= 1

    def test_no_limit_is_all_pictures(self):
        pictures = [Picture("a/1", "a"), Picture("a/2", "a")]
        assert evenly_spaced(pictures, None) == tuple(pictures)
