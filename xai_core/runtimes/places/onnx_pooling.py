"""Search for the pooling over places in an ONNX graph."""

from dataclasses import dataclass

import onnx

from xai_core.runtimes.sources.onnx_graph.index import GraphIndex, attribute_of

_LAYOUTS = {(2, 3): True, (2,): True, (1, 2): False, (1,): False}
"""True for channels first, by the reduced axes of maps (n, C, h, w), (n, C, T), (n, h, w, C) and (n, T, C)."""

_MAKERS_OF_VECTORS = (
    *("GlobalAveragePool", "AveragePool", "ReduceMean", "ReduceSum"),
    *("Reshape", "Unsqueeze", "Transpose", "Identity", "Dropout"),
)


@dataclass(frozen=True, slots=True)
class Pooling:
    """Mean or sum over the places of a feature map.

    Attributes
    ----------
    features
        Name of the feature map.
    channels_first
        True for maps (n, C, ...), False for (n, ..., C).
    is_mean
        False for a sum.
    is_single
        True if the map is known to have a single place.
    """

    features: str
    channels_first: bool
    is_mean: bool = True
    is_single: bool = False


def find_pooling(index: GraphIndex, node: onnx.NodeProto) -> Pooling | None:
    """Return the pooling over all places that a node is, or None where it is anything else."""
    if node.op_type in ("GlobalAveragePool", "AveragePool"):
        return _average_pool(index, node)
    return _reduction(index, node) if node.op_type in ("ReduceMean", "ReduceSum") else None


def _average_pool(index: GraphIndex, node: onnx.NodeProto) -> Pooling | None:
    name = str(node.input[0])
    if node.op_type == "AveragePool":
        sizes = (index.type_of(name).shape or ())[2:]
        if sizes != tuple(attribute_of(node, "kernel_shape", ())) or any(attribute_of(node, "pads", ())):
            return None
    return Pooling(name, channels_first=True, is_single=_is_single(index, name, (2, 3)))


def _reduction(index: GraphIndex, node: onnx.NodeProto) -> Pooling | None:
    name, axes = str(node.input[0]), _reduced_axes(index, node)
    is_mean = node.op_type == "ReduceMean"
    inner = index.producer(name)
    if len(axes) == 1 and inner is not None and inner.op_type == node.op_type:
        # Older networks take the mean over columns and then over rows.
        before = _reduced_axes(index, inner)
        if not attribute_of(inner, "keepdims", 1) and sorted((*before, *axes)) == [2, 3]:
            return Pooling(str(inner.input[0]), channels_first=True, is_mean=is_mean)
    channels_first = _LAYOUTS.get(axes)
    return None if channels_first is None else Pooling(name, channels_first, is_mean, _is_single(index, name, axes))


def _reduced_axes(index: GraphIndex, node: onnx.NodeProto) -> tuple[int, ...]:
    given = attribute_of(node, "axes")
    if given is None and len(node.input) > 1 and node.input[1]:
        given = index.constant(node.input[1])
    axes = [int(axis) for axis in (() if given is None else given)]
    if any(axis < 0 for axis in axes):
        shape = index.type_of(node.input[0]).shape
        # Where even the number of axes is unknown, negative ones are those of a map (n, C, h, w).
        rank = 4 if shape is None else len(shape)
        axes = [axis % rank for axis in axes]
    return tuple(sorted(axes))


def _is_single(index: GraphIndex, name: str, axes: tuple[int, ...]) -> bool:
    before = index.producer(name)
    # Shape inference takes time, and networks pool only vectors that they have pooled or reshaped before.
    if before is None or before.op_type not in _MAKERS_OF_VECTORS:
        return False
    shape = index.type_of(name).shape
    return shape is not None and all(axis < len(shape) and shape[axis] == 1 for axis in axes)
