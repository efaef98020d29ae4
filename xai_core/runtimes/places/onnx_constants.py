"""Values of weights behind the nodes that exporters and converters put after them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from xai_core.runtimes.sources.onnx_graph.index import FLOAT_TYPES, GraphIndex, attribute_of


def constant_behind(index: GraphIndex, name: str) -> NDArray[Any] | None:
    """Return the value of a tensor that is stored, or a transposed, cast or dequantised stored one, else None."""
    found = index.constant(name)
    node = index.producer(name)
    if found is not None or node is None or node.op_type not in ("Cast", "Transpose", "DequantizeLinear"):
        return found
    inputs = [constant_behind(index, part) for part in node.input]
    first = inputs[0]
    if first is None:
        return None
    if node.op_type == "Transpose":
        return first.transpose(attribute_of(node, "perm"))
    if node.op_type == "Cast":
        return first.astype(np.float64) if attribute_of(node, "to") in FLOAT_TYPES else None
    return _dequantized(first, inputs[1:], attribute_of(node, "axis", 1))


def _dequantized(values: NDArray[Any], rest: list[NDArray[Any] | None], axis: int) -> NDArray[np.float64] | None:
    scale, zero = rest[0], rest[1] if len(rest) > 1 else np.zeros(())
    if scale is None or zero is None:
        return None
    shape = [-1 if scale.size > 1 and number == axis % values.ndim else 1 for number in range(values.ndim)]
    return np.asarray((values.astype(np.float64) - zero.reshape(shape)) * scale.reshape(shape))
