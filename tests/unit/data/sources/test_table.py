"""The layout of a set is recognised by its content, and a choice is noted."""

import errno
import os
from pathlib import Path

import pytest

from xai_core.data.dataset import DataOptions
from xai_core.data.sources.table import SOURCES, open_data
from xai_core.errors import DataMissing, DataRefused, SettingRefused


def test_every_row_names_a_module_with_both_functions():
    assert len({source.name for source in SOURCES}) == len(SOURCES)
    for source in SOURCES:
        module = source.load()
        assert callable(module.recognise)
        assert callable(module.open_set)
        assert source.example.startswith("--data ")


def test_where_two_layouts_fit_the_note_says_so_and_an_option_chooses(folders):
    root = folders()
    (root / "list.csv").write_text("path,label\npizza/1.jpg,pizza")
    found = open_data(root)
    assert found.format == "list"
    assert found.notes[-1] == "The folder can also be read as a folder for each class, under the format folders."
    assert len(open_data(root, DataOptions(format="folders")).pictures) == 4


def test_food101_is_not_noted_as_folders_of_classes(food101):
    assert not any("can also be read" in note for note in open_data(food101()).notes)


def test_a_folder_that_the_disk_does_not_give_is_a_sentence(food101, monkeypatch):
    root, real = food101(), Path.iterdir

    def unreadable(path):
        if path.name == "meta":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return real(path)

    monkeypatch.setattr(Path, "iterdir", unreadable)
    with pytest.raises(DataRefused, match=r"meta cannot be read: Input/output error\."):
        open_data(root)


def test_what_fits_nothing_is_refused_with_what_was_found(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataRefused, match=r"It holds empty/, notes\.txt\.") as refused:
        open_data(tmp_path)
    assert all(source.title in refused.value.hint for source in SOURCES)
    with pytest.raises(DataRefused, match="There is no file or folder"):
        open_data(tmp_path / "nowhere")
    with pytest.raises(DataRefused, match="lists no pictures with their classes"):
        open_data(tmp_path / "notes.txt")


@pytest.mark.parametrize(("name", "missing"), [("food-101", "images and the folder food-101/meta"), ("meta", "images")])
def test_of_a_set_that_is_unpacked_in_part_the_missing_folder_is_named(tmp_path, name, missing):
    (tmp_path / name).mkdir()
    with pytest.raises(DataMissing, match=f"{missing} is missing"):
        open_data(tmp_path)


def test_an_unknown_format_is_refused_with_those_that_exist(tmp_path):
    with pytest.raises(SettingRefused, match="one of food101, parquet, fiftyone, list, folders"):
        open_data(tmp_path, DataOptions(format="zip"))
