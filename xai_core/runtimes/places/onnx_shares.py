"""Output of an ONNX graph for the parts of the logits at each place."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from xai_core.runtimes.places.onnx_head import LinearHead, Norm, find_linear_head
from xai_core.runtimes.places.onnx_pooling import Pooling
from xai_core.runtimes.places.parts import ROUNDED_TOLERANCE, TOLERANCE, grid_of_tokens
from xai_core.runtimes.sources.onnx_graph.index import GraphIndex
from xai_core.runtimes.sources.onnx_graph.logits import PREFIX, NodeWriter

LABELS = PREFIX + "labels"
"""Input with the positions of the asked labels, (K,) int64, which may be empty."""

PARTS = PREFIX + "parts"
"""Output with the parts, (n, K, P) float32 for maps with channels first, else (n, P, K)."""

SHAPE = PREFIX + "map_shape"
"""Output with the shape of the feature map."""


@dataclass(frozen=True, slots=True)
class PlaceOutputs:
    """Reader of the added outputs of a graph.

    Attributes
    ----------
    pooling
        Mean or sum over the places.
    bias
        What the logits hold beside the parts, (L,) or ().
    tolerance
        Largest relative error of the sum of bias and parts.
    """

    pooling: Pooling
    bias: NDArray[np.float64]
    tolerance: float

    def parts_of(self, output: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the parts (n, P, K) of the output `PARTS`, whose sum over the places and the bias is the logit."""
        parts = output.transpose(0, 2, 1) if self.pooling.channels_first else output
        return parts / np.float32(parts.shape[1]) if self.pooling.is_mean else parts

    def grid_of(self, shape: Sequence[int], size: tuple[int, int]) -> tuple[int, int]:
        """Return the rows and columns of a feature map.

        Parameters
        ----------
        shape
            Output `SHAPE`.
        size
            Height and width of the picture in pixels.
        """
        places = list(shape[2:]) if self.pooling.channels_first else list(shape[1:-1])
        return (int(places[0]), int(places[1])) if len(places) == 2 else grid_of_tokens(int(places[0]), size)


def add_place_outputs(model: onnx.ModelProto, logits: str, labels: int) -> tuple[bytes, PlaceOutputs] | None:
    """Return what to add to a graph for the parts of its logits, None if these are no sum over places.

    Parameters
    ----------
    model
        The graph, which stays as it is.
    logits
        Name of its logits.
    labels
        Number of labels.

    Returns
    -------
    additions
        Serialised model. Appended to the serialised graph it makes one model, because Protobuf merges messages that
        follow one another.
    outputs
        Reader of the added outputs.
    """
    index = GraphIndex(model)
    head = find_linear_head(index, logits)
    if head is None:
        return None
    # A network may end in the pooling, as SqueezeNet does. Its map then has one channel for each label.
    weight = head.weight if head.weight.ndim == 2 else np.eye(labels) * head.weight
    if len(weight) != labels:
        return None
    tolerance = ROUNDED_TOLERANCE if head.is_rounded else TOLERANCE
    return _Additions().serialise(head, weight), PlaceOutputs(head.pooling, head.bias, tolerance)


class _Additions:
    """Writer of the additions to a graph."""

    def __init__(self) -> None:
        self._nodes = NodeWriter(onnx.ModelProto(), f"{PREFIX}place_")

    def serialise(self, head: LinearHead, weight: NDArray[np.float64]) -> bytes:
        """Return the serialised additions for a head with a weight (labels, C)."""
        if head.norm is not None:
            # The norm subtracts the mean of the channels. It can be subtracted from the weights once instead.
            weight = weight - weight.mean(axis=1, keepdims=True)
        channels = weight.shape[1]
        features = self._as_float(head.pooling.features)
        if head.pooling.channels_first:
            chosen = self._nodes.add("Gather", [self._nodes.constant(weight.astype(np.float32)), LABELS], axis=0)
            parts = self._nodes.add("MatMul", [chosen, self._nodes.reshape(features, [0, channels, -1])])
        else:
            chosen = self._nodes.add("Gather", [self._nodes.constant(weight.T.astype(np.float32)), LABELS], axis=1)
            parts = self._nodes.add("MatMul", [self._nodes.reshape(features, [0, -1, channels]), chosen])
        if head.norm is not None:
            parts = self._nodes.add("Div", [parts, self._deviation(head.norm, channels)])
        self._nodes.add("Identity", [parts], output=PARTS)
        self._nodes.add("Shape", [head.pooling.features], output=SHAPE)
        graph = self._nodes.model.graph
        graph.input.append(helper.make_tensor_value_info(LABELS, TensorProto.INT64, ["asked_labels"]))
        graph.output.append(helper.make_tensor_value_info(PARTS, TensorProto.FLOAT, None))
        graph.output.append(helper.make_tensor_value_info(SHAPE, TensorProto.INT64, None))
        return bytes(self._nodes.model.SerializeToString())

    def _deviation(self, norm: Norm, channels: int) -> str:
        """Return the standard deviation (n, 1, 1) of the vector that a layer norm takes."""
        # ReduceMean takes its axes in another way since opset 18. A product with 1 / C is a mean in every opset.
        mean = self._nodes.constant(np.full((channels, 1), 1 / channels, np.float32))
        vector = self._nodes.reshape(self._as_float(norm.vector), [0, channels])
        centred = self._nodes.add("Sub", [vector, self._nodes.add("MatMul", [vector, mean])])
        variance = self._nodes.add("MatMul", [self._nodes.add("Mul", [centred, centred]), mean])
        shifted = self._nodes.add("Add", [variance, self._nodes.constant(np.array([norm.epsilon], np.float32))])
        return self._nodes.reshape(self._nodes.add("Sqrt", [shifted]), [0, 1, 1])

    def _as_float(self, name: str) -> str:
        # ONNX Runtime removes a cast from float to float.
        return self._nodes.add("Cast", [name], to=TensorProto.FLOAT)
