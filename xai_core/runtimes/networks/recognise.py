"""Recognition of the networks in a state dict, behind any prefix."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from xai_core.language import deferred
from xai_core.runtimes.networks.build import build_empty
from xai_core.runtimes.networks.fingerprints import COUNTER, Fingerprint, by_name, by_rarest_key, is_sized, tensor_key


@dataclass(frozen=True, slots=True)
class FoundNetwork:
    """Network whose tensors are in a state dict.

    Attributes
    ----------
    prefix
        Text before each name, such as "module."; "" where there is none.
    name
        Name of the network.
    fingerprint
        Row of the table, with the names of all networks that have the same tensors.
    """

    prefix: str
    name: str
    fingerprint: Fingerprint


def find_networks(state: Mapping[str, Tensor]) -> tuple[FoundNetwork, ...]:
    """Return every known network in a state dict, one for each prefix, the largest first."""
    likely: dict[tuple[str, Fingerprint], None] = {}
    keys: dict[str, set[str]] = {}
    anchors = by_rarest_key()
    for name, tensor in state.items():
        shape = tensor.shape
        for prefix, bare in splits(name):
            key = tensor_key(bare, shape)
            keys.setdefault(prefix, set()).add(key)
            for fingerprint in anchors.get(key, ()):
                likely[prefix, fingerprint] = None
    found: dict[str, FoundNetwork] = {}
    # Large networks contain the tensors of smaller ones of their family, so the largest that fits is the right one.
    for prefix, fingerprint in sorted(likely, key=lambda pair: -pair[1].tensors):
        if prefix in found or not keys[prefix].issuperset(fingerprint.keys):
            continue
        fitting = _first_fitting(state, prefix, fingerprint)
        if fitting is not None:
            found[prefix] = FoundNetwork(prefix, fitting, fingerprint)
    return tuple(found.values())


def body_shapes(name: str) -> Mapping[str, torch.Size]:
    """Return names and shapes of the tensors of a network, without the part that holds its last layer."""
    roots = tuple(f"{root}." for root in head_roots(name))
    return {tensor: shape for tensor, shape in network_shapes(name).items() if not tensor.startswith(roots)}


@cache
def network_shapes(name: str) -> Mapping[str, torch.Size]:
    """Return names and shapes of the tensors of a network with one output, without counters."""
    return _shapes(name, 1)


@cache
def head_layers(name: str) -> tuple[str, ...]:
    """Return the names of the layers whose shapes depend on the number of outputs."""
    # timm's names may have a tag of the weights after a dot, which changes no tensor.
    if (row := by_name().get(name.partition(".")[0])) is not None:
        return row.head
    some, others = network_shapes(name), _shapes(name, 2)
    return tuple(dict.fromkeys(tensor.rpartition(".")[0] for tensor in some if some[tensor] != others.get(tensor)))


def head_roots(name: str) -> tuple[str, ...]:
    """Return the names of the parts that hold the last layer."""
    return tuple(dict.fromkeys(layer.partition(".")[0] for layer in head_layers(name)))


def first_difference(state: Mapping[str, Tensor], name: str, prefix: str = "") -> str | None:
    """Describe the first difference between the tensors and the body of the named network, if any."""
    for tensor, shape in body_shapes(name).items():
        found = state.get(prefix + tensor)
        if found is None:
            return deferred("{tensor} is missing", tensor=prefix + tensor)
        if found.shape != shape and not is_sized(tensor):
            return deferred(
                "{tensor} has shape {found}, expected {expected}",
                tensor=prefix + tensor,
                found=tuple(found.shape),
                expected=tuple(shape),
            )
    return None


def find_prefixes(state: Mapping[str, Tensor], name: str) -> tuple[str, ...]:
    """Return the prefixes behind which a state dict has more than half of the names of a network."""
    body = body_shapes(name)
    counts: dict[str, int] = {}
    for tensor in state:
        for prefix, bare in splits(tensor):
            if bare in body:
                counts[prefix] = counts.get(prefix, 0) + 1
    return tuple(sorted((prefix for prefix in counts if 2 * counts[prefix] > len(body)), key=lambda p: -counts[p]))


def splits(name: str) -> list[tuple[str, str]]:
    """Return every division of a name into a prefix that ends with a dot and the rest, the empty prefix first."""
    places = [-1, *(index for index, letter in enumerate(name) if letter == ".")]
    return [(name[: place + 1], name[place + 1 :]) for place in places]


def _shapes(name: str, outputs: int) -> dict[str, torch.Size]:
    state = build_empty(name, outputs).state_dict()
    return {tensor: value.shape for tensor, value in state.items() if not tensor.endswith(COUNTER)}


def _first_fitting(state: Mapping[str, Tensor], prefix: str, fingerprint: Fingerprint) -> str | None:
    """Return the network of a row whose tensors fit best, or None if none fits."""
    fitting = None
    for name in fingerprint.names:
        try:
            if first_difference(state, name, prefix) is not None:
                continue
        except Exception:  # noqa: BLE001 - the table may be of another version of timm, or timm missing
            return fingerprint.names[0] if name.startswith("timm:") else None
        exact = all(
            state[prefix + tensor].shape == shape for tensor, shape in body_shapes(name).items() if is_sized(tensor)
        )
        if exact:
            return name
        fitting = fitting or name
    return fitting
