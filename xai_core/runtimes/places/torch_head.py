"""Linear layer over the mean of a feature map, as torch computes it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from xai_core.model.places import Grid
from xai_core.runtimes.places.parts import grid_of_tokens

_MOST_PREFIX_TOKENS = 8
"""Most tokens before those of the places, such as a class token and registers, that a mean may leave out."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Order of the values of a feature map.

    Attributes
    ----------
    channels_first
        True for (n, C, h, w) and (n, C, T), False for (n, h, w, C) and (n, T, C).
    prefix
        Tokens at the start of T that are no places.
    """

    channels_first: bool
    prefix: int = 0

    def rows(self, features: Tensor) -> Tensor:
        """Return a feature map as (n, P, C), without a copy where its order in memory allows it."""
        last = features.movedim(1, -1) if self.channels_first else features
        return last.flatten(1, -2)[:, self.prefix :]

    def grid(self, features: Tensor, size: tuple[int, int]) -> Grid:
        """Return the rows and columns of a feature map of pictures of a size in pixels."""
        if features.ndim == 4:
            sizes = features.shape[2:] if self.channels_first else features.shape[1:3]
            return sizes[0], sizes[1]
        return grid_of_tokens(features.shape[2 if self.channels_first else 1] - self.prefix, size)


def layouts(features: Tensor, channels: int) -> list[Layout]:
    """Return the layouts with several places in which a tensor may be a feature map of so many channels."""
    if features.ndim not in (3, 4):
        return []
    found = [Layout(channels_first=first) for first in (True, False) if features.shape[1 if first else -1] == channels]
    if features.ndim == 3 and features.shape[-1] == channels:
        found += [Layout(channels_first=False, prefix=prefix) for prefix in range(1, _MOST_PREFIX_TOKENS + 1)]
    places = features[0].numel() // channels
    return [layout for layout in found if places - layout.prefix > 1]


@dataclass(frozen=True, slots=True)
class Linear:
    """Linear layer.

    Attributes
    ----------
    weight
        (L, C)
    bias
        (L,), or None without one.
    """

    weight: Tensor
    bias: Tensor | None


@dataclass(frozen=True, slots=True)
class LayerNorm:
    """Layer norm of the pooled vector.

    Attributes
    ----------
    scale, shift
        (C,), or None without one.
    epsilon
        Number that is added to the variance.
    """

    scale: Tensor | None
    shift: Tensor | None
    epsilon: float


@dataclass(frozen=True, slots=True)
class PooledHead:
    """Map from a feature map to the logits: the mean over places, at most a layer norm, and a linear layer.

    Attributes
    ----------
    layout
        Order of the feature map.
    linear
        Last layer; None for a network whose logits are the mean itself.
    norm
        Layer norm of the mean before the last layer; None without one.
    """

    layout: Layout
    linear: Linear | None = None
    norm: LayerNorm | None = None

    def parts(self, features: Tensor, labels: Sequence[int]) -> Tensor:
        """Return the linear part of each place in the logits of some labels.

        With the mean and the standard deviation of a picture's own pooled vector, its layer norm is linear in the
        places: the mean of the channels is taken from each place, and the deviation divides all.

        Parameters
        ----------
        features
            Feature map of n pictures.
        labels
            Positions of the K asked labels.

        Returns
        -------
        (n, P, K) float32, on the device of the features
        """
        rows = self.layout.rows(features)
        chosen = torch.tensor(list(labels), device=features.device)
        if self.linear is None:
            return rows.index_select(2, chosen).float() / rows.shape[1]
        weight = self.linear.weight.index_select(0, chosen).float()
        rows = rows.float()
        if self.norm is None:
            return rows @ weight.T / rows.shape[1]
        if self.norm.scale is not None:
            weight = weight * self.norm.scale.float()
        # Both the deviation of a place from its mean channel and that of the weight give the same product.
        weight = weight - weight.mean(1, keepdim=True)
        variance = rows.mean(1).var(1, correction=0)
        return rows @ weight.T / ((variance + self.norm.epsilon).sqrt()[:, None, None] * rows.shape[1])

    def constant(self) -> Tensor:
        """Return what the logits hold beside the parts, (L,) or ()."""
        if self.linear is None:
            return torch.zeros(())
        bias = torch.zeros((), device=self.linear.weight.device) if self.linear.bias is None else self.linear.bias
        if self.norm is None or self.norm.shift is None:
            return bias.double()
        return bias.double() + self.linear.weight.double() @ self.norm.shift.double()
