"""A folder for each class is a labelled set, with or without splits above."""

import pytest
from torchvision.datasets import ImageFolder

from xai_core.data.dataset import DataOptions
from xai_core.data.sources.table import open_data
from xai_core.errors import DataRefused, NameUnknown, PictureUnreadable

IDS = ["pizza/1", "pizza/2", "ramen/1", "ramen/2"]


def ids(found):
    return [picture.image_id for picture in found.pictures]


@pytest.mark.parametrize("below", [".", "images", "archive/images"])
def test_folders_of_classes_are_found_up_to_two_levels_below(folders, below, picture):
    found = open_data(folders(below))
    assert (found.format, found.split, ids(found)) == ("folders", "all", IDS)
    assert found.read_bytes("ramen/2") == picture("ramen", 2)
    assert found.exists("ramen/2")


def test_classes_are_those_of_torchvision(folders):
    root = folders(classes=("cheesecake", "cheese_plate", "Waffles"))
    assert list(open_data(root).classes) == ImageFolder(root).classes == ["Waffles", "cheese_plate", "cheesecake"]


@pytest.mark.parametrize(
    ("below", "taken"),
    [
        (("train", "val", "test"), "test"),
        (("train", "validation"), "validation"),
        (("Train", "Valid"), "Valid"),
        (("train",), "train"),
        (("data/train", "data/test"), "test"),
    ],
)
def test_of_several_splits_test_is_taken_then_validation_then_the_only_one(folders, below, taken):
    found = open_data(folders(*below))
    assert (found.split, ids(found)) == (taken, IDS)


def test_a_split_is_chosen_by_name_and_the_others_are_noted(folders):
    root = folders("train", "test")
    assert open_data(root, DataOptions(split="train")).split == "train"
    assert "the split test (there also: train)" in open_data(root).notes[0]
    with pytest.raises(DataRefused, match="has the splits test, train, and none called validation"):
        open_data(root, DataOptions(split="validation"))


def test_a_class_that_only_training_has_counts_for_the_numbering(folders):
    root = folders("train", "test")
    folders("train", classes=("omelette",))
    assert open_data(root).classes == ("omelette", "pizza", "ramen")


def test_files_that_are_no_pictures_are_left_out(folders):
    root = folders()
    for name in ("Thumbs.db", ".DS_Store", "._1.jpg", "notes.txt"):
        (root / "pizza" / name).write_bytes(b"x")
    (root / "__MACOSX" / "pizza").mkdir(parents=True)
    (root / "__MACOSX" / "pizza" / "1.jpg").write_bytes(b"x")
    (root / "loose.jpg").write_bytes(b"x")
    found = open_data(root)
    assert ids(found) == IDS
    assert "1 picture beside the folders belong to no class." in found.notes


def test_ids_are_safe_in_links_and_do_not_collide(folders, picture):
    root = folders(classes=("Pork Chop, fried",))
    inside = root / "Pork Chop, fried"
    (inside / "1.png").write_bytes(picture("x", 7))
    (inside / "a b").mkdir()
    (inside / "a b" / "3.jpg").write_bytes(picture("x", 8))
    found = open_data(root)
    assert len(set(ids(found))) == 4
    assert all(image_id.startswith("Pork_Chop_fried/") and image_id.count("/") == 1 for image_id in ids(found))
    assert "Pork_Chop_fried/2" in ids(found)
    assert "Pork_Chop_fried/a_b_3" in ids(found)
    assert {found.read_bytes(image_id)[-1] for image_id in ids(found)} == {1, 2, 7, 8}
    assert {picture.truth for picture in found.pictures} == {"Pork Chop, fried"}


def test_links_that_lead_out_are_not_read_and_no_id_leads_out(folders, tmp_path):
    root = folders()
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (root / "pizza" / "3.jpg").symlink_to(tmp_path / "secret.jpg")
    found = open_data(root)
    with pytest.raises(PictureUnreadable, match="a link that leads out of the data folder"):
        found.read_bytes("pizza/3")
    for image_id in ("../secret", "pizza/../../secret", "/etc/passwd"):
        with pytest.raises(NameUnknown):
            found.read_bytes(image_id)


def test_links_into_the_cache_of_the_hub_are_read(folders, tmp_path, picture):
    blobs = tmp_path / "hub" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / "abc").write_bytes(picture("pizza", 9))
    snapshot = tmp_path / "hub" / "snapshots" / "main"
    (snapshot / "pizza").mkdir(parents=True)
    (snapshot / "pizza" / "1.jpg").symlink_to("../../../blobs/abc")
    assert open_data(snapshot).read_bytes("pizza/1") == picture("pizza", 9)


def test_folders_called_train_and_test_without_classes_are_no_classes(tmp_path, picture):
    for split in ("train", "test"):
        (tmp_path / split).mkdir()
        (tmp_path / split / "1.jpg").write_bytes(picture("pizza"))
    with pytest.raises(DataRefused, match="is no labelled set of pictures"):
        open_data(tmp_path)
