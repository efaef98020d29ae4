"""Alternatives are the likely other preprocessings, each different in one respect and none given twice."""

from dataclasses import replace

from xai_core.doctor.alternatives import alternatives
from xai_core.model.spec import IMAGENET_MEAN, IMAGENET_STD, ModelSpec

SPEC = ModelSpec(
    labels=("a", "b"),
    input_size=(224, 224),
    short_side=256,
    interpolation="bilinear",
    mean=IMAGENET_MEAN,
    std=IMAGENET_STD,
)


def words(spec, fault, **given):
    return [other.words for other in alternatives(spec, **given) if other.fault == fault]


def test_alternatives_differ_in_one_respect_and_never_repeat_the_given_rule():
    others = alternatives(SPEC)
    assert all(other.spec == replace(SPEC, **other.settings) != SPEC for other in others)
    assert len({other.spec for other in others}) == len(others)
    assert {other.fault for other in others} == {"channels", "value range", "normalisation", "resize", "interpolation"}


def test_one_rule_under_two_names_is_one_alternative():
    # A range of -1 to 1 without mean is the same as 0.5 and 0.5.
    spec = replace(SPEC, value_range=(-1.0, 1.0), mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    assert "values from -1 to 1" not in words(spec, "normalisation")


def test_a_crop_that_is_only_rounded_otherwise_is_no_alternative():
    assert words(replace(SPEC, input_size=(240, 240), short_side=255), "resize") == [
        "the short side resized to 274 pixels and the centre cut out",
        "the short side resized to 240 pixels and the centre cut out",
        "the photograph stretched to the input",
    ]


def test_smooth_filters_are_not_told_apart():
    assert words(SPEC, "interpolation") == ["nearest interpolation"]
    assert words(replace(SPEC, interpolation="bicubic"), "interpolation") == ["nearest interpolation"]
    assert words(replace(SPEC, interpolation="nearest"), "interpolation") == ["bilinear interpolation"]


def test_inputs_of_another_scale_are_one_group_with_imagenets_first():
    spec = replace(SPEC, value_range=(0.0, 255.0), mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    grouped = [other.words for other in alternatives(spec) if other.group == "value range"]
    assert grouped == ["ImageNet's mean and standard deviation", "values from 0 to 1", "values from -1 to 1"]


def test_other_sizes_scale_the_photograph_too():
    sizes = [other.spec for other in alternatives(SPEC, other_sizes=True) if other.fault == "size"]
    assert [(spec.input_size, spec.short_side) for spec in sizes] == [((160, 160), 183), ((288, 288), 329)]


def test_the_usual_size_is_always_among_the_other_sizes():
    spec = replace(SPEC, input_size=(128, 128), short_side=None)
    sizes = [other.spec.input_size[0] for other in alternatives(spec, other_sizes=True) if other.fault == "size"]
    assert sizes == [96, 160, 224]
