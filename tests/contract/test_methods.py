"""What every method beside the engines promises, as far as its theory goes."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pytest
import torch
from torch import nn

from xai_core import render
from xai_core.errors import ModelRefused, NameUnknown, SettingRefused
from xai_core.model.preprocess import normalised
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.gradients import GradientNetwork
from xai_core.runtimes.torch_runtime import TorchRuntime
from xai_core.settings import ExplainSettings
from xai_core.trust.attribution import attributed, method_plan
from xai_core.trust.methods import METHODS, scaled_to
from xai_core.trust.plan import Stopped
from xai_core.trust.target import Target

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


class Weighing(nn.Module):
    """Adds up colours by place: linear in the pixels, with a convolution for those methods that look for one.

    The lower half of the picture counts for nothing.
    """

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 2, 1, bias=False))
        y, x = torch.meshgrid(torch.linspace(-1, 1, SIDE), torch.linspace(-1, 1, SIDE), indexing="ij")
        self.place = nn.Parameter(torch.exp(-8 * ((x - 0.3) ** 2 + (y + 0.5) ** 2)) * (y < 0), requires_grad=False)
        self.classifier = nn.Linear(2, len(LABELS), bias=False)
        with torch.no_grad():
            self.features[0].weight.copy_(torch.tensor([[1.0, 1, 1], [1, 0, 0]])[:, :, None, None] / 3)
            self.classifier.weight.copy_(torch.tensor([[1.0, 0], [-1, 0], [0, 0.5]]))

    def forward(self, pictures):
        return self.classifier((self.features(pictures * self.place)).sum(dim=(2, 3)))


class CountingRuntime(TorchRuntime):
    evaluations = 0

    def logits(self, inputs):
        self.evaluations += len(inputs)
        return super().logits(inputs)


@dataclass(frozen=True)
class Asked:
    """Bright tiles of many shades before the linear model; what is hidden is black."""

    settings: ExplainSettings = replace(ExplainSettings(), mask="colour", colour=(0, 0, 0), steer_top=1)  # noqa: RUF009

    @cached_property
    def network(self):
        return Weighing().eval().requires_grad_(requires_grad=False)

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
        """(H, W) what each pixel adds to the logit."""
        mean = normalised(self.view, SPEC).mean(axis=-1)
        red = normalised(self.view, SPEC)[..., 0] / 3
        of_label = {"pork_chop": mean, "ravioli": -mean, "pizza": red / 2}[label]
        return of_label * self.network.place.numpy()


@pytest.fixture
def asked():
    return Asked()


def attribution(name, asked, labels=LABELS, *, evaluations=200, seed=0):
    return attributed(name, asked, labels, evaluations=evaluations, seed=seed, network=asked.gradients)


@methods
@pytest.mark.parametrize("labels", [("ravioli",), ("pizza", "pork_chop")])
def test_there_is_a_map_of_the_picture_s_size_for_each_label(name, asked, labels):
    found = attribution(name, asked, labels)
    assert (found.method, found.labels) == (name, labels)
    assert (found.maps.shape, found.maps.dtype) == ((len(labels), SIDE, SIDE), np.float32)
    assert (found.region_of.shape, found.region_of.dtype) == ((SIDE, SIDE), np.int32)
    assert np.isfinite(found.maps).all()


@methods
def test_pixels_of_a_region_share_a_value(name, asked):
    found = attribution(name, asked)
    shap_map = found.map("pork_chop").ravel()
    firsts = np.unique(found.region_of, return_index=True)[1]
    np.testing.assert_array_equal(shap_map, shap_map[firsts][found.region_of.ravel()])


@methods
def test_the_same_question_twice_gives_the_same_bits(name, asked):
    np.testing.assert_array_equal(attribution(name, asked).maps, attribution(name, Asked()).maps)


@pytest.mark.parametrize("name", SEEDED)
def test_another_seed_gives_another_draw(name, asked):
    assert (attribution(name, asked, seed=1).maps != attribution(name, asked, seed=2).maps).any()


@pytest.mark.parametrize("name", [name for name in METHODS if name not in SEEDED])
def test_what_draws_nothing_heeds_no_seed(name, asked):
    np.testing.assert_array_equal(attribution(name, asked, seed=1).maps, attribution(name, asked, seed=2).maps)


@methods
def test_a_label_s_map_hangs_on_no_other_label(name, asked):
    alone = attribution(name, asked, ("pizza",)).map("pizza")
    np.testing.assert_array_equal(alone, attribution(name, asked).map("pizza"))


@budgeted
@pytest.mark.parametrize("evaluations", [2, 10, 37, 200])
def test_as_many_evaluations_are_spent_as_are_stated_and_no_more_than_were_granted(name, asked, evaluations):
    told = []
    found = attributed(name, asked, LABELS, evaluations=evaluations, progress=lambda *done: told.append(done))
    assert found.evaluations == asked.runtime.evaluations <= evaluations
    assert told[-1] == (found.evaluations, found.evaluations)


def test_methods_without_a_budget_do_not_run_the_model_on_masked_pictures(asked):
    assert attribution("gradcam", asked).evaluations == len(LABELS)
    assert attribution("random", asked).evaluations == 0
    assert asked.runtime.evaluations == 0


@pytest.mark.parametrize("name", [name for name in METHODS if name != "random"])
def test_what_the_model_ignores_gets_about_nothing(name, asked):
    shap_map = np.abs(attribution(name, asked, evaluations=600).map("pork_chop"))
    # Patches and windows may reach over the border by a few rows; regressions leave a little noise.
    assert shap_map[SIDE // 2 + 8 :].mean() < 0.1 * shap_map[: SIDE // 2].mean()


@pytest.mark.parametrize(("name", "alike"), [("lime", 0.8), ("kernelshap", 0.8), ("occlusion", 0.85)])
def test_a_linear_model_is_recovered_as_far_as_regions_allow(name, alike, asked):
    found = attribution(name, asked, evaluations=600)
    for label in LABELS:
        true = asked.true_map(label)
        regions = np.bincount(found.region_of.ravel(), true.ravel()) / np.bincount(found.region_of.ravel())
        assert np.corrcoef(found.map(label).ravel(), regions[found.region_of].ravel())[0, 1] > alike
        # On the same scale as the engines' maps: a pixel's value is its part of the logit.
        assert found.map(label).sum() == pytest.approx(true.sum(), rel=0.2)


def test_more_evaluations_bring_the_windows_of_occlusion_closer_and_leave_them_as_large(asked):
    plans = [method_plan("occlusion", asked, LABELS, evaluations=evaluations) for evaluations in (82, 300, 600)]
    assert [plan.evaluations for plan in plans] == [82, 290, 577]
    for plan in plans:
        hidden = [1 - plan.coalition(place).mean() for place in range(plan.evaluations)]
        assert hidden[0] == 0
        np.testing.assert_allclose(hidden[1:], 0.2**2, rtol=0.25)


@methods
def test_what_has_no_unit_says_so_and_is_scaled_to_what_has_one(name, asked):
    # A random order is no map at all.
    assert METHODS[name].in_logits == ("no unit" not in METHODS[name].meaning) or name == "random"
    shap_map = attribution(name, asked).map("pork_chop")
    np.testing.assert_allclose(render.shared_limit(scaled_to(0.25, shap_map)), 0.25, rtol=1e-5)
    np.testing.assert_allclose(scaled_to(0.25, shap_map), scaled_to(0.25, 1000 * shap_map), rtol=1e-5)


def test_nothing_is_scaled_to_nothing_and_a_single_pixel_to_no_infinity():
    lonely = np.zeros((100, 100), np.float32)
    np.testing.assert_array_equal(scaled_to(1.0, lonely), lonely)
    lonely[3, 4] = -2
    assert scaled_to(1.0, lonely)[3, 4] == pytest.approx(-1000)


def test_grad_cam_recovers_a_model_that_reads_its_last_stage(asked):
    found = attribution("gradcam", asked).map("pork_chop")
    assert np.corrcoef(found.ravel(), asked.true_map("pork_chop").ravel())[0, 1] > 0.99


@methods
def test_values_that_are_called_additive_sum_to_the_logit(name, asked):
    if not METHODS[name].additive:
        assert "do not sum" in METHODS[name].meaning or name == "random"
        return
    found = attribution(name, asked)
    pictures = normalised(np.stack([asked.view, np.zeros_like(asked.view)]), SPEC)
    full, base = asked.runtime.logits(pictures)
    for place, label in enumerate(LABELS):
        assert found.map(label).sum() == pytest.approx(full[place] - base[place], rel=1e-3)


@pytest.mark.parametrize("name", [name for name in METHODS if name != "random"])
def test_a_contrast_is_the_difference_of_two_maps_and_exact(name, asked):
    # pork chop and ravioli are each other's opposite, so that their contrast is twice the one.
    found = attribution(name, asked)
    np.testing.assert_allclose(
        Target("pork_chop", "ravioli").map_of(found), 2 * found.map("pork_chop"), atol=2e-4 * np.abs(found.maps).max()
    )


@budgeted
def test_what_hides_is_the_settings_mask(name, asked):
    black = attribution(name, asked)
    grey = attribution(name, replace(asked, settings=replace(asked.settings, colour=(128, 128, 128))))
    assert np.abs(grey.map("pork_chop")).sum() < 0.6 * np.abs(black.map("pork_chop")).sum()


@budgeted
def test_a_stop_stops(name, asked):
    with pytest.raises(Stopped):
        attributed(name, asked, LABELS, evaluations=100, stop=lambda: True)
    assert asked.runtime.evaluations < 20


@budgeted
@pytest.mark.parametrize("evaluations", [-1, 0, 1])
def test_too_few_evaluations_are_refused(name, asked, evaluations):
    with pytest.raises(SettingRefused, match=f"evaluations is {evaluations}; expected at least 2"):
        attributed(name, asked, LABELS, evaluations=evaluations)


def test_without_a_network_grad_cam_is_absent_and_says_why(asked):
    with pytest.raises(ModelRefused, match="Grad-CAM needs the model's gradients, and torch cpu gives none"):
        attributed("gradcam", asked, LABELS)


def test_an_unknown_method_is_refused_and_the_known_ones_are_named(asked):
    with pytest.raises(NameUnknown, match="no method 'limes'") as refused:
        attributed("limes", asked, LABELS)
    assert "lime, kernelshap, occlusion, gradcam, random" in refused.value.hint


@methods
def test_an_unknown_label_is_refused(name, asked):
    if name == "random":
        return
    with pytest.raises(NameUnknown, match="no class 'raviolo'"):
        attribution(name, asked, ("raviolo",))
