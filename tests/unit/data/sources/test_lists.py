"""Lists of paths and classes are read in their usual forms, and lead nowhere else."""

import json

import pytest

from xai_core.data.dataset import DataOptions
from xai_core.data.sources.table import open_data
from xai_core.errors import DataRefused, PictureUnreadable

ROWS = [("photos/1.jpg", "pizza"), ("photos/2.jpg", "ramen")]


def joined(rows, mark=",", head=None):
    lines = [mark.join(row) for row in rows]
    return "\n".join([head, *lines] if head else lines)


@pytest.fixture
def listed(tmp_path, picture):
    """Return a function that writes a list beside two photographs and returns its path."""

    def make(content, name="list.csv"):
        (tmp_path / "photos").mkdir(exist_ok=True)
        for number, (_, truth) in enumerate(ROWS, start=1):
            (tmp_path / "photos" / f"{number}.jpg").write_bytes(picture(truth, number))
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return make


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.csv", joined(ROWS, head="path,label")),
        ("list.csv", "\ufeff" + joined(ROWS, head="File Name,Class").replace("\n", "\r\n")),
        ("list.csv", joined(ROWS, ";", "image;category")),
        ("list.csv", joined(ROWS, "\t", "filename\ttruth").encode("utf-16")),
        ("list.tsv", joined(ROWS, "\t", "filename\ttruth")),
        ("list.csv", joined(ROWS)),
        ("list.csv", joined([(truth, path) for path, truth in ROWS])),
        ("list.csv", "id,path,label,class_name\n0,photos/1.jpg,0,pizza\n1,photos/2.jpg,1,ramen"),
        ("list.csv", joined(ROWS, head="path,label").replace("photos/", "photos\\")),
        ("list.csv", joined(ROWS, head="path,label").replace("photos/", "./photos/")),
        ("list.jsonl", "\n".join(json.dumps({"file_name": path, "label": truth}) for path, truth in ROWS)),
        ("list.json", json.dumps([{"image": path, "label": truth} for path, truth in ROWS])),
        ("list.json", json.dumps(dict(ROWS))),
    ],
)
@pytest.mark.parametrize("whole_folder", [True, False])
def test_every_usual_form_is_the_same_set(listed, name, content, whole_folder, picture):
    file = listed(content, name)
    found = open_data(file.parent if whole_folder else file)
    assert found.format == "list"
    assert [(picture.image_id, picture.truth) for picture in found.pictures] == [
        ("pizza/photos_1", "pizza"),
        ("ramen/photos_2", "ramen"),
    ]
    assert found.classes == ("pizza", "ramen")
    assert found.read_bytes("ramen/photos_2") == picture("ramen", 2)


def test_a_column_may_name_the_splits(listed):
    content = "path,label,split\nphotos/1.jpg,pizza,train\nphotos/2.jpg,ramen,test"
    assert [picture.truth for picture in open_data(listed(content)).pictures] == ["ramen"]
    other = content.replace("split", "part")
    chosen = open_data(listed(other), DataOptions(split_column="part", split="train"))
    assert [picture.truth for picture in chosen.pictures] == ["pizza"]
    assert chosen.classes == ("pizza", "ramen")


def test_several_lists_are_the_splits_of_a_set(listed, tmp_path):
    listed("path,label\nphotos/1.jpg,pizza", "train.csv")
    listed("path,label\nphotos/2.jpg,ramen", "test.csv")
    found = open_data(tmp_path)
    assert (found.split, [picture.truth for picture in found.pictures]) == ("test", ["ramen"])


def test_the_lists_of_the_hub_lie_in_the_folders_of_the_splits(tmp_path, picture):
    for number, split in enumerate(("train", "test")):
        (tmp_path / split).mkdir()
        (tmp_path / split / "1.jpg").write_bytes(picture("pizza", number))
        (tmp_path / split / "metadata.csv").write_text("file_name,label\n1.jpg,pizza")
    found = open_data(tmp_path)
    assert (found.format, found.split) == ("list", "test")
    assert found.read_bytes(found.pictures[0].image_id) == picture("pizza", 1)


def test_paths_start_from_the_folder_of_the_list_or_the_one_that_is_given(listed, tmp_path, picture):
    listed("path,label\nphotos/1.jpg,pizza", "lists/test.csv")
    assert open_data(tmp_path).read_bytes("pizza/photos_1") == picture("pizza", 1)
    file = listed("path,label\n1.jpg,pizza", "lists/test.csv")
    chosen = open_data(file, DataOptions(pictures=tmp_path / "photos"))
    assert chosen.read_bytes("pizza/1") == picture("pizza", 1)


def test_absolute_paths_are_read_below_the_list_or_a_given_folder_alone(listed, tmp_path, picture):
    inside = tmp_path / "photos" / "1.jpg"
    assert open_data(listed(f"path,label\n{inside},pizza")).read_bytes("pizza/photos_1") == picture("pizza", 1)
    file = listed(f"path,label\n{inside},pizza", "elsewhere/list.csv")
    with pytest.raises(DataRefused, match="which is not in ") as refused:
        open_data(file)
    assert refused.value.argument == "pictures"
    chosen = open_data(file, DataOptions(pictures=tmp_path / "photos"))
    assert chosen.read_bytes("pizza/1") == picture("pizza", 1)


@pytest.mark.parametrize("path", ["../secret.jpg", "photos/../../secret.jpg", "/etc/passwd.jpg", "..\\secret.jpg"])
def test_a_path_that_leads_out_is_refused_with_the_path(listed, path):
    with pytest.raises(DataRefused, match="which is not in "):
        open_data(listed(f"path,label\nphotos/1.jpg,pizza\n{path},ramen"))


def test_a_link_that_leads_out_is_not_read(listed, tmp_path):
    secret = tmp_path.parent / f"{tmp_path.name}-secret.jpg"
    secret.write_bytes(b"secret")
    file = listed("path,label\nphotos/3.jpg,pizza")
    (tmp_path / "photos" / "3.jpg").symlink_to(secret)
    with pytest.raises(PictureUnreadable, match="a link that leads out of the data folder"):
        open_data(file).read_bytes("pizza/photos_3")


def test_web_addresses_are_refused(listed):
    with pytest.raises(DataRefused, match="names the web address https://example"):
        open_data(listed("path,label\nhttps://example.org/1.jpg,pizza"))


def test_duplicates_are_taken_once_and_contradictions_are_refused(listed):
    found = open_data(listed(joined([*ROWS, ROWS[0]], head="path,label")))
    assert len(found.pictures) == 2
    assert "1 duplicate line, taken once." in found.notes
    with pytest.raises(DataRefused, match=r"gives photos/1\.jpg two classes, 'pizza' and 'ramen'"):
        open_data(listed(joined([*ROWS, ("photos/1.jpg", "ramen")], head="path,label")))


def test_lines_without_a_class_are_left_out_and_counted(listed):
    found = open_data(listed(joined([*ROWS, ("photos/3.jpg", "")], head="path,label")))
    assert len(found.pictures) == 2
    assert "1 line without a path or a class, left out." in found.notes


def test_unclear_columns_are_refused_with_both_and_can_be_chosen(listed):
    file = listed("path,label,category\nphotos/1.jpg,pizza,food\nphotos/2.jpg,ramen,food")
    with pytest.raises(DataRefused, match="has two columns of classes, label and category") as refused:
        open_data(file)
    assert refused.value.argument == "label_column"
    assert open_data(file, DataOptions(label_column="category")).classes == ("food",)
    with pytest.raises(DataRefused, match="has no column 'kind'; it has path, label, category"):
        open_data(file, DataOptions(label_column="kind"))
