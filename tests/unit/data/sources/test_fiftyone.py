"""Classification exports of FiftyOne are labelled sets."""

import json

import pytest

from xai_core.data.dataset import DataOptions
from xai_core.data.sources.table import open_data
from xai_core.errors import DataRefused


@pytest.fixture
def export(tmp_path, picture):
    """Return a function that writes two pictures and a file of labels into a folder."""

    def make(content, name="labels.json", below="."):
        folder = tmp_path / "export" / below
        (folder / "data").mkdir(parents=True)
        for number, truth in enumerate(("pizza", "ramen"), start=1):
            (folder / "data" / f"{number:06}.jpg").write_bytes(picture(truth, number))
        (folder / name).write_text(json.dumps(content))
        return tmp_path / "export"

    return make


CLASSES = ["ramen", "pizza"]


@pytest.mark.parametrize(
    "labels",
    [
        {"000001": "pizza", "000002": "ramen"},
        {"000001": 1, "000002": 0},
        {"000001": {"label": "pizza", "confidence": 0.9}, "000002": {"label": "ramen"}},
        {"000001.jpg": "pizza", "000002.jpg": "ramen"},
    ],
)
def test_every_form_of_labels_json_is_the_same_set(export, labels, picture):
    found = open_data(export({"classes": CLASSES, "labels": labels}))
    assert (found.format, found.classes) == ("fiftyone", ("ramen", "pizza"))
    assert [picture.truth for picture in found.pictures] == ["pizza", "ramen"]
    assert found.read_bytes("ramen/data_000002") == picture("ramen", 2)


def test_a_sample_without_a_label_is_left_out(export):
    found = open_data(export({"classes": CLASSES, "labels": {"000001": "pizza", "000002": None}}))
    assert [picture.truth for picture in found.pictures] == ["pizza"]


def test_splits_lie_in_folders(export):
    export({"classes": CLASSES, "labels": {"000001": 1}}, below="train")
    root = export({"classes": CLASSES, "labels": {"000002": 0}}, below="validation")
    found = open_data(root)
    assert (found.split, [picture.truth for picture in found.pictures]) == ("validation", ["ramen"])


def samples(**fields):
    return [
        {"filepath": f"data/{number:06}.jpg", "tags": [tag]}
        | {name: {"_cls": "Classification", "label": value} for name, value in fields.items()}
        for number, tag in ((1, "train"), (2, "test"))
    ]


def test_samples_json_has_splits_as_tags_and_the_class_in_a_field(export, picture):
    root = export({"samples": samples(ground_truth="ramen", predictions="pizza")}, "samples.json")
    found = open_data(root)
    assert [(picture.image_id, picture.truth) for picture in found.pictures] == [("ramen/data_000002", "ramen")]
    assert found.read_bytes("ramen/data_000002") == picture("ramen", 2)
    chosen = open_data(root, DataOptions(label_column="predictions"))
    assert [picture.truth for picture in chosen.pictures] == ["pizza"]


def test_two_fields_of_classes_need_a_choice(export):
    root = export({"samples": samples(a="ramen", b="pizza")}, "samples.json")
    with pytest.raises(DataRefused, match="has these fields of classifications: a, b"):
        open_data(root)


def test_a_path_out_of_the_folder_is_refused(export):
    rows = [{"filepath": "../../secret.jpg", "ground_truth": {"_cls": "Classification", "label": "x"}}]
    with pytest.raises(DataRefused, match="which is not in "):
        open_data(export({"samples": rows}, "samples.json"))
