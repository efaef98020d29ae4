"""Choice of the output of a graph that holds one number for each label."""

from collections.abc import Sequence
from dataclasses import dataclass

import onnx
from onnx import TensorProto

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.runtimes.refusals.outputs import no_output, wrong_count
from xai_core.runtimes.sources.onnx_graph.index import GraphIndex, Shape, TensorType, attribute_of
from xai_core.runtimes.sources.onnx_graph.probabilities import Head, find_head, skip_reshapes

_LOGITS_NAMES = ("logits", "logit", "output_logits", "cls_logits")
_SCORE_NAMES = ("output", "output0", "probabilities", "probs", "prob", "output_probability", "predictions", "scores")

_INTEGERS = (TensorProto.INT8, TensorProto.UINT8)

_SELECTIONS = ("ArgMax", "TopK", "ReduceMax", "Hardmax")
"""Operations that reduce the numbers of all labels to the best ones."""


@dataclass(frozen=True, slots=True)
class ChosenOutput:
    """Tensor of a graph that holds one number for each label.

    Attributes
    ----------
    name
        Name of the tensor: an output of the graph, or what the output was made of.
    head
        Layers that make probabilities of logits on the way to it.
    width
        Numbers for each picture; None where the graph does not show it.
    notes
        Sentences about the choice.
    """

    name: str
    head: Head
    width: int | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    name: str
    tensor: str
    width: int | None
    note: str = ""


def choose_output(index: GraphIndex, source: str, *, labels: int | None, output: str | None = None) -> ChosenOutput:
    """Choose the output that holds one number for each label.

    Parameters
    ----------
    index
        Index of the graph.
    source
        Name of the file, for messages.
    labels
        Number of labels, where known.
    output
        Name of the output, or of any other tensor of the graph, that the user chose.

    Raises
    ------
    ModelRefused
        If no output fits, or if several fit and nothing tells them apart.
    """
    if output is not None:
        return _chosen(index, _named(index, source, output, labels), ())
    found = [_candidate(index, name) for name in index.outputs]
    fitting = _fitting([candidate for candidate in found if candidate is not None], labels)
    if not fitting:
        fitting = _fitting(_before_selections(index), labels)
    if not fitting:
        widths = {candidate.width for candidate in found if candidate is not None}
        if labels is not None and len(widths) == 1 and (width := widths.pop()) is not None:
            raise wrong_count(source, width, labels)
        raise no_output(source, labels, _listed(index, index.outputs))
    candidate, reason = _preferred(index, fitting, source)
    others = [name for name in index.outputs if name != candidate.name]
    notes = (
        [
            deferred(
                "{reason} Not used: {others}; the option output takes another.",
                reason=reason,
                others=_listed(index, others),
            )
        ]
        if others
        else []
    )
    return _chosen(index, candidate, notes)


def read_class_names(index: GraphIndex) -> tuple[str, ...] | None:
    """Return the class names that a ZipMap, a classifier node or a LabelEncoder stores, None without them."""
    for node in index.nodes_before(index.outputs):
        names = attribute_of(node, "classlabels_strings")
        if node.op_type == "LabelEncoder" and _numbers_labels(node):
            names = attribute_of(node, "values_strings")
        if names:
            return tuple(name.decode(errors="replace") for name in names)
    return None


def _numbers_labels(node: onnx.NodeProto) -> bool:
    keys = list(attribute_of(node, "keys_int64s", []))
    return bool(keys) and keys == list(range(len(keys)))


def _chosen(index: GraphIndex, candidate: _Candidate, notes: Sequence[str]) -> ChosenOutput:
    remarks = [*notes, candidate.note] if candidate.note else list(notes)
    return ChosenOutput(candidate.tensor, find_head(index, candidate.tensor), candidate.width, tuple(remarks))


def _named(index: GraphIndex, source: str, name: str, labels: int | None) -> _Candidate:
    if index.producer(name) is None:
        raise ModelRefused(
            deferred(
                "{source} has no output {name!r}. Its outputs are {outputs}.",
                source=source,
                name=name,
                outputs=_listed(index, index.outputs),
            ),
            deferred("Give one of these names."),
            "output",
        )
    candidate = _candidate(index, name)
    if candidate is None or not _fitting([candidate], labels):
        raise ModelRefused(
            deferred(
                "The output {name!r} of {source} is {kind}; expected one number for each label.",
                name=name,
                source=source,
                kind=str(index.type_of(name)),
            )
            if labels is None
            else deferred(
                "The output {name!r} of {source} is {kind}; expected one number for each of {labels:d} labels.",
                name=name,
                source=source,
                kind=str(index.type_of(name)),
                labels=labels,
            ),
            deferred("Its outputs are {outputs}.", outputs=_listed(index, index.outputs)),
            "output",
        )
    return candidate


def _candidate(index: GraphIndex, name: str) -> _Candidate | None:
    """Return an output as a candidate, or None if it cannot hold a number for each label."""
    tensor, note = name, ""
    node = index.producer(name)
    if node is not None and node.op_type == "ZipMap":
        tensor = node.input[0]
        note = deferred(
            "The output {name!r} is a list of names with numbers; the table that it is made of is used.", name=name
        )
    elif index.type_of(name).element in _INTEGERS and node is not None and node.op_type == "QuantizeLinear":
        tensor = node.input[0]
        note = deferred("The output {name!r} is rounded to 8 bits; the values before the rounding are used.", name=name)
    kind = index.type_of(tensor)
    if index.producer(tensor) is None or not (kind.is_float or kind.element == 0) or _is_class_number(index, tensor):
        return None
    if kind.element == 0 and not _may_be_table(node):
        return None
    fits, width = _width(kind, _batch(index))
    return _Candidate(name, tensor, width, note) if fits else None


