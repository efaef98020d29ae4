"""A parquet set of the Hugging Face hub is read where it lies, with bounded memory."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xai_core.data.dataset import DataOptions
from xai_core.data.sources.parquet_rows import RowReader
from xai_core.data.sources.table import open_data
from xai_core.errors import DataRefused, NameUnknown, PictureUnreadable

# As in ethz/food101, the label names are not in sorted order.
NAMES = ["cheesecake", "cheese_plate"]


def metadata(names=NAMES, label="label"):
    features = {label: {"names": names, "_type": "ClassLabel"}, "image": {"_type": "Image"}}
    return {"huggingface": json.dumps({"info": {"features": features}})}


@pytest.fixture
def write(tmp_path, picture):
    """Return a function that writes a shard of pictures with the labels that are given."""

    def make(file_name, labels, *, start=0, paths=True, group=2, head=None, **columns):
        file = tmp_path / "set" / file_name
        file.parent.mkdir(parents=True, exist_ok=True)
        images = [
            {"bytes": picture("x", start + row), "path": f"{100 + start + row}.jpg" if paths else None}
            for row in range(len(labels))
        ]
        table = pa.table({"image": images, "label": labels} | columns)
        pq.write_table(table.replace_schema_metadata(metadata() if head is None else head), file, row_group_size=group)
        return tmp_path / "set"

    return make


def last_bytes(found):
    return [found.read_bytes(picture.image_id)[-1] for picture in found.pictures]


def test_shards_of_a_split_are_one_set_class_by_class(write):
    write("data/validation-00000-of-00002.parquet", [0, 1, 0])
    root = write("data/validation-00001-of-00002.parquet", [1, 0], start=3)
    found = open_data(root)
    assert (found.format, found.split) == ("parquet", "validation")
    assert found.classes == ("cheesecake", "cheese_plate")
    expected = ["cheese_plate/101", "cheese_plate/103", "cheesecake/100", "cheesecake/102", "cheesecake/104"]
    assert [picture.image_id for picture in found.pictures] == expected
    assert last_bytes(found) == [1, 3, 0, 2, 4]
    assert "5 pictures of 2 classes in 2 files, the split validation" in found.notes[0]
    assert "not in sorted order: cheesecake comes before cheese_plate" in found.notes[1]


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        (("data/train-00000-of-00001.parquet", "data/test-00000-of-00001.parquet"), "test"),
        (("default/train/0000.parquet", "default/validation/0000.parquet"), "validation"),
        (("train.parquet", "val.parquet"), "val"),
        (("data/train-00000-of-00001-0a1b2c3d.parquet",), "train"),
        (("pictures.parquet",), "all"),
    ],
)
def test_splits_are_named_by_files_or_folders(write, files, taken):
    for number, file in enumerate(files):
        root = write(file, [0, 1], start=10 * number)
    found = open_data(root)
    assert found.split == taken
    assert last_bytes(found) == [10 * (len(files) - 1) + 1, 10 * (len(files) - 1)]


def test_a_file_alone_is_a_set(write):
    root = write("some.parquet", [0, 1])
    assert len(open_data(root / "some.parquet").pictures) == 2


def test_labels_may_be_names_and_pictures_bytes_alone(tmp_path, picture):
    table = pa.table({"img": [picture("x", 1), picture("x", 2)], "category": ["pizza", "ramen"]})
    pq.write_table(table, tmp_path / "test.parquet")
    found = open_data(tmp_path)
    assert [picture.image_id for picture in found.pictures] == ["pizza/0", "ramen/1"]
    assert last_bytes(found) == [1, 2]


def test_names_come_from_the_card_if_the_file_has_none(write, tmp_path):
    root = write("data/test-00000-of-00001.parquet", [0, 1], head={})
    with pytest.raises(DataRefused, match="are numbers, and neither the parquet file nor README"):
        open_data(root)
    (root / "README.md").write_text(
        "---\ndataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names:\n"
        "          '0': pizza\n          '1': ramen\n---\n# A set\n"
    )
    assert open_data(root).classes == ("pizza", "ramen")


def test_rows_without_a_label_are_left_out_and_counted(write):
    found = open_data(write("test.parquet", [0, -1, None, 1]))
    assert [picture.image_id for picture in found.pictures] == ["cheese_plate/103", "cheesecake/100"]
    assert "2 rows without a label, left out." in found.notes


def test_a_label_without_a_name_is_refused(write):
    with pytest.raises(DataRefused, match="holds the label 7; there are 2 names"):
        open_data(write("test.parquet", [0, 7]))


def test_file_names_that_repeat_are_replaced_by_row_numbers(write, picture):
    root = write("test.parquet", [0, 0, 1], paths=False)
    assert [picture.image_id for picture in open_data(root).pictures] == [
        "cheese_plate/2",
        "cheesecake/0",
        "cheesecake/1",
    ]


def test_two_columns_of_labels_need_a_choice(write):
    root = write("test.parquet", [0, 1], coarse=[1, 0], name=["a", "b"])
    found = open_data(root)  # "label" is the usual name
    assert found.classes == ("cheesecake", "cheese_plate")
    chosen = open_data(root, DataOptions(label_column="name"))
    assert chosen.classes == ("a", "b")
    with pytest.raises(DataRefused, match="has no such column 'kind'"):
        open_data(root, DataOptions(label_column="kind"))


def test_other_pictures_under_the_same_ids_change_the_fingerprint(write):
    root = write("test.parquet", [0, 1])
    before = open_data(root)
    assert open_data(write("test.parquet", [0, 1])).fingerprint == before.fingerprint
    rows = [{"bytes": bytes(500), "path": f"10{row}.jpg"} for row in range(2)]
    other = pa.table({"image": rows, "label": [0, 1]}).replace_schema_metadata(metadata())
    pq.write_table(other, root / "test.parquet")
    assert open_data(root).pictures == before.pictures
    assert open_data(root).fingerprint != before.fingerprint


def test_an_unknown_id_a_lost_row_and_a_lost_file_have_their_own_messages(write):
    root = write("test.parquet", [0, 1])
    found = open_data(root)
    with pytest.raises(NameUnknown):
        found.read_bytes("../test")
    (root / "test.parquet").unlink()
    assert not found.exists("cheesecake/100")
    with pytest.raises(PictureUnreadable, match="its parquet file is missing"):
        found.read_bytes("cheesecake/100")


def test_a_row_without_bytes_is_one_unreadable_picture(tmp_path, picture):
    rows = [{"bytes": None, "path": "1.jpg"}, {"bytes": picture("x", 2), "path": "2.jpg"}]
    pq.write_table(pa.table({"image": rows, "label": ["a", "a"]}), tmp_path / "test.parquet")
    found = open_data(tmp_path)
    with pytest.raises(PictureUnreadable, match="holds no picture in this row"):
        found.read_bytes("a/1")
    assert found.read_bytes("a/2")[-1] == 2


def test_a_damaged_file_is_refused_in_words(tmp_path):
    (tmp_path / "test.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(DataRefused, match=r"A parquet file of the data set .* cannot be read"):
        open_data(tmp_path, DataOptions(format="parquet"))


@pytest.mark.parametrize("held", [96 * 2**20, 100, 1])
def test_any_order_and_many_threads_give_the_right_bytes_whatever_is_held(write, monkeypatch, held):
    monkeypatch.setattr(RowReader, "HELD_BYTES", held)
    monkeypatch.setattr(RowReader, "BATCH_ROWS", 3)
    found = open_data(write("test.parquet", [0] * 40, group=7))
    order = [(7 * step) % 40 for step in range(40)]
    with ThreadPoolExecutor(4) as pool:
        contents = list(pool.map(lambda number: found.read_bytes(f"cheesecake/{100 + number}"), order))
    assert [content[-1] for content in contents] == order


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only POSIX forks")
def test_a_forked_process_opens_the_file_anew(write, monkeypatch):
    found = open_data(write("test.parquet", [0] * 4))
    found.read_bytes("cheesecake/100")
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert found.read_bytes("cheesecake/103")[-1] == 3
