"""A study of any layout has the predictions of the same pictures in Food-101's, and remembers how it was read."""

import json
import shutil
import tomllib

import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onnx import helper, numpy_helper

from xai_core.data.dataset import DataOptions
from xai_core.errors import DataRefused, NameAmbiguous, OutputsNotFinite, StudyRefused
from xai_core.study.build import create_study
from xai_core.study.inference import NOT_FINITE
from xai_core.study.moves.relink import relink
from xai_core.study.study import open_study


@pytest.fixture
def images(tiny_food101):
    return tiny_food101 / "food-101/images"


def as_folders(images, root):
    shutil.copytree(images, root / "test")
    shutil.copytree(images, root / "train")
    return root, DataOptions()


def as_list(images, root):
    root.mkdir()
    shutil.copytree(images, root / "photos")
    paths = sorted((root / "photos").glob("*/*.jpg"))
    lines = [f"{path.relative_to(root / 'photos').as_posix()},{path.parent.name}" for path in paths]
    (root / "list.csv").write_text("\n".join(["where,what", *lines]))
    return root / "list.csv", DataOptions(label_column="what", pictures=root / "photos")


def as_parquet(images, root):
    root.mkdir()
    names = sorted(path.name for path in images.iterdir())
    files = sorted(images.glob("*/*.jpg"))
    rows = [{"bytes": file.read_bytes(), "path": file.name} for file in files]
    labels = [names.index(file.parent.name) for file in files]
    features = {"label": {"names": names, "_type": "ClassLabel"}}
    head = {"huggingface": json.dumps({"info": {"features": features}})}
    table = pa.table({"image": rows, "label": labels}).replace_schema_metadata(head)
    pq.write_table(table, root / "validation-00000-of-00001.parquet", row_group_size=3)
    return root, DataOptions()


LAYOUTS = {"folders": as_folders, "list": as_list, "parquet": as_parquet}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_predictions_are_those_of_the_same_pictures_and_the_study_opens_again(
    layout, images, tiny_study, tiny_model, tmp_path
):
    root, options = LAYOUTS[layout](images, tmp_path / layout)
    made = create_study("other", tmp_path / "studies", data=root, model=tiny_model, data_options=options)
    # In the order of the ids: "1", "10", "2" in files, "1", "2", ... in Food-101's lists.
    for column in ("truth", "guess", "p_guess"):
        assert sorted(made.table[column].fillna(-1)) == sorted(tiny_study.table[column].fillna(-1))
    assert made.summary() == tiny_study.summary()
    again = open_study("other", tmp_path / "studies")
    assert (again.data.format, again.data.fingerprint) == (layout, made.data.fingerprint)
    image_id = again.table["image_id"][0]
    assert again.model_view(image_id).view.shape == (32, 32, 3)


def test_a_moved_set_is_refused_and_is_linked_again_in_the_same_way(images, tiny_model, tmp_path):
    root, options = as_list(images, tmp_path / "list")
    create_study("other", tmp_path / "studies", data=root, model=tiny_model, data_options=options)
    root.rename(root.with_name("moved.csv"))
    with pytest.raises(StudyRefused, match="There is no file or folder") as refused:
        open_study("other", tmp_path / "studies")
    assert "study relink other --data NEW" in refused.value.hint
    moved = root.parent.rename(tmp_path / "elsewhere") / "moved.csv"
    study = relink("other", tmp_path / "studies", data=moved).study
    assert study.data_root == moved
    assert len(study.picture_bytes("pizza/pizza_1"))
    moved.write_text("what,path\n", "utf-8")
    with pytest.raises(StudyRefused) as refused:
        open_study("other", tmp_path / "studies")
    assert f"--data-format list --label-column what --pictures {moved.parent / 'photos'}" in refused.value.hint
    assert "--split" not in refused.value.hint


def test_a_manifest_of_food101_has_only_keys_that_earlier_versions_read_or_ignore(tiny_study):
    written = tomllib.loads((tiny_study.folder / "study.toml").read_text())
    assert set(written["data"]) == {"root", "near", "split", "fingerprint"}