def _may_be_table(node: onnx.NodeProto | None) -> bool:
    # A tensor of unknown type can be the output; a sequence or a map cannot.
    return node is not None and not node.op_type.startswith(("Sequence", "SplitToSequence", "ArrayFeature"))


def _is_class_number(index: GraphIndex, name: str) -> bool:
    node = index.producer(skip_reshapes(index, name))
    while node is not None and node.op_type in ("Cast", "Squeeze", "Identity", "Reshape"):
        node = index.producer(node.input[0])
    return node is not None and node.op_type in ("ArgMax", "TopK", "ReduceMax", "LabelEncoder", "ArrayFeatureExtractor")


def _width(kind: TensorType, batch: int | None) -> tuple[bool, int | None]:
    """Return whether a tensor can hold one number for each label, and how many labels that would be."""
    if kind.shape is None:
        return True, None
    if len(kind.shape) == 1:
        # One number for each picture, or the labels of a single picture whose batch axis was squeezed away.
        size = kind.shape[0]
        return True, size if batch == 1 and isinstance(size, int) else 1
    others = [size for size in kind.shape[1:] if size != 1]
    if not others:
        return bool(kind.shape), 1
    # Further axes of a known size are places in the picture, as in segmentation and detection.
    return not any(isinstance(size, int) for size in others[1:]), others[0] if isinstance(others[0], int) else None


def _batch(index: GraphIndex) -> int | None:
    shapes: list[Shape] = [shape for name in index.inputs if (shape := index.type_of(name).shape)]
    size = shapes[0][0] if shapes else None
    return size if isinstance(size, int) else None


def _fitting(candidates: Sequence[_Candidate], labels: int | None) -> list[_Candidate]:
    if labels is None:
        wide = [candidate for candidate in candidates if candidate.width != 1]
        return wide or list(candidates)
    exact = [candidate for candidate in candidates if candidate.width == labels]
    if exact:
        return exact
    unknown = [candidate for candidate in candidates if candidate.width is None]
    # One number for each picture can tell two classes apart.
    return unknown or [candidate for candidate in candidates if candidate.width == 1 and labels == 2]


def _before_selections(index: GraphIndex) -> list[_Candidate]:
    """Return the tables from which graphs that return class numbers only choose the best class."""
    tables: dict[str, str] = {}
    for node in index.nodes_before(index.outputs):
        ends = any(name in index.outputs for name in _passed_on(index, node))
        if node.op_type in _SELECTIONS and ends:
            tables.setdefault(node.input[0], node.op_type)
    candidates = []
    for name, operation in tables.items():
        candidate = _candidate(index, name)
        if candidate is not None:
            note = deferred(
                "The graph returns the best classes only ({operation}); what they are chosen from is used.",
                operation=operation,
            )
            candidates.append(_Candidate(candidate.name, candidate.tensor, candidate.width, note))
    return candidates


def _passed_on(index: GraphIndex, node: onnx.NodeProto) -> list[str]:
    """Return the tensors that a node makes, and the outputs that are these tensors in another shape or type."""
    made = list(node.output)
    for name in index.outputs:
        before: str | None = name
        while before is not None and before not in made:
            maker = index.producer(before)
            simple = maker is not None and maker.op_type in ("Cast", "Squeeze", "Identity", "Reshape", "LabelEncoder")
            before = maker.input[0] if maker is not None and simple else None
        if before is not None:
            made.append(name)
    return made


def _preferred(index: GraphIndex, candidates: Sequence[_Candidate], source: str) -> tuple[_Candidate, str]:
    """Return the one candidate to use and the reason in a sentence."""
    if len(candidates) == 1:
        return candidates[0], deferred(
            "The output {name!r} has one number for each label and is used.", name=candidates[0].name
        )
    heads = {find_head(index, candidate.tensor).tensor for candidate in candidates}
    if len(heads) == 1:
        return candidates[0], deferred(
            "All outputs of this shape have the same logits; {name!r} is used.", name=candidates[0].name
        )
    # Features and auxiliary logits feed the final layer, or lie beside it. What all others feed is the final output.
    for candidate in candidates:
        before = index.ancestors([candidate.tensor])
        if all(other.tensor in before for other in candidates):
            return candidate, deferred(
                "The output {name!r} is used, because the others of its shape lead to it.", name=candidate.name
            )
    for names in (_LOGITS_NAMES, _SCORE_NAMES):
        named = [candidate for candidate in candidates if candidate.name.lower() in names]
        if len(named) == 1:
            return named[0], deferred("The output {name!r} is used because of its name.", name=named[0].name)
    raise ModelRefused(
        deferred(
            "{source} has {number:d} outputs that fit: {outputs}.",
            source=source,
            number=len(candidates),
            outputs=_listed(index, [candidate.name for candidate in candidates]),
        ),
        deferred("Choose one of them by its name."),
        "output",
    )


def _listed(index: GraphIndex, names: Sequence[str]) -> str:
    return ", ".join(f"{name!r}: {index.type_of(name)}" for name in names)
