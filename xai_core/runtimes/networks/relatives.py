"""Known networks that are closest to an unknown state dict."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from xai_core.language import deferred
from xai_core.runtimes.networks.fingerprints import (
    COUNTER,
    Fingerprint,
    fingerprints,
    is_sized,
    name_key,
    shorten,
    tensor_key,
)
from xai_core.runtimes.networks.recognise import body_shapes, splits

_TRIED = 5
"""Networks that are compared tensor by tensor, which means building them."""

_LEAST = 0.3
"""Smallest share of names in common at which two networks are called close."""


@dataclass(frozen=True, slots=True)
class Relative:
    """Known network that resembles a state dict.

    Attributes
    ----------
    name
        Name of the network.
    tensors
        Number of its tensors, without its last part.
    names
        Number of them whose name is in the state dict.
    matching
        Number of them whose shape is the same too.
    differences
        Clauses about the first tensors that differ.
    """

    name: str
    tensors: int
    names: int
    matching: int
    differences: tuple[str, ...]


def nearest_networks(state: Mapping[str, Tensor], count: int = 2, differences: int = 3) -> tuple[Relative, ...]:
    """Return the known networks with the largest shares of the same tensors, the closest first.

    Parameters
    ----------
    state
        Tensors by name.
    count
        Number of networks at most.
    differences
        Number of tensors at most that are told for each.
    """
    found = []
    for prefix in _prefixes(state):
        own = {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
        found += [relative for row in _candidates(own) if (relative := _compare(own, row, differences)) is not None]
    found.sort(key=lambda relative: -_share(relative, len(state)))
    unique = {relative.name: relative for relative in reversed(found)}
    return tuple(sorted(unique.values(), key=lambda relative: -_share(relative, len(state))))[:count]


def _prefixes(state: Mapping[str, Tensor]) -> list[str]:
    """Return the longest text that more than half of the names begin with, and the empty one."""
    counts = Counter(prefix for name in state for prefix, _ in splits(name))
    common = [prefix for prefix, number in counts.items() if 2 * number > len(state)]
    return list(dict.fromkeys([max(common, key=len, default=""), ""]))


def _candidates(state: Mapping[str, Tensor]) -> list[Fingerprint]:
    """Return the rows of the table whose sketches have the most in common with a state dict."""
    tensors = {name: tensor for name, tensor in state.items() if not name.endswith(COUNTER)}
    names = {shorten(name_key(name)) for name in tensors}
    keys = {shorten(tensor_key(name, tensor.shape)) for name, tensor in tensors.items()}

    def likeness(row: Fingerprint) -> float:
        # The Jaccard index of two sets from the share of one that is in the other, and their sizes.
        pairs = zip((names, keys), row.sketch, strict=True)
        common = [len(own & sample) * row.tensors / max(len(sample), 1) for own, sample in pairs]
        return sum(part / (len(tensors) + row.tensors - min(part, len(tensors))) for part in common)

    return sorted(fingerprints(), key=likeness, reverse=True)[:_TRIED]


def _compare(state: Mapping[str, Tensor], row: Fingerprint, differences: int) -> Relative | None:
    """Return how much a state dict and a network have in common, or None where that is little."""
    name = row.names[0]
    try:
        shapes = body_shapes(name)
    except Exception:  # noqa: BLE001 - the table may be of another version of timm, or timm missing
        return None
    names = [tensor for tensor in shapes if tensor in state]
    if len(names) < _LEAST * max(len(shapes), 1):
        return None
    matching = [tensor for tensor in names if is_sized(tensor) or state[tensor].shape == shapes[tensor]]
    differ = [
        deferred(
            "{tensor} has shape {found}, expected {expected}",
            tensor=tensor,
            found=tuple(state[tensor].shape),
            expected=tuple(shape),
        )
        if tensor in state
        # A tensor that is missing says less than one of another shape.
        else deferred("{tensor} is missing", tensor=tensor)
        for tensor, shape in sorted(shapes.items(), key=lambda item: item[0] not in state)
        if tensor not in state or (not is_sized(tensor) and state[tensor].shape != shape)
    ]
    if not differ:
        # The network is there whole, and its last layer or a tensor beside it is at fault.
        differ = [deferred("{tensor} is not a tensor of it", tensor=tensor) for tensor in state if tensor not in shapes]
    return Relative(name, len(shapes), len(names), len(matching), tuple(differ[:differences]))


def _share(relative: Relative, size: int) -> float:
    """Return the shares of the same names and of the same tensors, of all that one or the other has, as a sum."""
    return sum(part / (size + relative.tensors - part) for part in (relative.names, relative.matching))
