"""Search for the feature map whose mean over places a network of torch ends in.

Values tell it, not the names of layers: the last output whose mean over places is what the last linear layer reads.
EfficientNet, ResNet, DenseNet, ConvNeXt and Swin have one. Networks with a hidden layer after the mean, such as
MobileNetV3, with a flattened map, such as VGG, or with a class token, such as ViT, have none.
"""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx, nn

from xai_core.model.places import Grid
from xai_core.runtimes.places.parts import ROUNDED_TOLERANCE, TOLERANCE, relative_error
from xai_core.runtimes.places.torch_head import LayerNorm, Linear, PooledHead, layouts
from xai_core.runtimes.places.torch_recording import Recording, record_graph, record_layers

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlaceNetwork:
    """Network that also returns its last feature map.

    Attributes
    ----------
    network
        Module from pictures to logits (n, L) and the feature map, which shares its weights with the original.
    head
        Map from the feature map to the logits.
    grid
        Rows and columns of the feature map.
    """

    network: nn.Module
    head: PooledHead
    grid: Grid


def find_in_graph(network: fx.GraphModule, picture: Tensor) -> PlaceNetwork | None:
    """Find the feature map of a traced network.

    Parameters
    ----------
    network
        Network that returns a tuple with the logits first.
    picture : (1, 3, H, W)
        Picture on which the values of its nodes are compared.
    """
    ends = network.graph.output_node().args[0]
    assert isinstance(ends, tuple)
    assert isinstance(ends[0], fx.Node)
    match = _first_match(record_graph(network, picture))
    if match is None:
        return None
    node, features, head = match
    copied: dict[fx.Node, fx.Node] = {}
    graph = fx.Graph()
    graph.graph_copy(network.graph, copied)
    graph.output((copied[ends[0]], copied[node]))
    return PlaceNetwork(fx.GraphModule(network, graph), head, head.layout.grid(features, _size(picture)))


def find_in_layers(network: nn.Module, picture: Tensor) -> PlaceNetwork | None:
    """Find the feature map of a network that cannot be traced, among the outputs of its layers.

    Parameters
    ----------
    network
        Network from pictures to logits.
    picture : (1, 3, H, W)
        Picture on which the outputs of its layers are compared.
    """
    match = _first_match(record_layers(network, picture))
    if match is None:
        return None
    layer, features, head = match
    return PlaceNetwork(_NetworkWithOutput(network, layer), head, head.layout.grid(features, _size(picture)))


class _NetworkWithOutput(nn.Module):
    """Network that returns its logits and the output of one of its layers."""

    def __init__(self, network: nn.Module, layer: nn.Module) -> None:
        super().__init__()
        self._network = network
        # Threads share the network, and each must find its own batch.
        self._seen = threading.local()
        layer.register_forward_hook(self._remember)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, L) and the output of the layer."""
        self._seen.wanted = True
        try:
            logits = self._network(pictures)
            return logits, self._seen.__dict__.pop("output")
        finally:
            self._seen.wanted = False

    def _remember(self, _layer: nn.Module, _given: tuple[Any, ...], output: Tensor) -> None:
        # The network also runs without this module, and must not keep feature maps in memory then.
        if getattr(self._seen, "wanted", False):
            self._seen.output = output


def _first_match(recording: Recording) -> tuple[Any, Tensor, PooledHead] | None:
    """Return the key and value of the last output that the logits are linear in, with the map to the logits."""
    for target, linear, norm in _targets(recording):
        for key, features in reversed(recording.outputs.items()):
            for layout in layouts(features, target.numel()):
                mean = layout.rows(features)[0].float().mean(0)
                if float((mean - target).abs().max()) > _tolerance(features) * float(target.abs().max()):
                    continue
                head = PooledHead(layout, linear, norm)
                error = _error(head, features, recording.logits)
                if error <= _tolerance(features):
                    return key, features, head
                log.debug("The places of %s are not used: their sum is off by %.1e of the logits.", key, error)
    return None


def _targets(recording: Recording) -> Iterator[tuple[Tensor, Linear | None, LayerNorm | None]]:
    """Yield the vectors that may be a mean over places, with the layers between them and the logits."""
    logits = recording.logits
    ends: list[tuple[Tensor, Linear | None]]
    ends = [(given, linear) for given, result, linear in recording.linears if _is_same(result, logits)]
    # A network without a linear layer at its end may end in the mean itself, as SqueezeNet does.
    for vector, linear in ends or [(logits, None)]:
        yield vector.flatten(), linear, None
        for given, result, norm in recording.norms:
            if _is_same(result, vector):
                yield given.flatten(), linear, norm


def _is_same(first: Tensor, second: Tensor) -> bool:
    return torch.equal(first.flatten(), second.flatten())


def _error(head: PooledHead, features: Tensor, logits: Tensor) -> float:
    with torch.inference_mode():
        parts = head.parts(features, range(logits.shape[1])).cpu().numpy()
        return relative_error(parts, logits.float().cpu().numpy(), np.asarray(head.constant().cpu().numpy()))


def _tolerance(features: Tensor) -> float:
    return TOLERANCE if features.dtype in (torch.float32, torch.float64) else ROUNDED_TOLERANCE


def _size(picture: Tensor) -> tuple[int, int]:
    return picture.shape[2], picture.shape[3]
