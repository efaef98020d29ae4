import json

import pytest

from tests.unit.runtimes.sources.onnx_graph.graphs import model
from xai_core.errors import ModelRefused
from xai_core.runtimes.sources.onnx_graph.metadata import parse_labels, parse_value, read_metadata

NAMES = ("baby_back_ribs", "chef's salad", 'the "roll"')


def read(**properties):
    return read_metadata(model(**properties), "a.onnx")


def test_an_ultralytics_export_tells_labels_size_and_preprocessing():
    found = read(
        author="Ultralytics",
        task="classify",
        imgsz="[224, 192]",
        names=str(dict(enumerate(NAMES))),
        stride="1",
        args="{}",
    )
    assert (found.labels, found.input_size, found.resize, found.interpolation) == (
        NAMES,
        (224, 192),
        "short_side",
        "bilinear",
    )
    assert (found.mean, found.std, found.value_range) == ((0, 0, 0), (1, 1, 1), (0, 1))
    assert (found.sources["labels"], found.sources["mean"]) == ("names", "author: Ultralytics")


def test_a_detector_is_refused():
    with pytest.raises(ModelRefused, match="'detect'; expected 'classify'"):
        read(author="Ultralytics", task="detect", names="{0: 'a', 1: 'b'}")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("labels", json.dumps(NAMES)),
        ("Classes", "\n".join(NAMES)),
        ("class_names", ", ".join(NAMES)),
        ("names", str(list(NAMES))),
        ("id2label", json.dumps(dict(enumerate(NAMES)))),
        ("class_to_idx", json.dumps({name: number for number, name in enumerate(NAMES)})),
        ("config", json.dumps({"id2label": dict(enumerate(NAMES)), "model_type": "vit"})),
        ("pretrained_cfg", json.dumps({"label_names": NAMES})),
    ],
)
def test_labels_are_read_in_all_forms(key, text):
    found = read(**{key: text})
    assert found.labels == NAMES
    assert found.sources["labels"].startswith(key)


def test_lists_of_imagenet_keep_their_commas():
    assert parse_labels("tench, Tinca tinca\ngoldfish, Carassius auratus\n") == (
        "tench, Tinca tinca",
        "goldfish, Carassius auratus",
    )


@pytest.mark.parametrize(
    "value", [[], [1, 2], {"0": "a", "2": "b"}, {"a": 1, "b": 2}, "one", {"x": {}}, None, ["a", " "]]
)
def test_what_names_no_outputs_is_no_list_of_labels(value):
    assert parse_labels(value) is None


def test_two_different_lists_are_refused_and_equal_ones_are_not():
    assert read(labels='["a", "b"]', names="{0: 'a', 1: 'b'}").labels == ("a", "b")
    with pytest.raises(ModelRefused, match="different labels in 'names' and 'labels'"):
        read(labels='["a", "b"]', names="{0: 'b', 1: 'a'}")


def test_timm_and_hugging_face_settings_are_read():
    found = read(
        pretrained_cfg=json.dumps(
            {
                "input_size": [3, 288, 256],
                "mean": [0.5, 0.5, 0.5],
                "std": [0.5] * 3,
                "crop_pct": 0.9,
                "interpolation": "bicubic",
            }
        )
    )
    assert (found.input_size, found.mean, found.std) == ((288, 256), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    assert (found.crop_pct, found.interpolation) == (0.9, "bicubic")
    found = read(
        preprocessor_config=json.dumps({"size": {"height": 224, "width": 224}, "image_mean": [1, 2, 3], "resample": 3})
    )
    assert (found.input_size, found.mean, found.interpolation) == ((224, 224), (1, 2, 3), "bicubic")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("224", (224, 224)),
        ("[1, 3, 64, 48]", (64, 48)),
        ("[64, 48, 3]", (64, 48)),
        ("(64, 48)", (64, 48)),
        ("big", None),
        ("-1", None),
    ],
)
def test_sizes_are_read_in_all_forms(text, size):
    assert read(input_size=text).input_size == size


def test_the_properties_of_the_onnx_standard_are_read():
    found = read(**{"Image.BitmapPixelFormat": "Bgr8", "Image.NominalPixelRange": "NominalRange_0_255"})
    assert (found.channels, found.value_range) == ("bgr", (0, 255))


def test_a_file_without_metadata_tells_nothing():
    assert read() == read(producer="somebody", note="[1, 2") == type(read())(sources={})


@pytest.mark.parametrize("text", ["__import__('os').getcwd()", "[" * 100_000, "(" * 300 + ")" * 300, "1 +", "\x00"])
def test_properties_are_never_executed(text):
    assert parse_value(text) == text or parse_value(text) == ()
