"""Index of a graph's tensors with their producers, constants, types and ancestors."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper, shape_inference

Shape = tuple[int | str | None, ...]
"""Sizes of a tensor, each a number, the exporter's name of a free size, or None where nothing is known."""

FLOAT_TYPES = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16)

_SMALL = 1024
"""Elements up to which a constant can be a shape, which shape inference must see."""


@dataclass(frozen=True, slots=True)
class TensorType:
    """Element type and shape of a tensor.

    Attributes
    ----------
    element
        Number in `onnx.TensorProto.DataType`; 0 for a sequence, a map or an unknown type.
    shape
        Sizes; None where not even the number of axes is known.
    """

    element: int = 0
    shape: Shape | None = None

    def __str__(self) -> str:
        kind = TensorProto.DataType.Name(self.element).lower() if self.element else "not a tensor"
        if self.shape is None:
            return kind
        sizes = ["?" if size is None else str(size) for size in self.shape]
        return f"{kind} ({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"

    @property
    def is_float(self) -> bool:
        """True if its elements are floating-point numbers."""
        return self.element in FLOAT_TYPES


class GraphIndex:
    """Read-only view of a graph.

    Parameters
    ----------
    model
        The model; changes after construction are not seen.
    types
        Types of its tensors where an index of an earlier state has inferred them.

    Attributes
    ----------
    inputs, outputs
        Names of the inputs without a value in the file, and of the outputs.
    """

    def __init__(self, model: onnx.ModelProto, types: Mapping[str, TensorType] | None = None) -> None:
        graph = model.graph
        self._producers = {name: node for node in graph.node for name in node.output if name}
        self._initializers = {tensor.name: tensor for tensor in graph.initializer}
        self.outputs = tuple(output.name for output in graph.output)
        self.inputs = tuple(value.name for value in graph.input if value.name not in self._initializers)
        self._model = model
        self._types = types
        self._used: dict[int, tuple[str, ...]] = {}

    @cached_property
    def types(self) -> Mapping[str, TensorType]:
        """Type of each tensor, as far as the file declares it or shape inference finds it."""
        return _tensor_types(self._model) if self._types is None else self._types

    def used_by(self, node: onnx.NodeProto) -> tuple[str, ...]:
        """Return the names of the tensors that a node reads, which are kept because protobuf is slow."""
        found = self._used.get(id(node))
        if found is None:
            found = self._used[id(node)] = tuple(name for name in used_tensors(node) if name)
        return found

    def producer(self, name: str) -> onnx.NodeProto | None:
        """Return the node that computes a tensor, or None for an input, a constant or an unknown name."""
        return self._producers.get(name)

    def type_of(self, name: str) -> TensorType:
        """Return the type of a tensor."""
        return self.types.get(name, TensorType())

    def constant(self, name: str) -> NDArray[Any] | None:
        """Return the value of a tensor that is stored in the file, or None for a computed tensor."""
        if name in self._initializers:
            return numpy_helper.to_array(self._initializers[name])
        node = self._producers.get(name)
        passed = {name}
        while node is not None and node.op_type == "Identity" and node.input and node.input[0] not in passed:
            name = node.input[0]
            passed.add(name)
            if name in self._initializers:
                return numpy_helper.to_array(self._initializers[name])
            node = self._producers.get(name)
        return _constant_value(node) if node is not None and node.op_type == "Constant" else None

    def scalar(self, name: str) -> float | None:
        """Return the value of a constant with one element, or None for anything else."""
        value = self.constant(name)
        return (
            float(value.reshape(-1)[0])
            if value is not None and value.size == 1 and value.dtype.kind in "fiub"
            else None
        )

    def is_constant(self, name: str) -> bool:
        """Return whether a tensor depends on no input, such as a weight behind a DequantizeLinear."""
        return not self.sources(name)

    def sources(self, name: str) -> frozenset[str]:
        """Return the inputs that a tensor depends on."""
        return frozenset(given for given, reached in self._reached.items() if name in reached)

    @cached_property
    def _reached(self) -> dict[str, set[str]]:
        """Tensors that depend on each input."""
        # One pass over the nodes in their order would not do: ONNX Runtime's float16 converter leaves them unsorted.
        readers: dict[str, list[onnx.NodeProto]] = {}
        for node in self._producers.values():
            for name in self.used_by(node):
                readers.setdefault(name, []).append(node)
        reached: dict[str, set[str]] = {given: set() for given in self.inputs}
        for given, found in reached.items():
            waiting = [given]
            while waiting:
                name = waiting.pop()
                if name not in found:
                    found.add(name)
                    waiting.extend(output for node in readers.get(name, ()) for output in node.output if output)
        return reached

    def ancestors(self, names: Iterable[str]) -> set[str]:
        """Return the given tensors and all tensors that they are computed from."""
        found: set[str] = set()
        waiting = [name for name in names if name]
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            node = self._producers.get(name)
            if node is not None:
                waiting.extend(self.used_by(node))
        return found

    def nodes_before(self, names: Iterable[str]) -> Iterator[onnx.NodeProto]:
        """Yield each node that the given tensors depend on, once."""
        seen: set[int] = set()
        for name in self.ancestors(names):
            node = self._producers.get(name)
            if node is not None and id(node) not in seen:
                seen.add(id(node))
                yield node


