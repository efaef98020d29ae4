"""Search for the layers that turn logits into probabilities, in all the forms that exporters write."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import onnx
from onnx import TensorProto

from xai_core.runtimes.sources.onnx_graph.index import FLOAT_TYPES, GraphIndex, Shape, attribute_of

HeadKind = Literal["logits", "softmax", "sigmoid", "mixture"]

_SAME_ORDER = ("Identity", "Dropout", "Reshape", "Flatten", "Squeeze", "Unsqueeze")
"""Operations that pass all values on in the same order."""

_NEARLY_SAME = ("Clip", "Max", "Min", "QuantizeLinear", "DequantizeLinear")
"""Operations that limit or round values, which only loses precision behind a softmax."""

_SMOOTHING = 1e-2
"""Largest constant that counts as added against a logarithm or a division of zero."""

_LONGEST = 32
"""Most nodes of a chain, because a longer one is no output layer."""


@dataclass(frozen=True, slots=True)
class Head:
    """Layers between the logits of a network and one of its tensors.

    Attributes
    ----------
    kind
        "softmax" if the tensor holds probabilities or their logarithms, "sigmoid" if it holds a probability for each
        label apart, "mixture" if it holds probabilities that are no softmax of one tensor, such as the mean of several
        networks; "logits" for anything else.
    tensor
        Name of the logits; for a mixture, the name of the probabilities.
    softmaxes
        Number of softmax layers, one after the other, between the logits and the tensor.
    """

    kind: HeadKind
    tensor: str
    softmaxes: int = 0


def find_head(index: GraphIndex, name: str) -> Head:
    """Return the layers that make probabilities of logits on the way to a tensor.

    Parameters
    ----------
    index
        Index of the graph.
    name
        Name of the tensor, usually an output of the graph.
    """
    logits, softmaxes = name, 0
    # A second softmax behind the first happens when a wrapper adds one to a network that has its own.
    while (before := _softmax_input(index, logits) or _log_softmax_input(index, logits)) is not None:
        logits, softmaxes = before, softmaxes + 1
    if softmaxes:
        return Head("softmax", logits, softmaxes)
    before = _sigmoid_input(index, name)
    if before is not None:
        return Head("sigmoid", before)
    return Head("mixture" if _is_mixture(index, name) else "logits", name)


def skip_reshapes(index: GraphIndex, name: str) -> str:
    """Return the tensor that a tensor is a copy of, in another shape or another float type."""
    return _skip(index, name, _copies)


def _softmax_input(index: GraphIndex, name: str, depth: int = 0) -> str | None:
    """Return z if a tensor is softmax(z) or a multiple of it, or None if it is not."""
    name = _skip(index, name, _multiplies)
    node = index.producer(name)
    if node is None or depth > _LONGEST:
        return None
    if node.op_type in ("Softmax", "QLinearSoftmax"):
        return _without_shift(index, node.input[0])
    if node.op_type == "Exp":
        return _log_softmax_input(index, node.input[0], depth + 1)
    numerator = _normalised(index, node)
    exponential = index.producer(numerator or "")
    if exponential is not None and exponential.op_type == "Exp":
        return _without_shift(index, exponential.input[0])
    # The numerator may be probabilities that are divided by their own sum once more.
    return None if numerator is None else _softmax_input(index, numerator, depth + 1)


def _log_softmax_input(index: GraphIndex, name: str, depth: int = 0) -> str | None:
    """Return z if a tensor is log(softmax(z)), or None if it is not."""
    name = _skip(index, name, _limits)
    node = index.producer(name)
    if node is None or depth > _LONGEST:
        return None
    if node.op_type == "LogSoftmax":
        return _without_shift(index, node.input[0])
    if node.op_type == "Log":
        return _softmax_input(index, node.input[0], depth + 1)
    if node.op_type == "Sub":
        values, total = (skip_reshapes(index, part) for part in node.input)
        if values == _log_sum_exp_of(index, total):
            return _without_shift(index, values)
    return None


def _log_sum_exp_of(index: GraphIndex, name: str) -> str | None:
    """Return z if a tensor is log(sum(exp(z))) over the labels."""
    node = index.producer(skip_reshapes(index, name))
    if node is None:
        return None
    if node.op_type == "ReduceLogSumExp":
        return skip_reshapes(index, node.input[0])
    if node.op_type == "ReduceLogSum":
        exponential = index.producer(skip_reshapes(index, node.input[0]))
    elif node.op_type == "Log":
        exponential = index.producer(_sum_of(index, node.input[0]) or "")
    else:
        return None
    if exponential is None or exponential.op_type != "Exp":
        return None
    return skip_reshapes(index, exponential.input[0])


def _without_shift(index: GraphIndex, name: str) -> str:
    """Return z where a tensor is z - max(z), or the name itself."""
    # The shift changes no probability, but it would be in the map of every label.
    node = index.producer(skip_reshapes(index, name))
    if node is None or node.op_type != "Sub":
        return name
    values, largest = (skip_reshapes(index, part) for part in node.input)
    maximum = index.producer(largest)
    if maximum is None or maximum.op_type != "ReduceMax" or skip_reshapes(index, maximum.input[0]) != values:
        return name
    return values


def _sigmoid_input(index: GraphIndex, name: str) -> str | None:
    """Return x if a tensor is sigmoid(x), or None if it is not."""
    node = index.producer(_skip(index, name, _multiplies))
    if node is None:
        return None
    if node.op_type in ("Sigmoid", "HardSigmoid", "QLinearSigmoid"):
        return str(node.input[0])
    # The formula written out, one divided by one plus the exponential of -x.
    if node.op_type == "Div" and index.scalar(node.input[0]) == 1:
        denominator = node.input[1]
    elif node.op_type == "Reciprocal":
        denominator = node.input[0]
    else:
        return None
    exponential = _addend(index, denominator, 1.0)
    negated = index.producer(exponential.input[0]) if exponential is not None and exponential.op_type == "Exp" else None
    return str(negated.input[0]) if negated is not None and negated.op_type == "Neg" else None


def _is_mixture(index: GraphIndex, name: str, depth: int = 0) -> bool:
    """Return whether a tensor is made of probabilities by means, sums, selections or a division."""
    node = index.producer(_skip(index, name, _multiplies))
    if node is None or depth > _LONGEST:
        return False
    if node.op_type in ("Softmax", "QLinearSoftmax") or _is_classifier(node):
        return True
    if node.op_type in ("Add", "Sum", "Mean"):
        return all(_is_mixture(index, part, depth + 1) for part in node.input)
    if node.op_type in ("ReduceMean", "GlobalAveragePool", "AveragePool", "Gather", "Slice", "Log"):
        return _is_mixture(index, node.input[0], depth + 1)
    if node.op_type == "Concat":
        return _are_complements(index, [skip_reshapes(index, part) for part in node.input])
    return _normalised(index, node) is not None


def _is_classifier(node: onnx.NodeProto) -> bool:
    """Return whether a node is an exported classifier of scikit-learn that makes probabilities."""
    if node.op_type == "Normalizer":
        return True
    transform = attribute_of(node, "post_transform", b"NONE")
    return node.op_type.endswith("Classifier") and transform in (b"SOFTMAX", b"SOFTMAX_ZERO", b"LOGISTIC", b"PROBIT")


def _are_complements(index: GraphIndex, parts: list[str]) -> bool:
    """Return whether two tensors are 1 - p and p, in either order, with p a sigmoid."""
    if len(parts) != 2:
        return False
    for probability, complement in (parts, parts[::-1]):
        node = index.producer(complement)
        if node is not None and node.op_type == "Sub" and index.scalar(node.input[0]) == 1:
            same = skip_reshapes(index, node.input[1]) == probability
            return same and _sigmoid_input(index, probability) is not None
    return False


def _normalised(index: GraphIndex, node: onnx.NodeProto) -> str | None:
    """Return the tensor that a node divides by its own sum, maybe as a product with the reciprocal."""
    quotients = [(node.input[0], node.input[1])] if node.op_type == "Div" else []
    if node.op_type == "Mul":
        for numerator, factor in (tuple(node.input), tuple(node.input)[::-1]):
            reciprocal = index.producer(skip_reshapes(index, factor))
            if reciprocal is not None and reciprocal.op_type == "Reciprocal":
                quotients.append((numerator, reciprocal.input[0]))
    for numerator, denominator in quotients:
        values = skip_reshapes(index, numerator)
        if _sum_of(index, denominator) == values:
            return values
    return None


def _sum_of(index: GraphIndex, name: str) -> str | None:
    """Return the tensor whose sum another tensor is, maybe with a small constant against a division by zero."""
    node = index.producer(_skip(index, name, _limits))
    if node is not None and node.op_type == "Expand":
        node = index.producer(skip_reshapes(index, node.input[0]))
    if node is None or node.op_type not in ("ReduceSum", "ReduceL1"):
        return None
    return skip_reshapes(index, node.input[0])


def _addend(index: GraphIndex, name: str, constant: float) -> onnx.NodeProto | None:
    """Return the node that is added to a constant to make a tensor."""
    node = index.producer(name)
    if node is None or node.op_type != "Add":
        return None
    for part, other in (tuple(node.input), tuple(node.input)[::-1]):
        if index.scalar(other) == constant:
            return index.producer(part)
    return None


def _skip(index: GraphIndex, name: str, passes: Callable[[GraphIndex, onnx.NodeProto], str | None]) -> str:
    for _ in range(_LONGEST):
        node = index.producer(name)
        before = None if node is None else passes(index, node)
        if before is None:
            break
        name = before
    return name


def _copies(index: GraphIndex, node: onnx.NodeProto) -> str | None:
    """Return the input of a node that passes all values on in the same order."""
    if node.op_type in _SAME_ORDER:
        return str(node.input[0])
    if node.op_type == "Cast":
        return str(node.input[0]) if attribute_of(node, "to", TensorProto.FLOAT) in FLOAT_TYPES else None
    if node.op_type == "Transpose" and _keeps_order(index.type_of(node.input[0]).shape, attribute_of(node, "perm")):
        return str(node.input[0])
    return None


def _limits(index: GraphIndex, node: onnx.NodeProto) -> str | None:
    """Return the input of a node that also limits values, rounds them or adds a tiny constant."""
    if node.op_type in _NEARLY_SAME:
        return _only_variable(index, node)
    if node.op_type in ("Add", "Sub"):
        constant = index.scalar(node.input[1])
        if constant is None and node.op_type == "Add":
            constant = index.scalar(node.input[0])
        return _only_variable(index, node) if constant is not None and abs(constant) <= _SMOOTHING else None
    return _copies(index, node)


def _multiplies(index: GraphIndex, node: onnx.NodeProto) -> str | None:
    """Return the input of a node that also multiplies by one positive number."""
    if node.op_type == "Mul":
        factor = next((value for part in node.input if (value := index.scalar(part)) is not None), None)
    elif node.op_type == "Div":
        factor = index.scalar(node.input[1])
    else:
        return _limits(index, node)
    return _only_variable(index, node) if factor is not None and factor > 0 else None


def _only_variable(index: GraphIndex, node: onnx.NodeProto) -> str | None:
    variables = [name for name in node.input if name and index.constant(name) is None]
    return variables[0] if len(variables) == 1 else None


def _keeps_order(shape: Shape | None, permutation: list[int] | None) -> bool:
    """Return whether a transposition moves axes of size 1 only."""
    if shape is None or permutation is None:
        return False
    moved = [axis for axis in permutation if shape[axis] != 1]
    return moved == sorted(moved)
