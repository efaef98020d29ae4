"""Inference mode for graphs that were exported while the network was in training mode."""

import numpy as np
import onnx

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.runtimes.sources.onnx_graph.index import GraphIndex, attribute_of

_EXPORT_AGAIN = deferred("Call model.eval() and export it again.")

_RANDOM = ("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial")


def set_inference_mode(index: GraphIndex, outputs: tuple[str, ...], source: str) -> tuple[str, ...]:
    """Put the nodes that some tensors depend on into inference mode, in place.

    Dropout then passes its input on, and BatchNormalization uses the statistics that the file stores. Both are exactly
    what the exporter would have written in inference mode.

    Parameters
    ----------
    index
        Index of the graph, whose nodes are changed.
    outputs
        Names of the tensors that will be computed.
    source
        Name of the file, for messages.

    Returns
    -------
    Sentences about what was changed.

    Raises
    ------
    ModelRefused
        If inference mode cannot be restored exactly.
    """
    nodes = list(index.nodes_before(outputs))
    _refuse_random(nodes, source)
    used = {name for node in nodes for name in node.input} | set(outputs)
    dropouts = [node for node in nodes if _drops(node, index)]
    for node in dropouts:
        del node.input[2:]
    # Weight standardisation is exported as a BatchNormalization of weights, which no batch changes.
    norms = [
        node
        for node in nodes
        if node.op_type == "BatchNormalization" and _is_training(node) and not index.is_constant(node.input[0])
    ]
    for node in norms:
        _use_stored_statistics(node, index, used, source)
    notes = []
    if dropouts:
        notes.append(
            deferred(
                "The file was exported in training mode: {layers} would still drop values at random. Dropout is "
                "switched off, as model.eval() does.",
                layers=_count(len(dropouts), "Dropout"),
            )
        )
    if norms:
        notes.append(
            deferred(
                "The file was exported in training mode: {layers} would use the statistics of the batch. The stored "
                "statistics are used, as after model.eval().",
                layers=_count(len(norms), "BatchNormalization"),
            )
        )
    return tuple(notes)


def _refuse_random(nodes: list[onnx.NodeProto], source: str) -> None:
    drawn = sorted({node.op_type for node in nodes if node.op_type in _RANDOM})
    if drawn:
        raise ModelRefused(
            deferred(
                "{source} draws random numbers ({names}) on the way to its outputs, so that every run gives other "
                "answers.",
                source=source,
                names=", ".join(drawn),
            ),
            _EXPORT_AGAIN,
        )


def _drops(node: onnx.NodeProto, index: GraphIndex) -> bool:
    # Up to opset 11 the node has no training mode. From 12 on it is the third input, which may be computed.
    return (
        node.op_type == "Dropout" and len(node.input) > 2 and node.input[2] != "" and index.scalar(node.input[2]) != 0
    )


def _is_training(node: onnx.NodeProto) -> bool:
    # Up to opset 13 more than one output means training mode, and ONNX Runtime does use the batch's statistics then.
    # From 14 on it is an attribute, and more than one output without it is not a valid file.
    return bool(attribute_of(node, "training_mode", 0)) or sum(name != "" for name in node.output) > 1


def _use_stored_statistics(node: onnx.NodeProto, index: GraphIndex, used: set[str], source: str) -> None:
    if used.intersection(node.output[1:]):
        raise ModelRefused(
            deferred(
                "{source} was exported in training mode, and its outputs depend on the statistics of the batch.",
                source=source,
            ),
            _EXPORT_AGAIN,
        )
    mean, variance = (index.constant(name) for name in node.input[3:5])
    # Exporters write 0 and 1 for a layer that never recorded statistics: it has no inference mode.
    if mean is None or variance is None or (not np.any(mean) and np.all(variance == 1)):
        raise ModelRefused(
            deferred(
                "{source} was exported in training mode, and a BatchNormalization layer in it stores no statistics of "
                "the training set.",
                source=source,
            ),
            deferred("Train it with track_running_stats=True, call model.eval(), and export it again."),
        )
    del node.output[1:]
    kept = [attribute for attribute in node.attribute if attribute.name != "training_mode"]
    del node.attribute[:]
    node.attribute.extend(kept)


def _count(number: int, kind: str) -> str:
    if number == 1:
        return deferred("one {kind} layer", kind=kind)
    return deferred("{number:d} {kind} layers", number=number, kind=kind)
