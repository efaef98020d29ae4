"""Weights of fastai's learners open with the head that `create_head` of fastai 2.8 builds."""

import pytest
import torch
from torch import nn
from torchvision.models import resnet18, squeezenet1_1

from xai_core.errors import ModelRefused
from xai_core.runtimes.checkpoint import open_with_notes
from xai_core.runtimes.networks.fastai import fill_fastai, find_fastai

SIDE = 64


class ConcatPool(nn.Module):
    """fastai's AdaptiveConcatPool2d."""

    def __init__(self):
        super().__init__()
        self.ap, self.mp = nn.AdaptiveAvgPool2d(1), nn.AdaptiveMaxPool2d(1)

    def forward(self, x):
        return torch.cat([self.mp(x), self.ap(x)], 1)


class TimmBody(nn.Module):
    """fastai's class of this name."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.needs_pool = model.default_cfg.get("pool_size", None) is not None

    def forward(self, x):
        return self.model.forward_features(x) if self.needs_pool else self.model(x)


def usual_head(width, *, pool=True):
    layers = [ConcatPool(), nn.Flatten()] if pool else []
    return nn.Sequential(
        *layers,
        nn.BatchNorm1d(width),
        nn.Dropout(0.25),
        nn.Linear(width, 16, bias=False),
        nn.ReLU(),
        nn.BatchNorm1d(16),
        nn.Dropout(0.5),
        nn.Linear(16, 3, bias=False),
    )


def no_dropout(width):
    return nn.Sequential(*(layer for layer in usual_head(width) if not isinstance(layer, nn.Dropout)))


def linear_first(width):
    return nn.Sequential(
        ConcatPool(),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(width, 16, bias=False),
        nn.ReLU(),
        nn.BatchNorm1d(16),
        nn.Dropout(0.5),
        nn.Linear(16, 3),
    )


def mean_pool(width):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), *list(usual_head(width // 2))[1:])


def trained(body, head):
    """Return a network whose statistics are no longer those of a new one."""
    network = nn.Sequential(body, head).train()
    with torch.no_grad():
        network(torch.randn(4, 3, SIDE, SIDE))
    return network.eval()


def resnet(head=usual_head):
    return trained(nn.Sequential(*list(resnet18(weights=None).children())[:-2]), head(1024))


def squeezenet(head=usual_head):
    return trained(nn.Sequential(squeezenet1_1(weights=None).features), head(1024))


def timm_network(name, width, pool):
    timm = pytest.importorskip("timm")
    return trained(TimmBody(timm.create_model(name, num_classes=0, img_size=SIDE)), usual_head(width, pool=pool))


def timm_convolutions():
    timm = pytest.importorskip("timm")
    body = TimmBody(timm.create_model("test_resnet", num_classes=0))
    return trained(body, usual_head(2 * body.model.num_features))


NETWORKS = {
    "fastai:resnet18": resnet,
    "fastai:squeezenet1_1": squeezenet,
    "fastai:timm:test_resnet": timm_convolutions,
    "fastai:timm:test_vit": lambda: timm_network("test_vit", 64, pool=False),
}


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(11)


def loaded_from(state, architecture=None):
    return fill_fastai(state, architecture or find_fastai(state), "learner.pth")


def check(loaded, network):
    pictures = torch.randn(2, 3, SIDE, SIDE)
    with torch.inference_mode():
        torch.testing.assert_close(loaded.network(pictures), network(pictures))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_logits_are_those_of_fastais_network(name):
    network = NETWORKS[name]()
    loaded = loaded_from(network.state_dict())
    assert (loaded.name, loaded.outputs) == (name, 3)
    check(loaded, network)


@pytest.mark.parametrize("head", [no_dropout, linear_first, mean_pool])
def test_the_options_of_create_head_are_recognised(head):
    network = squeezenet(head)
    check(loaded_from(network.state_dict()), network)


def test_labels_are_read_and_what_is_assumed_is_said(tmp_path):
    path = tmp_path / "learner.pth"
    optimiser = {"state": [{"mom": torch.zeros(3)}], "hypers": [{"lr": 0.1}]}
    torch.save({"model": squeezenet().state_dict(), "opt": optimiser, "classes": ["plum", "apple", "leaf"]}, path)
    opened = open_with_notes(path, device="cpu", runtime="torch")
    assert opened.runtime.spec.labels == ("plum", "apple", "leaf")
    assert opened.runtime.spec.architecture == "fastai:squeezenet1_1"
    head, preprocessing = opened.notes
    assert head == (
        "Taken for a learner of fastai: the body of squeezenet1_1 and the head of create_head, with largest values and "
        "means of each channel, relu between linear layers, and dropout. Layers without weights leave no trace in the "
        "file."
    )
    assert preprocessing.startswith(
        "Taken for fastai's vision_learner of squeezenet1_1 with Resize(224): short side to 224, 224 x 224 cut from "
        "the centre, bilinear; RGB, 0..1, mean 0.485 0.456 0.406"
    )


def test_a_named_network_that_does_not_fit_is_refused_with_the_difference():
    content = squeezenet().state_dict()
    with pytest.raises(ModelRefused, match=r"does not hold a squeezenet1_0 with a head of fastai: features\.0\.weight"):
        loaded_from(content, "fastai:squeezenet1_0")
    content["0.0.9.extra"] = torch.zeros(1)
    with pytest.raises(ModelRefused, match=r"extra is not a tensor of that network"):
        loaded_from(content, "fastai:squeezenet1_1")


def test_an_unknown_layer_between_linear_layers_must_be_named():
    network = squeezenet(
        lambda width: nn.Sequential(ConcatPool(), nn.Flatten(), nn.Linear(width, 8), nn.Tanh(), nn.Linear(8, 3))
    )
    with pytest.raises(ModelRefused, match="leaves no trace"):
        loaded_from(network.state_dict())
    named = loaded_from(network.state_dict(), "fastai:squeezenet1_1+tanh")
    check(named, network)
