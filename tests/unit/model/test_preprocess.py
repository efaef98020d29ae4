"""The preprocessing of a photograph is exactly that of torchvision."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision.models import EfficientNet_B1_Weights, get_model_weights
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2.functional import resize as tensor_resize

from xai_core.model.preprocess import denormalise, normalise, source_box, view
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


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize("size", [(64, 48), (37, 91), (7, 5), (40, 40)])
def test_torchs_resizing_of_tensors_is_reproduced_to_the_bit(interpolation, size):
    mode = InterpolationMode("nearest-exact" if interpolation == "nearest" else interpolation)
    picture = photo(*size)
    tensor = torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1)
    spec = dataclasses.replace(SPEC, stretch=(45, 40), short_side=None, input_size=(30, 31))
    spec = dataclasses.replace(spec, interpolation=interpolation, resampler="torch", crop_rounding="down")
    resized = tensor_resize(tensor, [45, 40], interpolation=mode, antialias=True)
    np.testing.assert_array_equal(view(picture, spec), resized[:, 7:37, 4:35].permute(1, 2, 0).numpy())


def test_a_larger_input_is_padded_with_the_fill_colour():
    spec = dataclasses.replace(SPEC, short_side=None, long_side=8, input_size=(10, 10), fill=(1, 2, 3))
    seen = view(photo(16, 8), spec)
    assert seen[:3].reshape(-1, 3).tolist() == [[1, 2, 3]] * 30
    assert (seen[3:7, 1:9] != [1, 2, 3]).any(axis=2).all()
    assert seen[7:].reshape(-1, 3).tolist() == [[1, 2, 3]] * 30


def test_channels_in_the_order_of_opencv_are_turned_and_back():
    spec = dataclasses.replace(SPEC, channels="bgr", mean=(0.1, 0.2, 0.3), std=(1.0, 1.0, 1.0))
    given_value = np.array([[[255, 0, 51]]], np.uint8)
    np.testing.assert_allclose(normalise(given_value, spec), [[[0.1, -0.2, 0.7]]], atol=1e-6)
    np.testing.assert_array_equal(denormalise(normalise(given_value, spec), spec), given_value)


def test_sampling_without_antialiasing_takes_points():
    columns = np.zeros((4, 8, 3), np.uint8)
    columns[:, ::4] = 255
    spec = dataclasses.replace(SPEC, short_side=None, input_size=(4, 2), antialias=False)
    assert view(Image.fromarray(columns), spec).max() == 0
    assert view(Image.fromarray(columns), dataclasses.replace(spec, antialias=True)).min() > 30
