"""Change of a last layer, applied to stored outputs or to the layer itself."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class LastLayer:
    """Linear layer from embeddings to logits.

    Attributes
    ----------
    weight : (L, D) float32
    bias : (L,) float32
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    def logits(self, embeddings: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the logits, (N, L) float32, of embeddings (N, D)."""
        return np.asarray(embeddings, np.float32) @ self.weight.T + self.bias


@dataclass(frozen=True, slots=True, eq=False)
class LayerChange:
    """Change that a cure makes to the last layer.

    The new logits are (old logits + embedding @ weight.T + bias) / temperature, so that a change needs no look at the
    model to be tried on stored outputs.

    Attributes
    ----------
    weight : (L, D) float32, or None
        What is added to the weights; None leaves them.
    bias : (L,) float32
        What is added to the biases.
    temperature
        Divisor of all logits.
    replaces
        True if the old layer is dropped and not added to.
    """

    weight: NDArray[np.float32] | None
    bias: NDArray[np.float32]
    temperature: float = 1.0
    replaces: bool = False

    def apply(self, embeddings: NDArray[np.float32], logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the new logits, (N, L), of pictures with stored embeddings (N, D) and logits (N, L)."""
        found = np.zeros_like(logits) if self.replaces else logits
        if self.weight is not None:
            found = found + embeddings @ self.weight.T
        return np.asarray((found + self.bias) / np.float32(self.temperature), np.float32)

    def applied_to(self, layer: LastLayer) -> LastLayer:
        """Return the changed layer."""
        base = LastLayer(np.zeros_like(layer.weight), np.zeros_like(layer.bias)) if self.replaces else layer
        weight = base.weight if self.weight is None else base.weight + self.weight
        scale = np.float32(self.temperature)
        return LastLayer(
            np.asarray(weight / scale, np.float32), np.asarray((base.bias + self.bias) / scale, np.float32)
        )
