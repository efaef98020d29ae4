"""A spec is read completely, or refused with the key, the value found and the value expected."""

import dataclasses
import json

import pytest

from xai_core.errors import ModelRefused
from xai_core.model.spec import ModelSpec, default_spec, model_id

GOOD = {
    "labels": ["pizza", "ramen"],
    "input_size": [224, 200],
    "resize": {"short_side": 256},
    "interpolation": "bicubic",
    "value_range": [0, 255],
    "mean": [0, 1, 2],
    "std": [1, 1, 1],
}


def test_a_spec_is_the_same_after_a_round_trip_through_json():
    spec = ModelSpec.from_json(GOOD, "here")
    assert spec.input_size == (224, 200)
    assert (spec.short_side, spec.interpolation, spec.value_range) == (256, "bicubic", (0.0, 255.0))
    assert ModelSpec.from_json(json.dumps(spec.to_json()), "there") == spec


def test_stretching_architecture_and_training_record_are_too():
    spec = dataclasses.replace(default_spec(["pizza"]), short_side=None, training={"epochs": 3})
    assert spec.to_json()["resize"] == "stretch"
    assert ModelSpec.from_json(spec.to_json(), "here") == spec


@pytest.mark.parametrize(
    ("key", "found", "message"),
    [
        ("labels", [], "here holds no labels"),
        ("labels", "pizza", "labels in here are 'pizza'; expected a list"),
        ("labels", ["pizza", 3], "hold 3; expected a class name"),
        ("labels", ["pizza", "pizza"], "hold 'pizza' twice"),
        ("input_size", [224], "'input_size' of the spec in here is [224]; expected two whole numbers"),
        ("input_size", [224, 0], "'input_size' of the spec in here is [224, 0]; expected two whole numbers"),
        ("input_size", "224", "'input_size' of the spec in here is '224'; expected two whole numbers"),
        ("resize", "crop", "'resize' of the spec in here is 'crop'; expected \"stretch\" or"),
        ("resize", {"short_side": 200}, "with at least the 224 pixels of the input"),
        ("interpolation", "nearest", "'interpolation' of the spec in here is 'nearest'; expected bilinear or bicubic"),
        ("value_range", [-1, 1], "'value_range' of the spec in here is [-1.0, 1.0]; expected [0, 1] or [0, 255]"),
        ("mean", [0, 0], "'mean' of the spec in here is [0, 0]; expected three numbers"),
        ("std", [1, 0, 1], "'std' of the spec in here is [1, 0, 1]; expected three numbers above 0"),
        ("std", [1, float("nan"), 1], "expected three numbers above 0"),
        ("architecture", 7, "'architecture' of the spec in here is 7; expected a name"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(key, found, message):
    with pytest.raises(ModelRefused) as refusal:
        ModelSpec.from_json(GOOD | {key: found}, "here")
    assert message in str(refusal.value)


@pytest.mark.parametrize("key", GOOD)
def test_a_missing_key_is_named(key):
    with pytest.raises(ModelRefused, match=f"The spec in here has no '{key}'; expected "):
        ModelSpec.from_json({name: value for name, value in GOOD.items() if name != key}, "here")


@pytest.mark.parametrize(("text", "message"), [("{", "is not JSON"), ("[1]", r"is \[1\]; expected an object")])
def test_text_that_is_no_json_object_is_refused(text, message):
    with pytest.raises(ModelRefused, match=message):
        ModelSpec.from_json(text, "here")


def test_an_unknown_architecture_is_refused_with_the_known_ones():
    with pytest.raises(ModelRefused, match="'vgg16' is not known") as refusal:
        default_spec(["pizza"], "vgg16")
    assert "resnet18" in refusal.value.hint


def test_the_model_id_changes_with_the_file_and_with_the_spec(tmp_path):
    file = tmp_path / "model"
    file.write_bytes(b"weights")
    spec = default_spec(["pizza"])
    first = model_id(file, spec)
    assert len(first) == 24
    assert model_id(file, default_spec(["pizza"])) == first
    assert model_id(file, default_spec(["ramen"])) != first
    file.write_bytes(b"other weights")
    assert model_id(file, spec) != first
