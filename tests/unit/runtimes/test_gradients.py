"""Grad-CAM, and networks with randomised weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from xai_core.errors import ModelRefused, NameUnknown
from xai_core.model.preprocess import normalise
from xai_core.model.spec import default_spec
from xai_core.runtimes.architectures import build_network, calibrate_batch_norms
from xai_core.runtimes.gradients import GradientNetwork
from xai_core.runtimes.opening.writing import save_checkpoint
from xai_core.runtimes.torch_runtime import as_tensor

LABELS = ("pork_chop", "ravioli", "pizza")
SIDE = 32
SMALL = "mobilenet_v3_small"


def spec_of(architecture):
    return replace(default_spec(LABELS, architecture or SMALL), architecture=architecture, input_size=(SIDE, SIDE))


def views(count=3, seed=0):
    coarse = np.random.default_rng(seed).integers(0, 256, (count, 8, 8, 3), np.uint8)
    return coarse.repeat(SIDE // 8, axis=1).repeat(SIDE // 8, axis=2)


class Pooled(nn.Module):
    """A convolution that copies the colours, their mean over the picture, and a linear layer."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 3, 1, bias=False))
        self.classifier = nn.Linear(3, len(LABELS))
        with torch.no_grad():
            self.features[0].weight.copy_(torch.eye(3)[:, :, None, None])
            self.classifier.weight.copy_(torch.tensor([[2.0, 0, 0], [0, -1, 0], [1, 1, 1]]))
            self.classifier.bias.zero_()

    def forward(self, pictures):
        return self.classifier(self.features(pictures).mean(dim=(2, 3)))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A file of a small network with random weights whose logits differ between pictures."""
    torch.manual_seed(0)
    network = build_network(SMALL, len(LABELS)).eval()
    calibrate_batch_norms(network, as_tensor(normalise(views(8, seed=9), spec_of(SMALL))))
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    save_checkpoint(path, network, spec_of(SMALL))
    return path


@pytest.fixture(scope="module")
def network(saved):
    return GradientNetwork.open(saved, spec_of(SMALL))


def test_where_the_logit_is_a_mean_over_pixels_grad_cam_is_the_part_of_each_pixel():
    spec = spec_of(None)
    view = views(1)[0]
    found = GradientNetwork(Pooled(), spec).grad_cam(view, LABELS)
    red, green, blue = np.moveaxis(normalise(view, spec), -1, 0)
    for shap_map, expected in zip(found, [2 * red, -green, red + green + blue], strict=True):
        np.testing.assert_allclose(shap_map, expected / SIDE**2, atol=1e-6)


@pytest.mark.parametrize("architecture", [SMALL, "resnet18", "efficientnet_b0", "mobilenet_v2", "convnext_tiny"])
def test_every_family_has_a_last_stage(architecture):
    torch.manual_seed(0)
    network = GradientNetwork(build_network(architecture, len(LABELS)), spec_of(architecture))
    found = network.grad_cam(views(1)[0], LABELS[:2])
    assert (found.shape, found.dtype) == ((2, SIDE, SIDE), np.float32)
    assert np.isfinite(found).all()


def test_grad_cam_is_deterministic_and_the_map_of_a_label_depends_on_no_other_label(network):
    view = views(1)[0]
    both = network.grad_cam(view, ("pizza", "ravioli"))
    np.testing.assert_array_equal(both, network.grad_cam(view, ("pizza", "ravioli")))
    np.testing.assert_array_equal(both[1:], network.grad_cam(view, ("ravioli",)))


def test_an_unknown_label_is_refused(network):
    with pytest.raises(NameUnknown, match="no class 'raviolo'"):
        network.grad_cam(views(1)[0], ("raviolo",))


def test_a_plain_state_dict_opens_too(saved, network, tmp_path):
    path = tmp_path / "model.pth"
    torch.save(load_file(saved), path)
    found = GradientNetwork.open(path, spec_of(SMALL)).grad_cam(views(1)[0], LABELS)
    np.testing.assert_allclose(found, network.grad_cam(views(1)[0], LABELS), rtol=1e-4, atol=1e-12)


def test_an_onnx_graph_is_refused_with_the_reason(tmp_path):
    with pytest.raises(ModelRefused, match="is an ONNX graph: it can be run, but gives neither gradients") as refused:
        GradientNetwork.open(tmp_path / "model.onnx", spec_of(SMALL))
    assert "checkpoint" in refused.value.hint


@pytest.mark.parametrize("layers", ["last", "all"])
def test_a_randomised_network_gives_other_logits_for_each_picture_and_each_seed(network, layers):
    pictures = normalise(views(), network.spec)
    first, again, other = (network.randomised(layers, seed, views()) for seed in (1, 1, 2))
    assert first.model_id == again.model_id != other.model_id
    logits = first.logits(pictures)
    np.testing.assert_array_equal(logits, again.logits(pictures))
    assert np.abs(logits - other.logits(pictures)).max() > 1e-4
    assert logits.std(axis=0).min() > 1e-6


def test_the_network_itself_stays_as_it_is(network):
    before = network.grad_cam(views(1)[0], LABELS)
    for layers in ("last", "all"):
        network.randomised(layers, 0, views())
    np.testing.assert_array_equal(network.grad_cam(views(1)[0], LABELS), before)


def test_with_a_random_last_layer_all_other_layers_stay(network):
    embeddings = [
        network.randomised("last", seed, views()).logits_and_embeddings(normalise(views(), network.spec))[1]
        for seed in (1, 2)
    ]
    np.testing.assert_array_equal(*embeddings)


def test_the_global_generator_of_torch_is_unchanged(network):
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    network.randomised("all", 0, views())
    assert torch.equal(torch.random.get_rng_state(), before)
