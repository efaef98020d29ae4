"""Parts of places in networks of torch, traced or not, and none where the logits are no sum over places."""

import numpy as np
import pytest
import torch
from torch import fx, nn

from xai_core.model.spec import ModelSpec
from xai_core.runtimes.device_runtime import DeviceRuntime
from xai_core.runtimes.torch_runtime import TorchRuntime

LABELS, CHANNELS, SIZE, GRID = 4, 6, (8, 12), (3, 5)
SPEC = ModelSpec(labels=tuple("abcd"), input_size=SIZE, short_side=None, interpolation="bilinear")


class Net(nn.Module):
    """Convolution, and a head that makes logits of its features (n, C, h, w) or tokens (n, T, C)."""

    def __init__(self, head, *, norm=False, is_traced=True, outputs=LABELS, inputs=CHANNELS):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, CHANNELS, 3, stride=2), nn.ReLU())
        self.norm = nn.LayerNorm(CHANNELS, eps=1e-3) if norm else nn.Identity()
        self.last = nn.Linear(inputs, outputs)
        self.head, self.is_traced = head, is_traced

    def forward(self, pictures):
        # Control flow that depends on values cannot be traced.
        if not self.is_traced and pictures.abs().max() < 0:
            return None
        return self.head(self, self.features(pictures))


class Tokens(nn.Module):
    """Class token before the tokens of the places."""

    def forward(self, features):
        tokens = features.flatten(2).transpose(1, 2)
        return torch.cat([tokens[:, :1] * 3 + 1, tokens], dim=1)


def with_tokens(head, **options):
    net = Net(head, **options)
    net.tokens = Tokens()
    return net


def pooled(net, features):
    return net.last(net.norm(features.mean((2, 3))))


def channels_last(net, features):
    return net.last(net.norm(features.permute(0, 2, 3, 1).flatten(1, 2).mean(1)))


def place_tokens(net, features):
    return net.last(net.tokens(features)[:, 1:].mean(1))


def class_token(net, features):
    return net.last(net.tokens(features)[:, 0])


def hidden_activation(net, features):
    return net.last(torch.tanh(features.mean((2, 3))))


def build(make):
    torch.manual_seed(1)
    net = make().eval()
    if isinstance(net.norm, nn.LayerNorm):
        net.norm.weight.data.uniform_(-2, 2)
        net.norm.bias.data.uniform_(-1, 1)
    return net


def pictures(count=3):
    return np.random.default_rng(2).normal(size=(count, *SIZE, 3)).astype(np.float32)


def true_shares(net, labels):
    """Shares in float64, with the norm at its own mean and deviation."""
    with torch.inference_mode():
        features = net.features(torch.from_numpy(pictures()).permute(0, 3, 1, 2)).double().flatten(2).transpose(1, 2)
        weight, bias = net.last.weight[labels].double(), net.last.bias[labels].double()
        if isinstance(net.norm, nn.LayerNorm):
            deviation = (features.mean(1).var(1, correction=0) + net.norm.eps).sqrt()[:, None, None]
            features = (features - features.mean(2, keepdim=True)) / deviation * net.norm.weight + net.norm.bias
        return ((features @ weight.T + bias) / features.shape[1]).numpy()


FORMS = {
    "mean": lambda: Net(pooled),
    "mean and norm": lambda: Net(pooled, norm=True),
    "channels last and norm": lambda: Net(channels_last, norm=True),
    "not traced": lambda: Net(pooled, is_traced=False),
    "not traced, norm": lambda: Net(pooled, norm=True, is_traced=False),
    "tokens": lambda: with_tokens(place_tokens),
    "tokens, not traced": lambda: with_tokens(place_tokens, is_traced=False),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_shares_are_those_of_the_feature_map(form):
    net = build(FORMS[form])
    runtime = TorchRuntime(net, SPEC, "id", "cpu")
    assert isinstance(runtime._network, fx.GraphModule) == ("not traced" not in form)
    logits, shares = runtime.place_logits(pictures(), [3, 1])
    assert runtime.place_grid == GRID
    np.testing.assert_allclose(shares, true_shares(net, [3, 1]), atol=1e-6)
    np.testing.assert_allclose(shares.sum(axis=1), logits[:, [3, 1]], atol=1e-6)
    np.testing.assert_array_equal(logits, runtime.logits(pictures()))


def test_the_maps_of_a_network_that_ends_in_the_mean_are_the_shares():
    torch.manual_seed(1)
    net = nn.Sequential(nn.Conv2d(3, LABELS, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    shares = TorchRuntime(net, SPEC, "id", "cpu").place_logits(pictures(), [2, 0])[1]
    with torch.inference_mode():
        maps = net[:2](torch.from_numpy(pictures()).permute(0, 3, 1, 2)).flatten(2).transpose(1, 2)
    np.testing.assert_allclose(shares, maps[:, :, [2, 0]] / 15, atol=1e-6)


def test_a_convolution_of_one_place_is_a_linear_layer():
    torch.manual_seed(1)
    net = nn.Sequential(
        nn.Conv2d(3, CHANNELS, 3, stride=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Conv2d(CHANNELS, LABELS, 1),
        nn.Flatten(),
    ).eval()
    with torch.inference_mode():
        maps = net[3](net[:2](torch.from_numpy(pictures()).permute(0, 3, 1, 2))).flatten(2).transpose(1, 2)
    shares = TorchRuntime(net, SPEC, "id", "cpu").place_logits(pictures(), range(LABELS))[1]
    np.testing.assert_allclose(shares, maps / 15, atol=1e-6)


@pytest.mark.parametrize(
    "make",
    [
        lambda: with_tokens(class_token),
        lambda: Net(hidden_activation),
        lambda: Net(lambda net, features: net.last(features.flatten(1)), inputs=CHANNELS * 15),
    ],
    ids=["class token", "hidden layer", "flattened map"],
)
@pytest.mark.parametrize("is_traced", [True, False])
def test_logits_that_are_no_sum_over_places_have_none(make, is_traced):
    net = build(make)
    net.is_traced = is_traced
    runtime = TorchRuntime(net, SPEC, "id", "cpu")
    assert runtime.place_grid is None
    with pytest.raises(ValueError, match="no sum over places"):
        runtime.place_logits(pictures(), [0])


@pytest.mark.parametrize("form", ["mean", "mean and norm", "not traced"])
def test_half_precision_sums_exactly_and_is_near(form):
    net = build(FORMS[form])
    runtime = DeviceRuntime(net, SPEC, "id", "cpu", half=True)
    logits, shares = runtime.place_logits(pictures(), [3, 1])
    np.testing.assert_allclose(shares.sum(axis=1), logits[:, [3, 1]], atol=1e-6)
    np.testing.assert_allclose(shares, true_shares(net, [3, 1]), atol=2e-3)


def test_the_network_itself_keeps_no_feature_map():
    runtime = TorchRuntime(build(FORMS["not traced"]), SPEC, "id", "cpu")
    runtime.place_logits(pictures(), [0])
    runtime.logits(pictures())
    assert not hasattr(runtime._places.find(SPEC).network._seen, "output")
