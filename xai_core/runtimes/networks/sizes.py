"""Sizes of a network's input and features."""

import math
from typing import Any

import torch
from torch import nn


def count_features(network: nn.Module, root: str, size: tuple[int, int]) -> int:
    """Return the number of values that a part of a network takes."""
    found: list[int] = []

    def remember(_module: nn.Module, given: tuple[Any, ...]) -> None:
        found.append(math.prod(given[0].shape[1:]))

    # The meta device computes shapes and nothing else.
    probe = network.to("meta").eval()
    handle = probe.get_submodule(root).register_forward_pre_hook(remember)
    try:
        probe(torch.zeros(2, 3, *size, device="meta"))
    except (RuntimeError, NotImplementedError):
        found = found or _linear_width(network, root)
    finally:
        handle.remove()
    return found[0]


def _linear_width(network: nn.Module, root: str) -> list[int]:
    return [layer.in_features for layer in network.get_submodule(root).modules() if isinstance(layer, nn.Linear)][:1]
