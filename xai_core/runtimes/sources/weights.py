"""Opening of model files that hold the tensors of a torchvision network."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from torch import Tensor, nn

from xai_core.errors import ModelRefused
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec, default_spec, model_id
from xai_core.runtimes.architectures import load_network
from xai_core.runtimes.selection import open_network
from xai_core.runtimes.sources.request import OpenRequest
from xai_core.runtimes.sources.spec_files import read_spec

Weights = tuple[dict[str, Tensor], str | None]
"""Tensors by the names that the bare network has, and the spec in the file as JSON text."""

_PREFIXES = ("module.", "_orig_mod.", "model.")
"""Prefixes that DataParallel, torch.compile and wrapping modules put before every name."""


def open_weights(read_weights: Callable[[Path], Weights], path: Path, request: OpenRequest) -> Runtime:
    """Open a file of tensors, with the spec in it or with the preprocessing of its architecture.

    Parameters
    ----------
    read_weights
        Function that reads the file.
    path, request
        See `table.SourceModule`.

    Raises
    ------
    ModelRefused
        If the file cannot be used: what was found, what was expected, and the cure.
    """
    state, header = read_weights(path)
    given = read_spec(request.spec if request.spec is not None else header, path, request.labels)
    name = request.architecture or (given.architecture if given else None)
    network, architecture = load_network(state, path.name, name)
    outputs = _count_outputs(network)
    labels = request.labels
    if labels is None and request.classes is not None and len(request.classes) == outputs:
        labels = request.classes
    # The completed spec is part of the id: with other labels, stored maps would be those of another model.
    spec = _complete_spec(given, labels, outputs, architecture, path)
    return open_network(
        network, spec, model_id(path, spec), device=request.device, runtime=request.runtime, view=request.view
    )


def plain_state(content: object, path: Path) -> dict[str, Tensor]:
    """Return the tensors of a state dict under the names that the bare network has.

    Raises
    ------
    ModelRefused
        If there are no tensors.
    """
    if not isinstance(content, Mapping) or not any(isinstance(value, Tensor) for value in content.values()):
        raise ModelRefused(
            f"{path.name} holds {type(content).__name__} without tensors; expected a state dict.",
            "Save it with torch.save(model.state_dict(), FILE).",
        )
    # n_averaged is the counter of torch's AveragedModel, not a tensor of the network.
    state = {str(name): value for name, value in content.items() if isinstance(value, Tensor) and name != "n_averaged"}
    for prefix in _PREFIXES * 2:  # they can be nested in any order
        if all(name.startswith(prefix) for name in state):
            state = {name.removeprefix(prefix): value for name, value in state.items()}
    return state


def damaged(path: Path, fault: Exception) -> ModelRefused:
    """Return the error for a file that its library cannot read."""
    reason = str(fault).partition(". ")[0].rstrip(".") or type(fault).__name__
    return ModelRefused(f"{path.name} is truncated, damaged or no model file: {reason}.", "Save or copy it again.")


def _complete_spec(
    given: ModelSpec | None, labels: tuple[str, ...] | None, outputs: int, architecture: str, path: Path
) -> ModelSpec:
    """Return the spec of a network with that many outputs, or refuse to guess their names."""
    # A wrong guess of the order would put a wrong name on every map, without any error.
    if given is None and labels is None:
        raise ModelRefused(
            f"{path.name} has {outputs} outputs and does not name them.",
            f"Give a file of {outputs} class names, one per line, in the order of the outputs.",
            "labels",
        )
    spec = given or default_spec(labels or (), architecture)
    if len(spec.labels) != outputs:
        raise ModelRefused(
            f"{path.name} has {outputs} outputs, but there are {len(spec.labels)} labels.",
            f"Give a file of {outputs} class names, one per line, in the order of the outputs.",
            "labels",
        )
    return replace(spec, architecture=architecture)


def _count_outputs(network: nn.Module) -> int:
    *_, last = (layer for layer in network.modules() if isinstance(layer, nn.Linear))
    return last.out_features
