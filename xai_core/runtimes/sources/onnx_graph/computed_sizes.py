"""Sizes that a graph computes from its own shapes in every run, stored as constants."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from xai_core.runtimes.sources.onnx_graph.index import GraphIndex
from xai_core.runtimes.sources.onnx_graph.logits import remove_unused

Constants = Mapping[str, Mapping[str, Any]]
"""Type and values of tensors by name, as JSON holds them."""

_READ_SHAPES = ("Shape", "Size")

_WINDOWS = ("Conv", "MaxPool", "AveragePool")
"""Layers with a padding of their own, to which ONNX Runtime adds a constant padding in front of them."""

_LARGEST = 64
"""Elements of the largest tensor that counts as sizes. Shapes and paddings have two for each axis."""


def computed_sizes(index: GraphIndex) -> tuple[str, ...]:
    """Return the sizes of paddings in front of convolutions and poolings that only the shape of a picture decides.

    TensorFlow's "same" padding is computed like that in exports with a free batch. ONNX Runtime makes it a constant
    only if the whole shape is known, and adds a padding to the layer behind it only if it is a constant.
    """
    nodes = list(index.nodes_before(index.outputs))
    padded = {node.input[0] for node in nodes if node.op_type in _WINDOWS}
    pads = [node for node in nodes if node.op_type == "Pad" and padded.intersection(node.output)]
    sizes = {name for node in pads for name in node.input[1:] if name and not index.is_constant(name)}
    checked: set[str] = set()
    return tuple(sorted(name for name in sizes if _is_size(index, name, checked)))


def equal_constants(names: Sequence[str], runs: Sequence[Sequence[NDArray[Any]]]) -> dict[str, dict[str, Any]]:
    """Return the tensors that are equal in all runs, see `Constants`.

    Parameters
    ----------
    names
        Names of the tensors.
    runs
        Their values in each run, in the order of the names. The runs should have batches of several sizes.
    """
    found = {}
    for name, first, *others in zip(names, *runs, strict=True):
        # Sequences come as lists.
        is_small = isinstance(first, np.ndarray) and first.size <= _LARGEST and first.dtype.kind in "iufb"
        if is_small and all(np.array_equal(first, other) for other in others):
            found[name] = {"type": first.dtype.name, "shape": list(first.shape), "values": first.reshape(-1).tolist()}
    return found


def store_constants(model: onnx.ModelProto, constants: Constants) -> None:
    """Replace computed tensors of a graph by constants, in place. The nodes that only they needed are removed."""
    if not constants:
        return
    for node in model.graph.node:
        for position, name in enumerate(node.output):
            if name in constants:
                node.output[position] = f"{name}_computed"
    for name, stored in constants.items():
        array = np.array(stored["values"], stored["type"]).reshape(stored["shape"])
        model.graph.initializer.append(numpy_helper.from_array(array, name))
    remove_unused(model)


def drop_empty_inputs(model: onnx.ModelProto) -> None:
    """Remove optional inputs that are left empty at the end of paddings, in place.

    They mean nothing, but ONNX Runtime 1.32 does not add a padding that has one to the convolution behind it.
    """
    for node in model.graph.node:
        while node.op_type == "Pad" and node.input and not node.input[-1]:
            node.input.pop()


def _is_size(index: GraphIndex, name: str, checked: set[str]) -> bool:
    """Return whether a tensor depends on shapes only, and not on values of a picture.

    `checked` holds tensors that depend on shapes only. It grows, so that chains with a common part are read once.
    """
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        name = waiting.pop()
        if name in seen or name in checked:
            continue
        seen.add(name)
        if name in index.inputs:
            return False
        node = index.producer(name)
        if node is not None and node.op_type not in _READ_SHAPES:
            waiting.extend(index.used_by(node))
    checked |= seen
    return True
