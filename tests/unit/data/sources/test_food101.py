"""Food-101's layout is read with the differences that copies of it have, and each is noted."""

import json
import unicodedata

import pytest
from torchvision.datasets import Food101

from xai_core.data.dataset import DataOptions
from xai_core.data.sources.table import open_data
from xai_core.errors import DataMissing, DataRefused, NameUnknown, PictureUnreadable

IDS = ["pizza/1", "pizza/2", "ramen/1", "ramen/2"]
LINES = "\n".join(IDS)


def opened(root, split=None):
    return open_data(root, DataOptions(format="food101", split=split))


def ids(found):
    return [picture.image_id for picture in found.pictures]


def all_readable(found):
    return all(found.read_bytes(picture.image_id) for picture in found.pictures)


class TestFolder:
    @pytest.mark.parametrize("below", [".", "food-101"])
    def test_the_folder_above_is_as_good_as_the_set_itself(self, tiny_food101, below):
        found = opened(tiny_food101 / below)
        assert found.root == tiny_food101 / "food-101"
        assert len(found.pictures) == 20

    @pytest.mark.parametrize("base", [".", "Food-101", "food101", "food-101/food-101", "archive/food-101"])
    def test_the_set_may_have_any_name_and_lie_two_levels_below(self, food101, base):
        found = open_data(food101(base=base))
        assert found.format == "food101"
        assert ids(found) == IDS
        assert all_readable(found)

    def test_two_sets_in_a_folder_are_refused_with_both(self, food101):
        root = food101(base="a")
        food101(base="b")
        with pytest.raises(DataRefused, match="holds 2 sets in Food-101's layout: a and b"):
            opened(root)

    def test_classes_are_numbered_as_torchvision_numbers_them_whatever_classes_txt_says(self, tiny_food101):
        found = opened(tiny_food101)
        assert found.classes == tuple(Food101(tiny_food101, split="test").classes)
        assert found.classes == ("omelette", "pizza", "pork_chop", "ravioli")

    def test_an_underscore_sorts_before_a_letter(self, food101):
        found = opened(food101({"test.txt": "cheesecake/1\ncheese_plate/1"}))
        assert found.classes == ("cheese_plate", "cheesecake")

    @pytest.mark.parametrize("listed", ["Pizza\nRamen", "\ufeffpizza\nramen", "pizza\r\nramen\r\n"])
    def test_classes_written_for_people_are_the_same_classes(self, food101, listed):
        found = opened(food101({"test.txt": LINES, "classes.txt": listed}))
        assert found.classes == ("pizza", "ramen")

    def test_equal_lists_have_equal_fingerprints_and_other_lists_others(self, tiny_food101):
        test = opened(tiny_food101)
        # A literal, so that no refactoring can quietly make every existing study look changed.
        assert test.fingerprint == "fb6c7fef1c7ad4e8e7ab86b1"
        assert opened(tiny_food101, "train").fingerprint != test.fingerprint
        (tiny_food101 / "food-101/meta/test.json").write_text(json.dumps({"pizza": ["pizza/1"]}))
        assert opened(tiny_food101).fingerprint != test.fingerprint

    @pytest.mark.parametrize(
        ("gone", "named"),
        [
            ("food-101/meta", "the folder food-101/meta is missing"),
            ("food-101/images", "the folder food-101/images is missing"),
            (".", "There is no folder"),
        ],
    )
    def test_what_is_missing_of_the_folder_is_named(self, tiny_food101, gone, named):
        (tiny_food101 / gone).resolve().rename(tiny_food101.parent / "elsewhere")
        with pytest.raises(DataMissing, match=named):
            opened(tiny_food101)

    def test_an_empty_folder_lacks_both_parts(self, tmp_path):
        with pytest.raises(DataMissing, match="the folder images and the folder meta is missing"):
            opened(tmp_path)


