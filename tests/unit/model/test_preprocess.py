"""The preprocessing of a photograph is exactly that of torchvision."""

import dataclasses

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision.models import EfficientNet_B1_Weights, get_model_weights

from xai_core.model.preprocess import normalise, source_box, view
from xai_core.model.spec import ARCHITECTURES, ModelSpec, default_spec

TORCHVISION = EfficientNet_B1_Weights.DEFAULT.transforms()
SPEC = default_spec(["only"])
STRETCH = dataclasses.replace(SPEC, short_side=None, input_size=(20, 30), value_range=(0.0, 255.0))


def photo(width, height):
    noise = np.random.default_rng(width * 1000 + height).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(noise)


@settings(max_examples=25, deadline=None)
@given(width=st.integers(1, 700), height=st.integers(1, 700))
@example(width=512, height=384)
@example(width=384, height=512)
@example(width=512, height=512)
@example(width=255, height=255)
@example(width=255, height=256)
@example(width=240, height=240)
@example(width=1, height=1)
@example(width=7, height=3)
def test_the_default_is_exactly_torchvisions_preset_for_efficientnet_b1(width, height):
    # A thin picture becomes a very long one on its way to the crop; torchvision would need gigabytes for it.
    width, height = min(width, 20 * height), min(height, 20 * width)
    ours = normalise(view(photo(width, height), SPEC), SPEC)
    theirs = TORCHVISION(photo(width, height)).permute(1, 2, 0).numpy()
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_has_the_preprocessing_of_its_default_weights(architecture):
    preset = get_model_weights(architecture).DEFAULT.transforms()
    spec = default_spec(["only"], architecture)
    found = (spec.short_side, *spec.input_size, spec.interpolation, *spec.mean, *spec.std)
    (side,), (short_side,) = preset.crop_size, preset.resize_size
    assert found == (short_side, side, side, preset.interpolation.value, *preset.mean, *preset.std)


def test_a_stretched_picture_keeps_its_corners():
    picture = np.zeros((40, 90, 3), np.uint8)
    picture[:10, :20] = 200
    seen = view(Image.fromarray(picture), STRETCH)
    assert seen.shape == (20, 30, 3)
    assert (seen[0, 0].tolist(), seen[-1, -1].tolist()) == ([200] * 3, [0] * 3)


def test_a_range_up_to_255_leaves_values_unchanged_before_mean_and_std():
    spec = ModelSpec(
        labels=("only",),
        input_size=(1, 1),
        short_side=None,
        interpolation="bilinear",
        value_range=(0.0, 255.0),
        mean=(0.0, 10.0, 0.0),
        std=(1.0, 1.0, 2.0),
    )
    given_value = np.array([[[200, 200, 200]]], np.uint8)
    np.testing.assert_array_equal(normalise(given_value, spec), np.array([[[200, 190, 100]]], np.float32))


def test_several_pictures_are_normalised_like_each_alone():
    several = np.stack([view(photo(50, 40), SPEC), view(photo(40, 50), SPEC)])
    np.testing.assert_array_equal(normalise(several, SPEC), np.stack([normalise(one, SPEC) for one in several]))


@pytest.mark.parametrize("size", [(300, 200), (200, 300), (1000, 240), (240, 240)])
@pytest.mark.parametrize("short_side", [None, 255])
def test_a_part_of_the_view_comes_from_the_same_part_of_the_photograph(size, short_side):
    spec = dataclasses.replace(SPEC, short_side=short_side)
    width, height = size
    ramp = np.zeros((height, width, 3), np.uint8)
    ramp[..., 0], ramp[..., 1] = np.linspace(0, 255, width), np.linspace(0, 255, height)[:, None]
    seen = view(Image.fromarray(ramp), spec)[30:110, 60:140]
    part = Image.fromarray(ramp).resize((80, 80), box=source_box(size, (60, 30, 140, 110), spec))
    np.testing.assert_allclose(np.asarray(part), seen, atol=3)
