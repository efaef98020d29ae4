"""Record of what happens inside a network of torch for one picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from xai_core.runtimes.places.torch_head import LayerNorm, Linear

LATEST = 64
"""Number of outputs that are kept, those computed last, because the last feature map is near the end."""


@dataclass(slots=True)
class Recording:
    """Values in a network for one picture.

    Attributes
    ----------
    outputs
        Outputs with several places, by the node or layer that computes them, in the order of time.
    linears, norms
        Inputs and outputs of the linear layers and layer norms of a single vector, with their parameters.
    logits
        (1, L)
    """

    outputs: dict[Any, Tensor] = field(default_factory=dict)
    linears: list[tuple[Tensor, Tensor, Linear]] = field(default_factory=list)
    norms: list[tuple[Tensor, Tensor, LayerNorm]] = field(default_factory=list)
    logits: Tensor = field(default_factory=lambda: torch.empty(0))

    def add(self, key: object, value: object) -> None:
        """Add an output, and forget the earliest one if there are too many."""
        self.outputs.pop(key, None)  # A layer that is called again counts with its last output.
        if isinstance(value, Tensor) and value.ndim in (3, 4) and value.is_floating_point():
            self.outputs[key] = value
            if len(self.outputs) > LATEST:
                del self.outputs[next(iter(self.outputs))]


def record_graph(network: fx.GraphModule, picture: Tensor) -> Recording:
    """Run a traced network that returns a tuple with the logits first, and record the outputs of its nodes."""
    recording = Recording()
    with torch.inference_mode(), _Functions(recording):
        recording.logits = _Interpreter(network, recording).run(picture)[0]
    return recording


def record_layers(network: nn.Module, picture: Tensor) -> Recording:
    """Run a network that returns logits, and record the outputs of its layers."""
    recording = Recording()

    def remember(layer: nn.Module, _given: tuple[Any, ...], output: object) -> None:
        recording.add(layer, output)

    handles = [layer.register_forward_hook(remember) for layer in network.modules()]
    try:
        with torch.inference_mode(), _Functions(recording):
            recording.logits = network(picture)
    finally:
        for handle in handles:
            handle.remove()
    return recording


class _Interpreter(fx.Interpreter):
    """Interpreter of a graph that records the output of each node."""

    def __init__(self, network: fx.GraphModule, recording: Recording) -> None:
        super().__init__(network)
        self._recording = recording

    def run_node(self, n: fx.Node) -> Any:
        value = super().run_node(n)
        self._recording.add(n, value)
        return value


class _Functions(TorchFunctionMode):
    """Mode that records layers of a single vector, whichever module or function computes them."""

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self._recording = recording

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        given = kwargs or {}
        result = func(*args, **given)
        if func is functional.layer_norm:
            vector, _, scale, shift, epsilon = _layer_norm_arguments(*args, **given)
            # Layers of whole maps are frequent and large. Only those of a pooled vector are looked for.
            if vector.numel() == vector.shape[-1]:
                self._recording.norms.append((vector, result, LayerNorm(scale, shift, epsilon)))
        elif func in (functional.linear, torch.conv2d):
            vector, weight, bias = _linear_arguments(*args, **given)
            if vector.numel() == weight.numel() // len(weight) == weight.shape[1]:
                self._recording.linears.append((vector, result, Linear(weight.flatten(1), bias)))
        return result


# torch passes these arguments by position or by name.
def _layer_norm_arguments(
    input: Tensor,  # noqa: A002 - torch's own name
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> tuple[Tensor, Sequence[int], Tensor | None, Tensor | None, float]:
    return input, normalized_shape, weight, bias, eps


def _linear_arguments(
    input: Tensor,  # noqa: A002 - torch's own name
    weight: Tensor,
    bias: Tensor | None = None,
    *_options: object,
    **_named_options: object,
) -> tuple[Tensor, Tensor, Tensor | None]:
    return input, weight, bias
