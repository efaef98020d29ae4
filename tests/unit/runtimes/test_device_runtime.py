"""Pictures composed on the device equal those of the masker, and a small memory changes only the speed."""

import numpy as np
import pytest
import torch
from torch import nn

from xai_core.errors import ExplanationFailed
from xai_core.masking import Masker
from xai_core.model.places import ComposingPlaceRuntime, answer_rows
from xai_core.model.runtime import ComposingRuntime
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.device_runtime import DeviceRuntime, compose
from xai_core.runtimes.torch_runtime import TorchRuntime

SPEC = ModelSpec(labels=("a", "b"), input_size=(7, 9), short_side=None, interpolation="bilinear")
CHEQUERED = np.indices((7, 9)).sum(axis=0) % 2 == 0
COALITIONS = [
    (),
    ((0, 7, 0, 9),),
    ((0, 3, 0, 4), (3, 7, 4, 9)),
    CHEQUERED,
    ((6, 7, 8, 9),),
    ((0, 3, 0, 4), (0, 3, 4, 9)),
]


def network():
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 5 * 7, 2)).eval()


@pytest.fixture
def pictures():
    return np.random.default_rng(0).normal(size=(2, 7, 9, 3)).astype(np.float32)


@pytest.fixture
def runtime():
    return DeviceRuntime(network(), SPEC, "id", "cpu", batch=4)


def test_rectangles_and_masks_become_the_pictures_that_the_masker_composes(pictures):
    shown, hides = torch.from_numpy(pictures).permute(0, 3, 1, 2)
    found = compose(shown, hides, COALITIONS).permute(0, 2, 3, 1).numpy()
    np.testing.assert_array_equal(found, Masker(*pictures).compose(COALITIONS))


def test_composed_pictures_are_channels_last(pictures):
    shown, hides = torch.from_numpy(pictures).permute(0, 3, 1, 2)
    assert compose(shown, hides, COALITIONS).is_contiguous(memory_format=torch.channels_last)


def test_masked_forms_get_the_logits_of_the_composed_pictures(runtime, pictures):
    assert isinstance(runtime, ComposingRuntime)
    assert not isinstance(TorchRuntime(network(), SPEC, "id", "cpu"), ComposingRuntime)
    found = runtime.masked(*pictures)(COALITIONS)
    np.testing.assert_allclose(found, runtime.logits(Masker(*pictures).compose(COALITIONS)), atol=1e-6)


def test_masked_forms_get_the_shares_of_the_composed_pictures(pictures):
    torch.manual_seed(3)
    pooled = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    runtime = DeviceRuntime(pooled.eval(), SPEC, "id", "cpu", batch=4)
    assert isinstance(runtime, ComposingPlaceRuntime)
    rows = runtime.masked_places(*pictures, [1])(COALITIONS)
    logits, shares = runtime.place_logits(Masker(*pictures).compose(COALITIONS), [1])
    assert rows.shape == (len(COALITIONS), 2 + 5 * 7)
    np.testing.assert_allclose(rows, answer_rows(logits, shares), atol=1e-6)


def test_pictures_of_another_size_are_refused(runtime, pictures):
    with pytest.raises(ValueError, match=r"expected \(n, 7, 9, 3\)"):
        runtime.masked(pictures[0, :5], pictures[1, :5])


class SmallMemory(nn.Module):
    """Runs out of memory with more than so many pictures."""

    def __init__(self, inner, most):
        super().__init__()
        self.inner, self.most, self.sizes = inner, most, []

    def forward(self, given):
        self.sizes.append(len(given))
        if len(given) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return self.inner(given)


def test_out_of_memory_halves_the_batch_and_continues(runtime, pictures, caplog):
    expected = runtime.masked(*pictures)(COALITIONS)
    runtime._network = memory = SmallMemory(runtime._network, 1)
    np.testing.assert_allclose(runtime.masked(*pictures)(COALITIONS), expected, atol=1e-6)
    assert memory.sizes == [4, 2, *[1] * len(COALITIONS)]
    assert runtime.preferred_batch == 1
    assert "does not take 4 pictures. Continuing with 2" in caplog.text


def test_a_memory_too_small_for_one_picture_is_reported(runtime, pictures):
    runtime._network = SmallMemory(runtime._network, 0)
    with pytest.raises(ExplanationFailed, match="does not take a single picture"):
        runtime.logits(pictures)


def test_another_fault_of_the_network_is_reported(runtime, pictures):
    runtime._network = nn.Linear(5, 2)
    with pytest.raises(ExplanationFailed, match="The network failed on torch cpu"):
        runtime.logits(pictures)


def test_half_precision_is_named_and_near(pictures):
    half = DeviceRuntime(network(), SPEC, "id", "cpu", half=True)
    assert half.name == "torch cpu float16"
    whole = TorchRuntime(network(), SPEC, "id", "cpu")
    np.testing.assert_allclose(half.logits(pictures), whole.logits(pictures), atol=5e-3)
