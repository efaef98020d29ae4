"""Two studies are compared on the pictures that both have."""

import json
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from tests.conftest import colour_model, colour_spec
from xai_core.errors import StudyRefused
from xai_core.repair.comparison.studies import compare_studies, match_pictures
from xai_core.study.build import create_study


@pytest.fixture
def other_model(tmp_path):
    """A classifier that has gyoza in place of omelette, spells a class otherwise, and never guesses ravioli."""
    model, spec = colour_model(), colour_spec() | {"labels": ["gyoza", "pizza", "Pork Chop", "ravioli"]}
    offset = next(tensor for tensor in model.graph.initializer if tensor.name == "offset")
    offset.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(offset) - np.float32([0, 0, 0, 99]), "offset"))
    path = tmp_path / "other.onnx"
    onnx.save(model, path)
    path.with_suffix(".json").write_text(json.dumps(spec), "utf-8")
    return path


@pytest.fixture
def other_data(tmp_path, tiny_food101):
    """Some of the pictures under other names, and two new ones."""
    source, root = tiny_food101 / "food-101" / "images", tmp_path / "folders"
    for label in ("pizza", "pork_chop", "ravioli"):
        (root / label).mkdir(parents=True)
        for number in (3, 4, 5):
            (root / label / f"renamed{number}.jpg").write_bytes((source / label / f"{number}.jpg").read_bytes())
    (root / "ravioli" / "new.jpg").write_bytes((source / "ravioli" / "1.jpg").read_bytes() + b"\0")
    # Annotated otherwise: this picture is an omelette in the first study.
    (root / "pizza" / "other.jpg").write_bytes((source / "omelette" / "1.jpg").read_bytes())
    return root


def test_pictures_match_by_content_and_classes_by_name(tiny_study, other_data, other_model):
    other = create_study("other", tiny_study.folder.parent, data=other_data, model=other_model)
    found = compare_studies(tiny_study, other)
    assert found.other_ids["pork_chop/4"] == "pork_chop/renamed4"
    assert (found.only_before, found.only_after) == (20 - 10, 11 - 10)
    assert found.unreadable == 1
    assert found.annotated_otherwise == ("omelette/1",)
    assert (found.lacking_before, found.lacking_after) == (("gyoza",), ("omelette",))
    changes = found.changes
    assert changes.labels == (*tiny_study.labels, "gyoza")
    assert len(changes.table) == 8
    # What was ravioli is gyoza to it: two mistakes become others, and two right answers are lost.
    assert set(changes.flips("other mistake")["image_id"]) == {"pork_chop/4", "pork_chop/5"}
    assert set(changes.flips("broken")["image_id"]) == {"ravioli/3", "ravioli/4"}
    assert (changes.right.gained, changes.right.lost) == (0, 2)


def test_studies_of_one_folder_match_without_reading_a_file(tiny_study, monkeypatch):
    monkeypatch.setattr(type(tiny_study), "picture_hash", lambda *_: pytest.fail("a file was read"))
    matched = match_pictures(tiny_study, replace(tiny_study, table=tiny_study.table.iloc[::-2]))
    assert list(matched) == [image_id for image_id in tiny_study.table["image_id"] if image_id in matched]
    assert len(matched) == 10


def test_studies_of_different_pictures_are_refused(tiny_study):
    empty = replace(tiny_study, name="other", table=tiny_study.table.iloc[:0])
    with pytest.raises(StudyRefused, match=r"tiny \(20 pictures\) and other \(0 pictures\) have no picture in common"):
        compare_studies(tiny_study, empty)