def used_tensors(node: onnx.NodeProto) -> Iterator[str]:
    """Yield the names of all tensors that a node reads, those inside its branches and loops too."""
    yield from node.input
    for attribute in node.attribute:
        if attribute.type not in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS):
            continue
        for inner in (attribute.g, *attribute.graphs):
            for inner_node in inner.node:
                yield from used_tensors(inner_node)
            # A branch may return a tensor of the outer graph as it is.
            yield from (output.name for output in inner.output)


def attribute_of(node: onnx.NodeProto, name: str, default: Any = None) -> Any:
    """Return the value of a node's attribute."""
    for attribute in node.attribute:
        if attribute.name == name:
            return helper.get_attribute_value(attribute)
    return default


def _constant_value(node: onnx.NodeProto) -> NDArray[Any] | None:
    for attribute in node.attribute:
        if attribute.name == "value":
            return numpy_helper.to_array(attribute.t)
        if attribute.name in ("value_float", "value_floats"):
            return np.asarray(helper.get_attribute_value(attribute), np.float32)
        if attribute.name in ("value_int", "value_ints"):
            return np.asarray(helper.get_attribute_value(attribute), np.int64)
    return None


def _tensor_types(model: onnx.ModelProto) -> dict[str, TensorType]:
    # onnx's exceptions share no narrower base. Without inference, what the file declares is all that is known.
    with suppress(Exception):
        model = shape_inference.infer_shapes(_without_weights(model), data_prop=True)
    graph = model.graph
    types = {tensor.name: TensorType(tensor.data_type, tuple(tensor.dims)) for tensor in graph.initializer}
    for value in (*graph.value_info, *graph.input, *graph.output):
        types[value.name] = _type_of(value.type)
    return types


def _type_of(proto: onnx.TypeProto) -> TensorType:
    if not proto.HasField("tensor_type"):
        return TensorType()
    tensor = proto.tensor_type
    if not tensor.HasField("shape"):
        return TensorType(tensor.elem_type)
    return TensorType(tensor.elem_type, tuple(_size(dimension) for dimension in tensor.shape.dim))


def _size(dimension: onnx.TensorShapeProto.Dimension) -> int | str | None:
    # Some exporters write -1 or 0 for a free size.
    if dimension.HasField("dim_value"):
        return dimension.dim_value if dimension.dim_value > 0 else None
    return dimension.dim_param or None


def _without_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy whose large constants are inputs, so that shape inference need not copy hundreds of megabytes."""
    light = onnx.ModelProto(ir_version=max(model.ir_version, 4))
    light.opset_import.extend(model.opset_import)
    graph = light.graph
    graph.name = "light"
    graph.node.extend(model.graph.node)
    graph.output.extend(model.graph.output)
    graph.value_info.extend(model.graph.value_info)
    weights = {tensor.name for tensor in model.graph.initializer}
    graph.input.extend(value for value in model.graph.input if value.name not in weights)
    for tensor in model.graph.initializer:
        if np.prod(tensor.dims, dtype=np.int64) <= _SMALL:
            graph.initializer.append(tensor)
        else:
            graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)))
    return light
