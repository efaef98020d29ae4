"""Outputs that a graph gets for an explanation, the logits and the input of the last linear layer."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from xai_core.language import deferred
from xai_core.runtimes.refusals.outputs import one_number, several_labels
from xai_core.runtimes.sources.onnx_graph.index import GraphIndex, attribute_of
from xai_core.runtimes.sources.onnx_graph.outputs import ChosenOutput
from xai_core.runtimes.sources.onnx_graph.probabilities import HeadKind, skip_reshapes

PREFIX = "confusion_explainer_"
"""Start of the names of the tensors that are added to a graph."""

FLOOR = 1e-30
"""Smallest probability whose logarithm is taken, near the smallest normal float32."""

HALF_FLOOR = 6e-8
"""Smallest probability in half precision, for graphs that compute in it."""


@dataclass(frozen=True, slots=True)
class LogitsOutput:
    """Outputs of a graph that are computed for an explanation.

    Attributes
    ----------
    name
        Name of the logits, (n, labels) float32.
    embedding
        Name of the last linear layer's input, float32 of n rows; None for a graph that does not end in one.
    width
        Number of labels; None where the graph does not show it.
    kind
        Layers that were found behind the logits, see `Head`. If it is "logits", the numbers of real pictures should be
        checked with `classify_rows`.
    notes
        Sentences about what is explained, where it is not the output as it is.
    """

    name: str
    embedding: str | None
    width: int | None
    kind: HeadKind
    notes: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """Names of the outputs in the order in which they are computed."""
        return [self.name] if self.embedding is None else [self.name, self.embedding]


def expose_logits(
    model: onnx.ModelProto,
    index: GraphIndex,
    chosen: ChosenOutput,
    source: str,
    *,
    labels: int | None,
    probabilities: float | None = None,
) -> LogitsOutput:
    """Make the logits, and the last linear layer's input, the only outputs of a graph, in place.

    Parameters
    ----------
    model
        The model, which is changed. Nodes that no output needs are removed.
    index
        Index of the model as it was before.
    chosen
        The output that holds one number for each label.
    source
        Name of the file, for messages.
    labels
        Number of labels, where known.
    probabilities
        Sum of the numbers of a picture, 1 or 100, where a check on pictures found probabilities that the graph does
        not show. Their logarithms are explained then.

    Raises
    ------
    ModelRefused
        If the outputs are independent probabilities of several labels, or one number that tells no classes apart.
    """
    head = chosen.head
    scale = probabilities if probabilities is not None else (1.0 if head.kind == "mixture" else None)
    width = chosen.width or labels
    _check_width(chosen, source, labels)
    nodes = NodeWriter(model)
    if scale is not None:
        tensor = _append_logarithm(nodes, index, chosen.name, scale)
        note = _log_note(chosen.name, source, HALF_FLOOR if _is_half(index, chosen.name) else FLOOR)
        embedding = None
    else:
        tensor, quantized = _dequantized(nodes, index, head.tensor)
        note = _head_note(chosen, source)
        embedding = None if quantized else find_linear_input(index, tensor)
    is_single = chosen.width == 1 and labels in (2, None)
    shape = None if _may_lose_batch(index, tensor) else index.type_of(tensor).shape
    tensor = nodes.add("Cast", [tensor], to=TensorProto.FLOAT)
    if is_single:
        tensor, width = _append_first_class(nodes, tensor), 2
    elif shape is None or len(shape) != 2:
        # One rule for (n, L, 1, 1), (n, 1, L), (L,) and shapes that the graph does not show.
        tensor = nodes.reshape(tensor, [-1, width] if width is not None else [0, -1])
    logits = nodes.add("Identity", [tensor], output=PREFIX + "logits")
    if embedding is not None:
        embedding = _before_dropout(index, embedding)
        embedding = nodes.add("Cast", [embedding], output=PREFIX + "embedding", to=TensorProto.FLOAT)
    output = LogitsOutput(logits, embedding, width, head.kind, (note,) if note else ())
    del model.graph.output[:]
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in output.names)
    remove_unused(model)
    return output


def find_linear_input(index: GraphIndex, name: str) -> str | None:
    """Return the name of x where a tensor is x @ weight + bias, or None where it is anything else.

    A convolution of 1 x 1 pixels over one pixel, the head of some networks, counts as well.
    """
    node = index.producer(skip_reshapes(index, name))
    # Rounding to 8 bits and a temperature are parts of the logits, and change no embedding.
    while node is not None and node.op_type in ("QuantizeLinear", "DequantizeLinear", "Mul", "Div"):
        variables = _variables(index, node)
        node = index.producer(skip_reshapes(index, variables[0])) if len(variables) == 1 else None
    if node is not None and node.op_type == "Add":
        summands = _variables(index, node)
        node = index.producer(skip_reshapes(index, summands[0])) if len(summands) == 1 else None
    if node is None or node.op_type not in ("Gemm", "MatMul", "Conv"):
        return None
    if node.op_type == "Conv" and (index.type_of(node.input[0]).shape or ())[2:] != (1, 1):
        return None
    linear = not index.is_constant(node.input[0]) and index.is_constant(node.input[1])
    return str(node.input[0]) if linear else None


def _may_lose_batch(index: GraphIndex, name: str) -> bool:
    """Return whether a tensor is squeezed without naming axes, which removes the batch axis of a single picture."""
    node = index.producer(name)
    while node is not None and node.op_type in ("Cast", "Identity"):
        node = index.producer(node.input[0])
    return node is not None and node.op_type == "Squeeze" and len(node.input) < 2 and not attribute_of(node, "axes")


def _before_dropout(index: GraphIndex, name: str) -> str:
    """Return the tensor that a Dropout passes on, else the tensor itself."""
    # ONNX Runtime keeps a Dropout whose output is an output of the graph, where it removes it otherwise.
    node = index.producer(name)
    while node is not None and node.op_type == "Dropout":
        name = str(node.input[0])
        node = index.producer(name)
    return name


def remove_unused(model: onnx.ModelProto) -> None:
    """Remove the nodes, weights and inputs that no output of a graph depends on, in place."""
    index = GraphIndex(model)
    used = index.ancestors(index.outputs)
    graph = model.graph
    nodes = [node for node in graph.node if used.intersection(node.output)]
    weights = [tensor for tensor in graph.initializer if tensor.name in used]
    inputs = [value for value in graph.input if value.name in used]
    del graph.node[:], graph.initializer[:], graph.input[:]
    graph.node.extend(nodes)
    graph.initializer.extend(weights)
    graph.input.extend(inputs)


def _check_width(chosen: ChosenOutput, source: str, labels: int | None) -> None:
    if chosen.head.kind == "sigmoid" and chosen.width != 1:
        count = chosen.width or labels
        raise several_labels(source, count, chosen.head.tensor)
    if chosen.width == 1 and labels is None and chosen.head.kind != "sigmoid":
        raise one_number(source)


def _head_note(chosen: ChosenOutput, source: str) -> str:
    head = chosen.head
    if chosen.width == 1:
        if head.kind == "sigmoid":
            return deferred(
                "{source} ends in one sigmoid: two classes, with the logits 0 and x. The first label is the class of "
                "low values, the second that of high values.",
                source=source,
            )
        return deferred(
            "{source} returns one number for each picture, taken for the logit of the second class: two classes, with "
            "the logits 0 and x. The first label is the class of low values, the second that of high values.",
            source=source,
        )
    if head.softmaxes > 1:
        return deferred(
            "{source} has {number:d} softmax layers one after the other. All are taken off: logits are explained "
            "({tensor!r}), and the probabilities shown are those of the first softmax.",
            source=source,
            number=head.softmaxes,
            tensor=head.tensor,
        )
    if head.kind == "softmax":
        return deferred(
            "{source} ends in a softmax ({output!r}). It is taken off: logits are explained ({tensor!r}).",
            source=source,
            output=chosen.name,
            tensor=head.tensor,
        )
    return ""


def _log_note(name: str, source: str, floor: float) -> str:
    return deferred(
        "{source} returns probabilities ({output!r}) that are not one softmax layer at its end. Their logarithms, not "
        "below log({floor:g}), are explained in place of logits; differences between labels mean the same.",
        source=source,
        output=name,
        floor=floor,
    )


def _is_half(index: GraphIndex, name: str) -> bool:
    types = {index.type_of(tensor).element for tensor in (name, skip_reshapes(index, name))}
    return TensorProto.FLOAT16 in types


def _append_logarithm(nodes: "NodeWriter", index: GraphIndex, name: str, scale: float) -> str:
    node = index.producer(skip_reshapes(index, name))
    if node is not None and node.op_type == "Log":
        return name
    floor = HALF_FLOOR if _is_half(index, name) else FLOOR
    values = nodes.add("Cast", [name], to=TensorProto.FLOAT)
    values = nodes.add("Div", [values, nodes.constant(np.float32(scale))])
    return nodes.add("Log", [nodes.add("Max", [values, nodes.constant(np.float32(floor))])])


def _append_first_class(nodes: "NodeWriter", name: str) -> str:
    column = nodes.reshape(name, [-1, 1])
    zeros = nodes.add("Mul", [column, nodes.constant(np.float32(0))])
    return nodes.add("Concat", [zeros, column], axis=1)


def _dequantized(nodes: "NodeWriter", index: GraphIndex, name: str) -> tuple[str, bool]:
    """Return the logits as numbers where a quantised softmax reads them as 8 bits, and whether it does."""
    for node in index.nodes_before(index.outputs):
        if node.op_type in ("QLinearSoftmax", "QLinearSigmoid") and node.input[0] == name:
            return nodes.add("DequantizeLinear", list(node.input[:3])), True
    return name, False


def _variables(index: GraphIndex, node: onnx.NodeProto) -> list[str]:
    return [name for name in node.input if name and not index.is_constant(name)]


@dataclass(frozen=True, slots=True)
class NodeWriter:
    """Writer of nodes with names of their own at the end of a graph.

    Attributes
    ----------
    model
        Model of the graph, which is changed.
    prefix
        Start of all names.
    """

    model: onnx.ModelProto
    prefix: str = PREFIX

    def add(self, operation: str, inputs: list[str], *, output: str = "", **attributes: Any) -> str:
        """Add a node with one output, and return the output's name."""
        name = output or f"{self.prefix}{len(self.model.graph.node)}"
        self.model.graph.node.append(helper.make_node(operation, inputs, [name], name=name, **attributes))
        return name

    def constant(self, value: NDArray[Any] | np.generic) -> str:
        """Add a constant, and return its name."""
        name = f"{self.prefix}constant_{len(self.model.graph.initializer)}"
        self.model.graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def reshape(self, name: str, shape: list[int]) -> str:
        """Add a reshape of a tensor, and return the output's name."""
        return self.add("Reshape", [name, self.constant(np.array(shape, np.int64))])
