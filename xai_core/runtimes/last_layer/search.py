"""Search for the last layer among the weights of a model file, by what it computes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import ModelRefused
from xai_core.language import deferred

TOLERANCE = 0.02
"""Largest difference to the stored logits, as a share of their range. Embeddings are stored in half precision."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundLayer:
    """Last linear layer among named weights.

    Attributes
    ----------
    weight : (L, D) float32
    bias : (L,) float32
    weight_name, bias_name
        Names of the two tensors.
    transposed
        True if the stored weight is (D, L).
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    weight_name: str
    bias_name: str
    transposed: bool


def find_last_layer(
    tensors: Mapping[str, NDArray[Any]],
    embeddings: NDArray[np.floating],
    logits: NDArray[np.floating],
    source: str,
) -> FoundLayer:
    """Return the two tensors that turn stored embeddings into stored logits.

    Names and kinds of layers differ from library to library; what a layer computes does not.

    Parameters
    ----------
    tensors
        Weights by name.
    embeddings : (N, D)
        Inputs of the last layer for some pictures.
    logits : (N, L)
        Its outputs.
    source
        Name of the file, for messages.

    Raises
    ------
    ModelRefused
        If no tensors do.
    """
    given, wanted = np.asarray(embeddings, np.float32), np.asarray(logits, np.float32)
    labels, width = wanted.shape[1], given.shape[1]
    reach = TOLERANCE * max(float(np.ptp(wanted)), 1e-6)
    biases = {name: tensor for name, tensor in tensors.items() if tensor.shape == (labels,)}
    for name, tensor in tensors.items():
        squeezed = tensor.reshape(tensor.shape[:2]) if tensor.shape[2:] in ((), (1,), (1, 1)) else tensor
        for transposed, shape in ((False, (labels, width)), (True, (width, labels))):
            if squeezed.shape != shape:
                continue
            weight = np.asarray(squeezed.T if transposed else squeezed, np.float32)
            rest = wanted - given @ weight.T
            for bias_name, bias in biases.items():
                if float(np.abs(rest - bias.astype(np.float32)).max()) <= reach:
                    return FoundLayer(weight, np.asarray(bias, np.float32), name, bias_name, transposed)
    raise ModelRefused(
        deferred(
            "No weights of {source} turn its {width:d} embeddings into its {labels:d} logits, so that its last layer "
            "cannot be exchanged.",
            source=source,
            width=width,
            labels=labels,
        ),
        deferred("Export the model with a last linear layer that has a bias, in float32 or float16."),
    )
