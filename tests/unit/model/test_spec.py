"""A spec is read completely, or refused with the key, the value found and the value expected."""

import dataclasses
import json

import pytest

from xai_core.errors import ModelRefused
from xai_core.model.spec import ModelSpec, default_spec, model_id
from xai_core.model.spec_checks import check_spec

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


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("channels", "bgr"),
        ("antialias", False),
        ("resampler", "torch"),
        ("crop_rounding", "down"),
        ("fill", [124, 116, 104]),
        ("interpolation", "lanczos"),
        ("value_range", [-1.0, 1.0]),
        ("resize", {"long_side": 100}),
        ("resize", {"stretch": [256, 250]}),
    ],
)
def test_every_key_survives_a_round_trip(key, value):
    found = ModelSpec.from_json(GOOD | {key: value}, "here").to_json()
    assert found[key] == value
    assert ModelSpec.from_json(found, "there").to_json() == found


def test_new_keys_at_their_defaults_are_left_out_so_that_the_ids_of_earlier_studies_hold():
    given = {**GOOD, "channels": "rgb", "antialias": True, "resampler": "pillow", "crop_rounding": "even"}
    assert list(ModelSpec.from_json(given, "here").to_json()) == list(GOOD)


def test_a_share_to_crop_becomes_a_short_side_rounded_down():
    assert ModelSpec.from_json(GOOD | {"resize": {"crop_pct": 0.875}}, "here").short_side == 256
    assert ModelSpec.from_json(GOOD | {"resize": {"crop_pct": 0.95}}, "here").short_side == 235


def test_a_short_side_below_the_input_needs_a_colour_for_the_rim():
    spec = ModelSpec.from_json(GOOD | {"resize": {"short_side": 200}, "fill": [0, 0, 0]}, "here")
    assert spec.to_json()["fill"] == [0, 0, 0]
    assert ModelSpec.from_json(spec.to_json(), "here") == spec


@pytest.mark.parametrize(
    ("value_range", "mean", "std", "fits"),
    [
        ([0, 1], [0.485, 0.456, 0.406], [0.229, 0.224, 0.225], True),
        ([0, 1], [0.5] * 3, [0.5] * 3, True),
        ([0, 1], [0] * 3, [1] * 3, True),
        ([0, 1], [0] * 3, [0.229, 0.224, 0.225], True),
        ([-1, 1], [0] * 3, [1] * 3, True),
        ([0, 255], [0] * 3, [1] * 3, True),
        ([0, 255], [0] * 3, [255] * 3, True),
        ([0, 255], [123.675, 116.28, 103.53], [58.395, 57.12, 57.375], True),
        ([0, 255], [103.939, 116.779, 123.68], [1] * 3, True),
        ([0, 255], [127.5] * 3, [127.5] * 3, True),
        ([0, 1], [123.675, 116.28, 103.53], [58.395, 57.12, 57.375], False),
        ([0, 1], [0] * 3, [255] * 3, False),
        ([-1, 1], [127.5] * 3, [127.5] * 3, False),
        ([0, 255], [0.485, 0.456, 0.406], [0.229, 0.224, 0.225], False),
        ([0, 255], [0.485, 0.456, 0.406], [1] * 3, False),
        ([0, 255], [0] * 3, [0.229, 0.224, 0.225], False),
        ([0, 255], [0.5] * 3, [0.5] * 3, False),
        ([-1, 1], [0.485, 0.456, 0.406], [0.229, 0.224, 0.225], False),
        ([-1, 1], [0.5] * 3, [0.5] * 3, False),
        ([0, 2], [0] * 3, [1] * 3, False),
    ],
)
def test_a_normalisation_that_contradicts_its_range_is_refused(value_range, mean, std, fits):
    spec = ModelSpec.from_json(GOOD | {"value_range": value_range, "mean": mean, "std": std}, "here")
    if fits:
        check_spec(spec, "here")
    else:
        with pytest.raises(ModelRefused, match="value_range"):
            check_spec(spec, "here")


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
        ("resize", {"short_side": 256, "long_side": 256}, "'resize' of the spec in here is"),
        ("resize", {"crop_pct": 1.5}, "'resize' of the spec in here is {'crop_pct': 1.5}; expected"),
        ("resize", {"stretch": [256]}, "'resize' of the spec in here is {'stretch': [256]}; expected"),
        ("interpolation", "cubic", "'interpolation' of the spec in here is 'cubic'; expected nearest, box, bilinear"),
        ("value_range", [1, 0], "'value_range' of the spec in here is [1.0, 0.0]; expected the values of black and"),
        ("channels", "BGRA", "'channels' of the spec in here is 'BGRA'; expected rgb or bgr"),
        ("resampler", "opencv", "'resampler' of the spec in here is 'opencv'; expected pillow or torch"),
        ("crop_rounding", "up", "'crop_rounding' of the spec in here is 'up'; expected even or down"),
        ("antialias", "no", "'antialias' of the spec in here is 'no'; expected true or false"),
        ("fill", [0, 0, 300], "'fill' of the spec in here is [0, 0, 300]; expected three whole numbers"),
        ("channel_order", "BGR", "The spec in here has the unknown key 'channel_order'."),
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
    with pytest.raises(ModelRefused, match="'vgg15' is not known") as refusal:
        default_spec(["pizza"], "vgg15")
    assert "resnet18" in refusal.value.hint


def test_the_model_id_changes_with_the_file_and_with_the_spec(tmp_path):
    file = tmp_path / "model"
    file.write_bytes(b"weights")
    spec = default_spec(["pizza"])
    first = model_id(file, spec)
    assert len(first) == 24
    assert model_id(file, default_spec(["pizza"])) == first
    assert model_id(file, default_spec(["ramen"])) != first
    assert model_id(file, spec, (), "") == first
    assert model_id(file, spec, reading="weights=ema") != first
    other = tmp_path / "part"
    other.write_bytes(b"more weights")
    both = model_id(file, spec, [other])
    other.write_bytes(b"MORE weights")
    assert len({first, both, model_id(file, spec, [other])}) == 3
    file.write_bytes(b"other weights")
    assert model_id(file, spec) != first
