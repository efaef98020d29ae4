"""Contract of every method other than the engines, as far as its theory goes."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pytest
import torch
from torch import nn

from xai_core import render
from xai_core.errors import ModelRefused, NameUnknown, SettingRefused
from xai_core.explain.target import Target
from xai_core.model.preprocess import normalise
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.gradients import GradientNetwork
from xai_core.runtimes.torch_runtime import TorchRuntime
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.trust.attribution import attribution_plan, compute_attribution
from xai_core.trust.methods import METHODS, scale_to_limit

LABELS = ("pork_chop", "ravioli", "pizza")
SIDE = 32
SPEC = ModelSpec(
    labels=LABELS,
    input_size=(SIDE, SIDE),
    short_side=None,
    interpolation="bilinear",
    mean=(0.0, 0.0, 0.0),
    std=(1.0, 1.0, 1.0),
)
BUDGETED = [name for name, method in METHODS.items() if method.budgeted]
SEEDED = ["lime", "kernelshap", "random"]

methods = pytest.mark.parametrize("name", METHODS)
budgeted = pytest.mark.parametrize("name", BUDGETED)


class WeightedSum(nn.Module):
    """Network that is linear in the pixels.

    It has weights by location, and a convolution for methods that need one. The weights of the lower half of the
    picture are zero.
    """

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 2, 1, bias=False))
        y, x = torch.meshgrid(torch.linspace(-1, 1, SIDE), torch.linspace(-1, 1, SIDE), indexing="ij")
        self.weights = nn.Parameter(torch.exp(-8 * ((x - 0.3) ** 2 + (y + 0.5) ** 2)) * (y < 0), requires_grad=False)
        self.classifier = nn.Linear(2, len(LABELS), bias=False)
        with torch.no_grad():
            self.features[0].weight.copy_(torch.tensor([[1.0, 1, 1], [1, 0, 0]])[:, :, None, None] / 3)
            self.classifier.weight.copy_(torch.tensor([[1.0, 0], [-1, 0], [0, 0.5]]))

    def forward(self, pictures):
        return self.classifier((self.features(pictures * self.weights)).sum(dim=(2, 3)))


class CountingRuntime(TorchRuntime):
    evaluations = 0

    def logits(self, inputs):
        self.evaluations += len(inputs)
        return super().logits(inputs)


@dataclass(frozen=True)
class MaskedPicture:
    """Bright tiles of many shades with the linear model. Hidden pixels are black."""

    settings: ExplainSettings = replace(ExplainSettings(), mask="colour", colour=(0, 0, 0), steer_top=1)  # noqa: RUF009

    @cached_property
    def network(self):
        return WeightedSum().eval().requires_grad_(requires_grad=False)

    @cached_property
    def runtime(self):
        return CountingRuntime(self.network, SPEC, "weighing", "cpu")

    @cached_property
    def view(self):
        tiles = np.random.default_rng(1).integers(120, 256, (8, 8, 3), np.uint8)
        return tiles.repeat(SIDE // 8, axis=0).repeat(SIDE // 8, axis=1)

    @cached_property
    def gradients(self):
        return GradientNetwork(self.network, SPEC)

    def true_map(self, label):
        """Return what each pixel adds to the logit, (H, W)."""
        mean = normalise(self.view, SPEC).mean(axis=-1)
        red = normalise(self.view, SPEC)[..., 0] / 3
        of_label = {"pork_chop": mean, "ravioli": -mean, "pizza": red / 2}[label]
        return of_label * self.network.weights.numpy()


@pytest.fixture
def picture():
    return MaskedPicture()


def attribution(name, picture, labels=LABELS, *, evaluations=200, seed=0):
    return compute_attribution(name, picture, labels, evaluations=evaluations, seed=seed, network=picture.gradients)


@methods
@pytest.mark.parametrize("labels", [("ravioli",), ("pizza", "pork_chop")])
def test_there_is_a_map_of_the_picture_s_size_for_each_label(name, picture, labels):
    found = attribution(name, picture, labels)
    assert (found.method, found.labels) == (name, labels)
    assert (found.maps.shape, found.maps.dtype) == ((len(labels), SIDE, SIDE), np.float32)
    assert (found.region_of.shape, found.region_of.dtype) == ((SIDE, SIDE), np.int32)
    assert np.isfinite(found.maps).all()


@methods
def test_pixels_of_a_region_share_a_value(name, picture):
    found = attribution(name, picture)
    shap_map = found.map("pork_chop").ravel()
    firsts = np.unique(found.region_of, return_index=True)[1]
    np.testing.assert_array_equal(shap_map, shap_map[firsts][found.region_of.ravel()])


@methods
def test_maps_are_reproducible_bit_for_bit(name, picture):
    np.testing.assert_array_equal(attribution(name, picture).maps, attribution(name, MaskedPicture()).maps)


@pytest.mark.parametrize("name", SEEDED)
def test_another_seed_gives_another_draw(name, picture):
    assert (attribution(name, picture, seed=1).maps != attribution(name, picture, seed=2).maps).any()


@pytest.mark.parametrize("name", [name for name in METHODS if name not in SEEDED])
def test_a_method_without_random_numbers_ignores_the_seed(name, picture):
    np.testing.assert_array_equal(attribution(name, picture, seed=1).maps, attribution(name, picture, seed=2).maps)


@methods
def test_the_map_of_a_label_does_not_depend_on_other_labels(name, picture):
    alone = attribution(name, picture, ("pizza",)).map("pizza")
    np.testing.assert_array_equal(alone, attribution(name, picture).map("pizza"))


@budgeted
@pytest.mark.parametrize("evaluations", [2, 10, 37, 200])
def test_evaluations_are_counted_and_stay_within_the_budget(name, picture, evaluations):
    reports = []
    found = compute_attribution(
        name, picture, LABELS, evaluations=evaluations, progress=lambda *report: reports.append(report)
    )
    assert found.evaluations == picture.runtime.evaluations <= evaluations
    assert reports[-1] == (found.evaluations, found.evaluations)


def test_methods_without_a_budget_do_not_run_the_model_on_masked_pictures(picture):
    assert attribution("gradcam", picture).evaluations == len(LABELS)
    assert attribution("random", picture).evaluations == 0
    assert picture.runtime.evaluations == 0


@pytest.mark.parametrize("name", [name for name in METHODS if name != "random"])
def test_parts_that_the_model_ignores_have_values_near_zero(name, picture):
    shap_map = np.abs(attribution(name, picture, evaluations=600).map("pork_chop"))
    # Patches and windows may reach over the border by a few rows; regressions leave a little noise.
    assert shap_map[SIDE // 2 + 8 :].mean() < 0.1 * shap_map[: SIDE // 2].mean()


@pytest.mark.parametrize(("name", "alike"), [("lime", 0.8), ("kernelshap", 0.8), ("occlusion", 0.85)])
def test_a_linear_model_is_recovered_as_far_as_regions_allow(name, alike, picture):
    found = attribution(name, picture, evaluations=600)
    for label in LABELS:
        true = picture.true_map(label)
        regions = np.bincount(found.region_of.ravel(), true.ravel()) / np.bincount(found.region_of.ravel())
        assert np.corrcoef(found.map(label).ravel(), regions[found.region_of].ravel())[0, 1] > alike
        # On the same scale as the engines' maps: a pixel's value is its part of the logit.
        assert found.map(label).sum() == pytest.approx(true.sum(), rel=0.2)


def test_more_evaluations_give_occlusion_closer_windows_of_the_same_size(picture):
    plans = [attribution_plan("occlusion", picture, LABELS, evaluations=evaluations) for evaluations in (82, 300, 600)]
    assert [plan.evaluations for plan in plans] == [82, 290, 577]
    for plan in plans:
        hidden = [1 - plan.coalition(number).mean() for number in range(plan.evaluations)]
        assert hidden[0] == 0
        np.testing.assert_allclose(hidden[1:], 0.2**2, rtol=0.25)


@methods
def test_a_map_without_unit_says_so_and_is_scaled_to_those_in_logits(name, picture):
    # A random order is no map at all.
    assert METHODS[name].in_logits == ("no unit" not in METHODS[name].meaning) or name == "random"
    shap_map = attribution(name, picture).map("pork_chop")
    np.testing.assert_allclose(render.shared_limit(scale_to_limit(0.25, shap_map)), 0.25, rtol=1e-5)
    np.testing.assert_allclose(scale_to_limit(0.25, shap_map), scale_to_limit(0.25, 1000 * shap_map), rtol=1e-5)


def test_scaling_leaves_zeros_alone_and_keeps_a_single_pixel_finite():
    lonely = np.zeros((100, 100), np.float32)
    np.testing.assert_array_equal(scale_to_limit(1.0, lonely), lonely)
    lonely[3, 4] = -2
    assert scale_to_limit(1.0, lonely)[3, 4] == pytest.approx(-1000)


def test_grad_cam_recovers_a_model_that_is_linear_in_its_last_stage(picture):
    found = attribution("gradcam", picture).map("pork_chop")
    assert np.corrcoef(found.ravel(), picture.true_map("pork_chop").ravel())[0, 1] > 0.99


@methods
def test_additive_values_sum_to_the_logit(name, picture):
    if not METHODS[name].additive:
        assert "do not sum" in METHODS[name].meaning or name == "random"
        return
    found = attribution(name, picture)
    pictures = normalise(np.stack([picture.view, np.zeros_like(picture.view)]), SPEC)
    full, base = picture.runtime.logits(pictures)
    for index, label in enumerate(LABELS):
        assert found.map(label).sum() == pytest.approx(full[index] - base[index], rel=1e-3)


@pytest.mark.parametrize("name", [name for name in METHODS if name != "random"])
def test_a_contrast_is_the_difference_of_two_maps_and_exact(name, picture):
    # The maps of pork chop and ravioli are opposites, so their contrast is twice the map of pork chop.
    found = attribution(name, picture)
    np.testing.assert_allclose(
        Target("pork_chop", "ravioli").map_of(found), 2 * found.map("pork_chop"), atol=2e-4 * np.abs(found.maps).max()
    )


@budgeted
def test_hidden_regions_are_filled_as_the_settings_say(name, picture):
    black = attribution(name, picture)
    grey = attribution(name, replace(picture, settings=replace(picture.settings, colour=(128, 128, 128))))
    assert np.abs(grey.map("pork_chop")).sum() < 0.6 * np.abs(black.map("pork_chop")).sum()


@budgeted
@pytest.mark.parametrize("evaluations", [-1, 0, 1])
def test_too_few_evaluations_are_refused(name, picture, evaluations):
    with pytest.raises(SettingRefused, match=f"evaluations is {evaluations}; expected at least 2"):
        compute_attribution(name, picture, LABELS, evaluations=evaluations)


def test_without_a_network_grad_cam_is_refused_with_the_reason(picture):
    with pytest.raises(ModelRefused, match="Grad-CAM needs the model's gradients, and torch cpu gives none"):
        compute_attribution("gradcam", picture, LABELS)


def test_an_unknown_method_is_refused_and_the_known_ones_are_named(picture):
    with pytest.raises(NameUnknown, match="no method 'limes'") as refused:
        compute_attribution("limes", picture, LABELS)
    assert "lime, kernelshap, occlusion, gradcam, random" in refused.value.hint


@methods
def test_an_unknown_label_is_refused(name, picture):
    if name == "random":
        return
    with pytest.raises(NameUnknown, match="no class 'raviolo'"):
        attribution(name, picture, ("raviolo",))
