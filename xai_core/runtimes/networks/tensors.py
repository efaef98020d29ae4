"""Tensors of a state dict as the bare network has them.

Pruning, weight norm and spectral norm store a weight in parts. Profilers and averaging leave counters behind.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from xai_core.language import deferred, mark
from xai_core.runtimes.networks.fingerprints import COUNTER
from xai_core.texts import counted

State = dict[str, Tensor]
"""Tensors by name."""

_COUNTERS = ("total_ops", "total_params", "n_averaged")
"""Last parts of the names of counters of thop's profiler and of torch's AveragedModel."""


def plain_tensors(state: Mapping[str, Tensor]) -> tuple[State, tuple[str, ...]]:
    """Return the tensors without counters and with weights in one piece, and sentences about what was joined.

    Parameters
    ----------
    state
        Tensors by name.
    """
    tensors = {name: tensor for name, tensor in state.items() if name.rpartition(".")[2] not in _COUNTERS}
    notes = []
    for what, join in _JOINS:
        joined = join(tensors)
        if joined:
            some = ", ".join(sorted(joined)[:3]) + (", ..." if len(joined) > 3 else "")
            notes.append(
                deferred(
                    "{what} computed into {weights} ({names}).",
                    what=deferred(what),
                    weights=deferred(counted(len(joined), "weight")),
                    names=some,
                )
            )
    return tensors, tuple(notes)


def as_float32(tensor: Tensor) -> Tensor:
    """Return floating point numbers of any precision as float32, other tensors as they are."""
    return tensor.float() if tensor.is_floating_point() else tensor


def add_counters(expected: Mapping[str, Tensor], tensors: State) -> None:
    """Add the counters of batch norms, which old files lack."""
    for name in expected:
        if name.endswith(COUNTER):
            tensors.setdefault(name, torch.zeros((), dtype=torch.long))


def _join_pruned(tensors: State) -> list[str]:
    """Join `torch.nn.utils.prune`'s weight_orig and weight_mask."""

    def multiply(parts: list[Tensor]) -> Tensor:
        weight, mask = parts
        return weight * mask.to(weight.dtype)

    return _join(tensors, "_orig", ("_orig", "_mask"), multiply)


def _join_weight_norm(tensors: State) -> list[str]:
    """Join `torch.nn.utils.weight_norm`'s weight_g and weight_v."""
    return _join(tensors, "_v", ("_g", "_v"), _weight_norm)


def _join_spectral_norm(tensors: State) -> list[str]:
    """Join `torch.nn.utils.spectral_norm`'s weight_orig, weight_u and weight_v."""
    return _join(tensors, "_orig", ("_orig", "_u", "_v"), _spectral_norm)


def _join_parametrised(tensors: State) -> list[str]:
    """Join the parts of `torch.nn.utils.parametrizations`."""
    joined = []
    for kind in ("weight", "bias"):
        inside = f"parametrizations.{kind}"
        for name in [name for name in tensors if name.endswith(f"{inside}.original0")]:
            layer = name.removesuffix(f"{inside}.original0")
            size, direction = (tensors.pop(f"{layer}{inside}.original{number}", None) for number in (0, 1))
            if size is not None and direction is not None:
                tensors[f"{layer}{kind}"] = _weight_norm([size, direction])
                joined.append(f"{layer}{kind}")
        for name in [name for name in tensors if name.endswith(f"{inside}.original")]:
            layer = name.removesuffix(f"{inside}.original")
            parts = [tensors.pop(f"{layer}{inside}.{part}", None) for part in ("original", "0._u", "0._v")]
            if all(part is not None for part in parts):
                tensors[f"{layer}{kind}"] = _spectral_norm([part for part in parts if part is not None])
                joined.append(f"{layer}{kind}")
    return joined


def _join(tensors: State, mark: str, ends: tuple[str, ...], compute: Callable[[list[Tensor]], Tensor]) -> list[str]:
    """Replace the parts of weights by the weights, and return their names."""
    joined = []
    for name in [name for name in tensors if name.endswith(mark)]:
        weight = name.removesuffix(mark)
        parts = [tensors.get(weight + end) for end in ends]
        found = [part for part in parts if part is not None]
        if len(found) == len(ends) and weight not in tensors:
            tensors[weight] = compute(found)
            for end in ends:
                del tensors[weight + end]
            joined.append(weight)
    return joined


def _weight_norm(parts: list[Tensor]) -> Tensor:
    # T. Salimans and D. P. Kingma, "Weight Normalization", NeurIPS 2016, equation 2: w = g v / |v|. The shape of g
    # shows over which dimensions the norm is taken.
    size, direction = (part.float() for part in parts)
    dims = [index for index in range(direction.ndim) if size.ndim != direction.ndim or size.shape[index] == 1]
    norm: Tensor = torch.linalg.vector_norm(direction, dim=dims, keepdim=True)
    return direction * (size / norm)


def _spectral_norm(parts: list[Tensor]) -> Tensor:
    # T. Miyato et al., "Spectral Normalization for GANs", ICLR 2018, equation 8, with the stored singular vectors: in
    # evaluation mode torch does not iterate them.
    weight, left, right = (part.float() for part in parts)
    norm: Tensor = torch.dot(left, weight.reshape(len(left), -1) @ right)
    return weight / norm


_JOINS = (
    (mark("Pruning masks were"), _join_pruned),
    (mark("Spectral norms were"), _join_spectral_norm),
    (mark("Weight norms were"), _join_weight_norm),
    (mark("Parametrisations were"), _join_parametrised),
)


def describe_extras(extras: list[str]) -> list[str]:
    """Return a sentence about tensors that are no part of the network, if there are any."""
    extras = [key for key in extras if not key.endswith(COUNTER)]
    if not extras:
        return []
    some = ", ".join(extras[:3]) + (", ..." if len(extras) > 3 else "")
    return [
        deferred(
            "Left out: {tensors}, no part of the network ({names}).",
            tensors=deferred(counted(len(extras), "tensor")),
            names=some,
        )
    ]