class TestLists:
    @pytest.mark.parametrize(
        "content",
        [
            LINES,
            "\ufeff" + LINES,
            LINES.replace("\n", "\r\n") + "\r\n",
            LINES.encode("utf-16"),
            "\n".join(f"{image_id}.jpg" for image_id in IDS),
            "\n".join(f"{image_id}.JPEG" for image_id in IDS),
            "\n".join(f"images/{image_id}.jpg" for image_id in IDS),
            "\n".join(f"food-101/images/{image_id}.jpg" for image_id in IDS),
            "\n".join(f"./{image_id}" for image_id in IDS),
            "\n".join(f"/{image_id}" for image_id in IDS),
            LINES.replace("/", "\\"),
            "\n".join(f"{image_id}.jpg {number // 2}" for number, image_id in enumerate(IDS)),
            "\n".join(f"{image_id}\t{number // 2}" for number, image_id in enumerate(IDS)),
            "\n".join(f"{image_id},{image_id[0]}" for image_id in IDS),
        ],
    )
    def test_every_way_to_write_the_text_gives_the_same_ids(self, food101, content):
        found = opened(food101({"test.txt": content}))
        assert ids(found) == IDS
        assert all_readable(found)
        assert len(found.notes) == 1

    @pytest.mark.parametrize(
        "content",
        [
            {"pizza": ["pizza/1", "pizza/2"], "ramen": ["ramen/1", "ramen/2"]},
            {"pizza": ["pizza/1.jpg", "pizza/2.jpg"], "ramen": ["ramen/1.jpg", "ramen/2.jpg"]},
            {"pizza": ["1", "2"], "ramen": [1, 2]},
            IDS,
        ],
    )
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_every_form_of_json_gives_the_same_ids(self, food101, content, mark):
        found = opened(food101({"test.json": mark + json.dumps(content)}))
        assert ids(found) == IDS
        assert found.fingerprint == opened(food101({"test.txt": LINES}, base="other/food-101")).fingerprint

    def test_a_space_in_a_name_is_no_second_column(self, food101):
        found = opened(food101({"test.txt": "pizza/my photo 1\npizza/my photo 2\nramen/bowl 1"}))
        assert ids(found) == ["pizza/my photo 1", "pizza/my photo 2", "ramen/bowl 1"]

    @pytest.mark.parametrize(("extra", "note"), [(1, "1 duplicate line, taken once."), (2, "2 duplicate lines, each")])
    def test_lines_that_come_twice_are_taken_once_and_noted(self, food101, extra, note):
        found = opened(food101({"test.txt": "\n".join([*IDS, *IDS[:extra]])}))
        assert ids(found) == IDS
        assert any(note in sentence for sentence in found.notes)

    @pytest.mark.parametrize("content", ["", "[1, 2]", '{"pizza": ["pizza/1', '{"pizza": ["../1"]}', '["1", "2"]'])
    def test_a_json_that_cannot_be_used_does_not_hide_the_text_beside_it(self, food101, content):
        found = opened(food101({"test.json": content, "test.txt": LINES}))
        assert ids(found) == IDS
        assert found.notes[1].startswith("The list meta/test.json ")
        assert found.notes[1].endswith("test.txt was read.")

    def test_lists_that_differ_are_noted_and_the_json_is_read_as_torchvision_reads_it(self, food101):
        usual = json.dumps({"pizza": ["pizza/1", "pizza/2"], "ramen": ["ramen/1", "ramen/2"]})
        found = opened(food101({"test.json": usual, "test.txt": "pizza/1"}))
        assert ids(found) == IDS
        assert "test.json lists 4 pictures and test.txt 1; test.json was read." in found.notes

    @pytest.mark.parametrize(
        ("content", "named"),
        [
            ('{"pizza": ["pizza/1', r"meta/test\.json is no JSON"),
            ('{"pizza": "pizza/1"}', "does not list ids by class"),
            ('{"pizza": [null]}', "lists None, expected class/name"),
            ('{"pizza": ["../1"]}', r"lists '\.\./1', expected class/name"),
            ('{"pizza": ["a/../../1"]}', "expected class/name"),
            ('{"pizza": ["pizza/\\n"]}', "expected class/name"),
            ("", "meta/test.json is empty"),
        ],
    )
    def test_a_damaged_or_hostile_list_is_refused_with_the_entry(self, food101, content, named):
        with pytest.raises(DataRefused, match=named):
            opened(food101({"test.json": content}))