def test_classes_that_are_spelled_otherwise_are_the_labels_of_the_model(images, tiny_model, tmp_path, caplog):
    caplog.set_level("INFO")
    (images / "pork_chop").rename(images / "Pork Chop")
    made = create_study("other", tmp_path / "studies", data=images, model=tiny_model)
    assert "Classes are matched to labels by their names: 'Pork Chop' is the label 'pork_chop'." in caplog.text
    assert set(made.table["truth"]) == set(made.labels)
    assert "Pork_Chop/1" in set(made.table["image_id"])
    shutil.copytree(images / "Pork Chop", images / "pork_chop")
    with pytest.raises(NameAmbiguous, match="Two classes, 'Pork Chop' and 'pork_chop', fit the label 'pork_chop'"):
        create_study("other", tmp_path / "studies", data=images, model=tiny_model)


def test_a_set_without_a_readable_picture_makes_no_study_without_mistakes(images, tiny_model, tmp_path):
    for path in images.glob("*/*.jpg"):
        path.write_bytes(b"")
    with pytest.raises(DataRefused, match=r"None of the 20 pictures .* is omelette/1: the file is empty"):
        create_study("other", tmp_path / "studies", data=images, model=tiny_model)


@pytest.fixture
def nan_model(tiny_model):
    """Return the classifier with a root of the mean pixel minus a threshold, which is NaN for dark pictures."""

    def make(threshold):
        model = onnx.load(tiny_model)
        for node in model.graph.node:
            node.output[:] = ["plain" if name == "logits" else name for name in node.output]
        model.graph.initializer.append(numpy_helper.from_array(np.float32([threshold]), "least"))
        model.graph.node.extend(
            [
                helper.make_node("ReduceMean", ["image"], ["grey"], axes=[1, 2, 3], keepdims=0),
                helper.make_node("Sub", ["grey", "least"], ["above"]),
                helper.make_node("Sqrt", ["above"], ["root"]),
                helper.make_node("Unsqueeze", ["root", "axis"], ["column"]),
                helper.make_node("Add", ["plain", "column"], ["logits"]),
            ]
        )
        model.graph.initializer.append(numpy_helper.from_array(np.int64([1]), "axis"))
        path = tiny_model.with_name("nan.onnx")
        onnx.save(model, path)
        path.with_suffix(".json").write_text(tiny_model.with_suffix(".json").read_text())
        return path

    return make


def darkest(study):
    """Ids of the readable pictures by their mean pixel in -1..1, the darkest first."""
    ids = study.table.loc[study.table["unreadable"] == "", "image_id"]
    means = {image_id: float(study.model_view(image_id).view.mean()) / 127.5 - 1 for image_id in ids}
    return sorted(means.items(), key=lambda item: item[1])


def test_a_picture_for_which_the_model_gives_nan_is_listed_and_the_others_are_not_affected(
    tiny_study, tiny_food101, nan_model, tmp_path, caplog
):
    (first, lowest), (_, second), *_ = darkest(tiny_study)
    model = nan_model((lowest + second) / 2)
    made = create_study("nan", tmp_path / "studies", data=tiny_food101, model=model)
    assert made.row(first)["unreadable"] == NOT_FINITE
    assert made.row(first)["guess"] == ""
    assert made.summary().unreadable == tiny_study.summary().unreadable + 1
    others = made.table["image_id"] != first
    assert list(made.table["guess"][others]) == list(tiny_study.table["guess"][others])
    caplog.set_level("INFO")
    create_study("nan", tmp_path / "studies", data=tiny_food101, model=model)
    assert "The study nan is complete. Nothing is computed." in caplog.text


def test_a_model_that_gives_nan_for_every_picture_is_refused(tiny_food101, nan_model, tmp_path):
    with pytest.raises(OutputsNotFinite, match="not finite"):
        create_study("nan", tmp_path / "studies", data=tiny_food101, model=nan_model(5.0))
