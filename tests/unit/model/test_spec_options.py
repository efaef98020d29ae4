"""Parts of a preprocessing are read from short texts, written as such, and laid over a spec."""

import pytest

from xai_core.errors import ModelRefused, SettingRefused
from xai_core.model.spec import ModelSpec
from xai_core.model.spec_options import read_options, write_options
from xai_core.model.spec_parts import Layer, Preprocessing, apply_options, build_spec, merge_layers

SPEC = ModelSpec(labels=("a",), input_size=(224, 224), short_side=256, interpolation="bilinear")


@pytest.mark.parametrize(
    ("texts", "parts"),
    [
        ({"size": "224"}, {"input_size": (224, 224)}),
        ({"size": "224x192"}, {"input_size": (224, 192)}),
        ({"resize": "stretch"}, {"resize": "stretch"}),
        ({"resize": "short:256"}, {"resize": 256}),
        ({"resize": "crop_pct:0.9"}, {"resize": 0.9}),
        ({"range": "-1..1"}, {"value_range": (-1.0, 1.0)}),
        ({"mean": "0.5"}, {"mean": (0.5, 0.5, 0.5)}),
        ({"mean": "103.9, 116.8, 123.7", "std": "1,1,1"}, {"mean": (103.9, 116.8, 123.7), "std": (1.0, 1.0, 1.0)}),
        ({"channels": "BGR", "interpolation": "bicubic"}, {"channels": "bgr", "interpolation": "bicubic"}),
        ({"size": None}, {}),
    ],
)
def test_texts_name_parts_and_come_back(texts, parts):
    found = read_options(texts)
    assert found.parts == parts
    assert read_options(write_options(found)) == found


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("size", "big", "size is 'big'; expected pixels of a square"),
        ("size", "0", "size is '0'"),
        ("resize", "crop", "resize is 'crop'; expected stretch, short:PIXELS"),
        ("resize", "crop_pct:1.5", "resize is 'crop_pct:1.5'"),
        ("range", "0-255", "range is '0-255'; expected one of 0..1, 0..255, -1..1"),
        ("mean", "1,2", "mean is '1,2'; expected three numbers"),
        ("std", "0,1,1", "all above 0"),
        ("channels", "grb", "expected one of rgb, bgr"),
        ("interpolation", "cubic", "expected one of nearest, box, bilinear"),
    ],
)
def test_a_wrong_text_is_refused_with_what_was_expected(name, text, sentence):
    with pytest.raises(SettingRefused) as refused:
        read_options({name: text})
    assert sentence in str(refused.value)


def test_options_go_before_the_spec():
    changed = apply_options(SPEC, Preprocessing(channels="bgr", resize="stretch"))
    assert (changed.channels, changed.short_side, changed.input_size) == ("bgr", None, (224, 224))
    assert apply_options(SPEC, Preprocessing()) is SPEC


def test_a_new_size_keeps_the_share_of_the_crop():
    assert apply_options(SPEC, Preprocessing(input_size=(112, 112))).short_side == 128
    assert apply_options(SPEC, Preprocessing(input_size=(112, 112), resize=0.7)).short_side == 160


def test_options_that_contradict_the_spec_are_refused():
    with pytest.raises(ModelRefused, match="contradicts itself"):
        apply_options(SPEC, Preprocessing(value_range=(0.0, 255.0)))


def test_each_part_is_taken_from_the_first_layer_that_knows_it():
    merged = merge_layers(
        [
            Layer("given", Preprocessing(input_size=(112, 112), interpolation="bicubic")),
            Layer("the file", Preprocessing(input_size=(224, 224), resize=256, mean=(0.5,) * 3, std=(0.5,) * 3)),
            Layer("assumed", Preprocessing(value_range=(0.0, 1.0), interpolation="bilinear"), is_assumption=True),
        ]
    )
    assert (merged.missing, merged.assumed) == ((), ("value_range",))
    assert merged.origins["interpolation"] == "given"
    spec = build_spec(["a"], merged, "a.onnx")
    assert (spec.input_size, spec.short_side, spec.interpolation) == ((112, 112), 128, "bicubic")