class TestSplits:
    @pytest.mark.parametrize("name", ["val", "validation", "valid", "train", "test"])
    def test_the_only_split_is_taken_whatever_it_is_called(self, food101, name):
        found = open_data(food101({f"{name}.txt": LINES}))
        assert (found.split, ids(found)) == (name, IDS)

    def test_the_test_split_is_taken_before_validation_and_that_is_noted(self, food101):
        lists = {"train.txt": LINES, "val.txt": LINES, "test.txt": "pizza/1"}
        found = open_data(food101(lists))
        assert (found.split, ids(found)) == ("test", ["pizza/1"])
        assert "the split test (there also: train, val)" in found.notes[0]

    def test_an_empty_test_split_gives_way_to_validation(self, food101):
        assert open_data(food101({"test.json": "{}", "validation.txt": LINES})).split == "validation"

    def test_a_split_that_is_asked_for_may_be_empty(self, tiny_food101):
        found = opened(tiny_food101, "train")
        assert found.pictures == ()
        assert len(found.classes) == 4

    def test_validation_and_val_are_the_same_split(self, food101):
        assert opened(food101({"val.txt": LINES}), "validation").split == "val"

    def test_a_missing_split_is_named(self, tiny_food101):
        with pytest.raises(DataMissing, match=r"meta/validation\.json \(and meta/validation\.txt\) is missing"):
            opened(tiny_food101, "validation")


class TestFiles:
    @pytest.mark.parametrize("suffix", [".jpeg", ".JPG", ".png", ".webp", ".bmp", ".Jpeg", ""])
    def test_a_picture_may_have_any_suffix(self, food101, suffix):
        found = opened(food101(suffix=suffix))
        assert found.exists("pizza/1")
        assert all_readable(found)

    def test_files_of_several_suffixes_are_found_in_one_folder(self, food101, picture):
        root = food101()
        images = root / "food-101/images/pizza"
        (images / "1.jpg").rename(images / "1.png")
        assert opened(root).read_bytes("pizza/1") == picture("pizza", 1)

    @pytest.mark.parametrize(("of_list", "of_folder"), [("NFC", "NFD"), ("NFD", "NFC")])
    def test_a_folder_may_be_in_another_unicode_form_than_the_list(self, food101, of_list, of_folder):
        name = "crème_brûlée"
        root = food101({"test.txt": unicodedata.normalize(of_list, f"{name}/1")})
        images = root / "food-101/images"
        (images / "pizza").rename(images / unicodedata.normalize(of_folder, name))
        assert all_readable(opened(root))

    def test_bytes_come_from_the_listed_file(self, food101, picture):
        assert opened(food101()).read_bytes("pizza/2") == picture("pizza", 2)

    def test_an_id_outside_the_list_is_unknown_and_similar_ones_are_offered(self, tiny_food101):
        found = opened(tiny_food101)
        with pytest.raises(NameUnknown) as unknown:
            found.read_bytes("porc_chop/1")
        assert "pork_chop/1" in unknown.value.hint
        with pytest.raises(NameUnknown):
            found.read_bytes("../meta/test.json")

    def test_a_missing_picture_is_reported_when_it_is_read_and_not_before(self, food101):
        root = food101()
        (root / "food-101/images/pizza/1.jpg").unlink()
        found = opened(root)
        assert not found.exists("pizza/1")
        with pytest.raises(PictureUnreadable, match="pizza/1 cannot be read: the file is missing"):
            found.read_bytes("pizza/1")

    def test_a_file_that_is_a_link_out_of_the_folder_is_not_read(self, food101, tmp_path):
        root = food101()
        secret = tmp_path / "secret.jpg"
        secret.write_bytes(b"secret")
        path = root / "food-101/images/pizza/1.jpg"
        path.unlink()
        path.symlink_to(secret)
        with pytest.raises(PictureUnreadable, match="a link that leads out of the data folder"):
            opened(root).read_bytes("pizza/1")

    def test_a_class_folder_that_is_a_link_is_read_and_noted(self, food101, tmp_path):
        root = food101()
        real = (root / "food-101/images/pizza").rename(tmp_path / "elsewhere")
        (root / "food-101/images/pizza").symlink_to(real)
        found = opened(root)
        assert all_readable(found)
        assert f"The folder pizza is a link to {real}." in found.notes
