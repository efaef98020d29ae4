"""A study stores which files its model has, how they were read, and the options that read them so."""

import json

import numpy as np
import onnx
import pytest
from onnx import helper

from tests.conftest import colour_model, colour_spec
from xai_core.errors import StudyRefused
from xai_core.model.spec_parts import Preprocessing
from xai_core.study.build import create_study
from xai_core.study.manifest import read_manifest
from xai_core.study.study import open_study


@pytest.fixture
def create(tmp_path, tiny_food101):
    """Return a function that makes a study of a graph, and returns its folder of studies."""

    def create(made, *, beside=True, external=False, **given):
        path = tmp_path / "model.onnx"
        if external:
            onnx.save_model(made, path, save_as_external_data=True, location="model.onnx.data", size_threshold=0)
        else:
            onnx.save(made, path)
        if beside:
            path.with_suffix(".json").write_text(json.dumps(colour_spec()), "utf-8")
        create_study("one", tmp_path / "studies", data=tiny_food101, model=path, **given)
        return tmp_path / "studies"

    return create


def with_softmax_behind_identity():
    made = colour_model()
    logits = made.graph.node[-1].output[0]
    made.graph.node[-1].output[0] = "raw"
    made.graph.node.append(helper.make_node("Softmax", ["raw"], ["chances"], axis=1))
    made.graph.node.append(helper.make_node("Identity", ["chances"], [logits]))
    return made


def test_every_file_is_watched(create, tmp_path):
    studies = create(colour_model(), external=True)
    assert [file.path.name for file in open_study("one", studies).record.files] == ["model.onnx", "model.onnx.data"]
    data = tmp_path / "model.onnx.data"
    content = data.read_bytes()
    data.write_bytes(content[::-1])
    with pytest.raises(StudyRefused, match=r"model\.onnx\.data has changed"):
        open_study("one", studies)
    data.write_bytes(content)
    assert open_study("one", studies).open_runtime().model_id == open_study("one", studies).model_id
    data.unlink()
    with pytest.raises(StudyRefused, match=r"model\.onnx\.data cannot be read"):
        open_study("one", studies)


def test_what_was_found_and_assumed_is_stored(create, tmp_path):
    study = open_study("one", create(with_softmax_behind_identity()))
    assert study.record.reading == "values of raw"
    assert "ends in a softmax" in study.record.notes[0]
    assert study.record.source == "ONNX graph"
    assert study.record.origins["labels"] == "the spec model.json"
    assert np.nanmax(study.logits) > 1
    assert study.open_runtime().model_id == study.model_id


def test_a_study_of_an_earlier_version_is_read_and_says_that_the_model_is_read_otherwise(create):
    studies = create(with_softmax_behind_identity())
    manifest = studies / "one" / "study.toml"
    lines = manifest.read_text("utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(("reading", "source", "notes", '    "', "]"))]
    manifest.write_text("\n".join(kept).replace(open_study("one", studies).model_id, "0" * 24), "utf-8")
    study = open_study("one", studies)
    with pytest.raises(StudyRefused, match="is read otherwise than when the study one was created") as refused:
        study.open_runtime()
    assert "Create the study again" in refused.value.hint


def test_options_are_stored_and_repeated_by_the_command_that_rebuilds(create, tmp_path):
    parts = Preprocessing(value_range=(0.0, 1.0), resize="stretch", mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    labels = tuple(colour_spec()["labels"])
    made = colour_model()
    studies = create(made, beside=False, labels=labels, preprocessing=parts, output=made.graph.output[0].name)
    options = read_manifest(studies / "one").options
    assert options == {
        "output": made.graph.output[0].name,
        "resize": "stretch",
        "range": "0..1",
        "mean": "0.5,0.5,0.5",
        "std": "0.5,0.5,0.5",
    }
    onnx.save(with_softmax_behind_identity(), tmp_path / "model.onnx")
    with pytest.raises(StudyRefused) as refused:
        open_study("one", studies)
    assert "--resize stretch --range 0..1 --mean 0.5,0.5,0.5" in refused.value.hint


def test_values_of_inputs_are_stored_and_used_again(create, tmp_path):
    made = colour_model()
    made.graph.node.insert(0, helper.make_node("Sub", ["pixels", "mean"], [made.graph.input[0].name]))
    made.graph.input[0].name = "pixels"
    made.graph.input.append(helper.make_tensor_value_info("mean", onnx.TensorProto.FLOAT, [1, 3, 1, 1]))
    study = open_study("one", create(made, values={"mean": (0.25, 0.5, 0.75)}))
    assert study.options["input"] == "mean=0.25,0.5,0.75"
    assert "as given" in study.record.notes[0]
    assert study.open_runtime().model_id == study.model_id
    (tmp_path / "model.onnx").write_bytes((tmp_path / "model.onnx").read_bytes() + b"\x32\x00")
    with pytest.raises(StudyRefused) as refused:
        open_study("one", tmp_path / "studies")
    assert "--input mean=0.25,0.5,0.75" in refused.value.hint


def test_an_explanation_is_held_against_the_prediction(tiny_study):
    study = tiny_study
    image_id = "pork_chop/5"
    row = study.table.index[study.table["image_id"] == image_id][0]

    class Answer:
        labels, runtime = study.labels, "torch cpu"
        full = study.logits[row].astype(np.float32)

    assert study.disagreement(image_id, Answer) == ""
    Answer.full = Answer.full[::-1]
    assert "answers otherwise" in study.disagreement(image_id, Answer)
