"""Search for the linear layers between the pooling and the logits of an ONNX graph."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from xai_core.runtimes.places.onnx_constants import constant_behind
from xai_core.runtimes.places.onnx_pooling import Pooling, find_pooling
from xai_core.runtimes.sources.onnx_graph.index import FLOAT_TYPES, GraphIndex, attribute_of

_PASSES = ("Identity", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose")
"""Operations that keep the order of the values of a vector (n, C), whatever axes of size 1 it has.

A Reshape or Transpose that mixes channels or pictures does not, and `OnnxRuntime` refuses it when it checks the sum."""

_LONGEST = 64
"""Most nodes between the logits and the pooling."""


@dataclass(frozen=True, slots=True)
class Norm:
    """Layer norm of the pooled vector, without its scale and shift.

    Attributes
    ----------
    vector
        Name of the vector (n, C) that it takes.
    epsilon
        Number that is added to the variance.
    """

    vector: str
    epsilon: float


@dataclass(frozen=True, slots=True)
class LinearHead:
    """Affine map from a pooled feature map to a tensor, such as the logits.

    Attributes
    ----------
    pooling
        The feature map.
    weight
        Matrix (labels, C), the diagonal (C,) of one, or a single factor ().
    bias
        (labels,) or ().
    norm
        Layer norm between the pooling and the map; None without one.
    is_rounded
        True if values are rounded to 16 or 8 bits on the way.
    """

    pooling: Pooling
    weight: NDArray[np.float64] = field(default_factory=lambda: np.ones(()))
    bias: NDArray[np.float64] = field(default_factory=lambda: np.zeros(()))
    norm: Norm | None = None
    is_rounded: bool = False

    def then_matrix(self, matrix: NDArray[Any], bias: NDArray[Any] | None) -> Self:
        """Return this map with matrix (out, in) @ y + bias after it."""
        is_rounded = self.is_rounded or matrix.dtype == np.float16
        matrix = matrix.astype(np.float64)
        weight = matrix @ self.weight if self.weight.ndim == 2 else matrix * self.weight
        shifted = matrix @ np.broadcast_to(self.bias, matrix.shape[1:])
        total = shifted if bias is None else shifted + bias.reshape(-1)
        return replace(self, weight=weight, bias=total, is_rounded=is_rounded)

    def then_scale(self, factor: NDArray[Any]) -> Self:
        """Return this map with a product after it, by one number or one for each value."""
        factor = _vector(factor)
        rows = factor[:, None] if self.weight.ndim == 2 and factor.ndim else factor
        return replace(self, weight=self.weight * rows, bias=self.bias * factor)

    def then_shift(self, shift: NDArray[Any]) -> Self:
        """Return this map with a sum after it, with one number or one for each value."""
        return replace(self, bias=self.bias + _vector(shift))

    @property
    def is_plain(self) -> bool:
        """True if it is the pooled vector itself."""
        return self.norm is None and self.weight.ndim == 0 and self.weight == 1 and not self.bias.any()


def find_linear_head(index: GraphIndex, name: str) -> LinearHead | None:
    """Return the affine map of a pooled feature map that a tensor is, or None where it is anything else.

    Parameters
    ----------
    index
        Index of the graph.
    name
        Name of the logits.
    """
    try:
        return _Walk(index).head_of(name)
    except ValueError:  # of numpy, for constants of other shapes than expected
        return None


@dataclass(frozen=True, slots=True)
class _Walk:
    """Walk back from a tensor to a pooling."""

    index: GraphIndex

    def head_of(self, name: str, depth: int = 0) -> LinearHead | None:
        node = self.index.producer(name)
        if node is None or depth > _LONGEST:
            return None
        pooling = find_pooling(self.index, node)
        if pooling is not None:
            return self.head_of(pooling.features, depth + 1) if pooling.is_single else LinearHead(pooling)
        if node.op_type == "Concat":
            return _concatenated([self.head_of(part, depth + 1) for part in node.input])
        if node.op_type == "LayerNormalization":
            return self._layer_norm(node, depth)
        norm = _decomposed_norm(self, node)
        return self._affine(node, depth) if norm is None else self._normalised(norm, depth)

    def _affine(self, node: onnx.NodeProto, depth: int) -> LinearHead | None:
        # Shapes and axes, the other inputs, may be computed too, as from the number of pictures.
        inputs = node.input[:1] if node.op_type in _PASSES else node.input
        variables = [part for part in inputs if part and self.value(part) is None]
        if node.op_type == "Add" and len(variables) == 2:
            return _added([self.head_of(part, depth + 1) for part in variables])
        step = _STEPS.get(node.op_type)
        before = self.head_of(variables[0], depth + 1) if step is not None and len(variables) == 1 else None
        return None if step is None or before is None else step(self, node, before)

    def value(self, name: str) -> NDArray[Any] | None:
        """Return the value of a tensor that depends on no picture, else None."""
        return constant_behind(self.index, name)

    def other(self, node: onnx.NodeProto) -> NDArray[Any] | None:
        """Return the constant among two inputs."""
        return next((value for part in node.input if (value := self.value(part)) is not None), None)

    def _layer_norm(self, node: onnx.NodeProto, depth: int) -> LinearHead | None:
        normalised = self._normalised(Norm(node.input[0], attribute_of(node, "epsilon", 1e-5)), depth)
        scale = self.value(node.input[1])
        shift = self.value(node.input[2]) if len(node.input) > 2 and node.input[2] else None
        if normalised is None or scale is None:
            return None
        scaled = normalised.then_scale(scale)
        return scaled if shift is None else scaled.then_shift(shift)

    def _normalised(self, norm: Norm, depth: int) -> LinearHead | None:
        before = self.head_of(norm.vector, depth + 1)
        return replace(before, norm=norm) if before is not None and before.is_plain else None


def _added(parts: list[LinearHead | None]) -> LinearHead | None:
    """Return the sum of two maps of one pooled vector, such as the two heads of a distilled network."""
    first, second = _of_one_vector(parts) or (None, None)
    if first is None or second is None:
        return None
    return replace(first, weight=first.weight + second.weight, bias=first.bias + second.bias)


def _concatenated(parts: list[LinearHead | None]) -> LinearHead | None:
    """Return several maps of one pooled vector as one, such as the zeros and the number of a single output."""
    heads = _of_one_vector(parts)
    if heads is None:
        return None
    bias = np.concatenate([np.broadcast_to(head.bias, len(head.weight)) for head in heads])
    return replace(heads[0], weight=np.concatenate([head.weight for head in heads]), bias=bias)


def _of_one_vector(parts: list[LinearHead | None]) -> list[LinearHead] | None:
    """Return linear maps if all of them take the same vector, else None."""
    heads = [part for part in parts if part is not None and part.weight.ndim == 2]
    alike = len(heads) == len(parts) and len({(head.pooling, head.norm) for head in heads}) == 1
    return heads if alike else None


def _passed(_walk: _Walk, _node: onnx.NodeProto, before: LinearHead) -> LinearHead:
    return before


def _gathered(walk: _Walk, node: onnx.NodeProto, before: LinearHead) -> LinearHead | None:
    """Pass a vector of which an axis of size 1 is dropped by its index, as in x[:, :, 0, 0]."""
    shape, axis = walk.index.type_of(node.input[0]).shape or (), attribute_of(node, "axis", 0)
    place = walk.value(node.input[1])
    is_single = -len(shape) <= axis < len(shape) and shape[axis] == 1
    return before if is_single and place is not None and place.ndim == 0 else None


def _cast(_walk: _Walk, node: onnx.NodeProto, before: LinearHead) -> LinearHead | None:
    element = attribute_of(node, "to")
    is_half = element in (TensorProto.FLOAT16, TensorProto.BFLOAT16)
    return replace(before, is_rounded=before.is_rounded or is_half) if element in FLOAT_TYPES else None


def _rounded(_walk: _Walk, _node: onnx.NodeProto, before: LinearHead) -> LinearHead:
    return replace(before, is_rounded=True)


def _gemm(walk: _Walk, node: onnx.NodeProto, before: LinearHead) -> LinearHead | None:
    matrix = walk.value(node.input[1])
    if matrix is None or attribute_of(node, "transA", 0):
        return None
    rows = matrix if attribute_of(node, "transB", 0) else matrix.T
    bias = walk.value(node.input[2]) if len(node.input) > 2 and node.input[2] else None
    scaled = None if bias is None else bias * attribute_of(node, "beta", 1.0)
    return before.then_matrix(rows * attribute_of(node, "alpha", 1.0), scaled)


def _matmul(walk: _Walk, node: onnx.NodeProto, before: LinearHead) -> LinearHead | None:
    matrix = walk.value(node.input[1])
    return None if matrix is None or matrix.ndim != 2 else before.then_matrix(matrix.T, None)


def _convolution(walk: _Walk, node: onnx.NodeProto, before: LinearHead) -> LinearHead | None:
    kernel = walk.value(node.input[1])
    if kernel is None or set(kernel.shape[2:]) != {1} or attribute_of(node, "group", 1) != 1:
        return None
    bias = walk.value(node.input[2]) if len(node.input) > 2 and node.input[2] else None
    return before.then_matrix(kernel.reshape(kernel.shape[:2]), bias)


def _batch_norm(walk: _Walk, node: onnx.NodeProto, before: LinearHead) -> LinearHead | None:
    scale, shift, mean, variance = (walk.value(part) for part in node.input[1:5])
    if scale is None or shift is None or mean is None or variance is None:
        return None
    factor = scale / np.sqrt(variance + attribute_of(node, "epsilon", 1e-5))
    return before.then_scale(factor).then_shift(shift - mean * factor)


def _add(walk: _Walk, node: onnx.NodeProto, before: LinearHead) -> LinearHead | None:
    value = walk.other(node)
    return None if value is None else before.then_shift(value)


def _subtract(walk: _Walk, node: onnx.NodeProto, before: LinearHead) -> LinearHead | None:
    value = walk.value(node.input[1])
    return None if value is None else before.then_shift(-value)


def _multiply(walk: _Walk, node: onnx.NodeProto, before: LinearHead) -> LinearHead | None:
    value = walk.other(node)
    return None if value is None else before.then_scale(value)


def _divide(walk: _Walk, node: onnx.NodeProto, before: LinearHead) -> LinearHead | None:
    value = walk.value(node.input[1])
    return None if value is None else before.then_scale(1 / value.astype(np.float64))


_Step = Callable[[_Walk, onnx.NodeProto, LinearHead], LinearHead | None]

_STEPS: dict[str, _Step] = {
    **dict.fromkeys(_PASSES, _passed),
    **dict.fromkeys(("QuantizeLinear", "DequantizeLinear"), _rounded),
    "Gather": _gathered,
    "Cast": _cast,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Conv": _convolution,
    "BatchNormalization": _batch_norm,
    "Add": _add,
    "Sub": _subtract,
    "Mul": _multiply,
    "Div": _divide,
}


def _decomposed_norm(walk: _Walk, node: onnx.NodeProto) -> Norm | None:
    """Return the layer norm that exporters before opset 17 write as x / sqrt(mean(x^2) + epsilon) of x - mean(x)."""
    if node.op_type != "Div":
        return None
    index = walk.index
    centred, root = index.producer(node.input[0]), index.producer(node.input[1])
    if centred is None or centred.op_type != "Sub" or root is None or root.op_type != "Sqrt":
        return None
    total, mean = index.producer(root.input[0]), index.producer(centred.input[1])
    if total is None or total.op_type != "Add" or mean is None or mean.op_type != "ReduceMean":
        return None
    epsilon = next((value for part in total.input if (value := index.scalar(part)) is not None), None)
    if epsilon is None or mean.input[0] != centred.input[0]:
        return None
    return Norm(str(centred.input[0]), epsilon)


def _vector(values: NDArray[Any]) -> NDArray[np.float64]:
    return values.astype(np.float64).reshape(() if values.size == 1 else -1)
