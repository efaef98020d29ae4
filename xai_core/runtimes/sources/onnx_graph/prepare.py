"""Preparation of an ONNX graph of any exporter, so that it maps pictures to logits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import onnx

from xai_core.runtimes.sources.onnx_graph.computed_sizes import computed_sizes, drop_empty_inputs
from xai_core.runtimes.sources.onnx_graph.extra_inputs import fill_inputs
from xai_core.runtimes.sources.onnx_graph.index import GraphIndex
from xai_core.runtimes.sources.onnx_graph.logits import LogitsOutput, expose_logits
from xai_core.runtimes.sources.onnx_graph.outputs import ChosenOutput, choose_output
from xai_core.runtimes.sources.onnx_graph.picture_input import PictureInput, find_picture_inputs, inner_batches
from xai_core.runtimes.sources.onnx_graph.probabilities import skip_reshapes
from xai_core.runtimes.sources.onnx_graph.training_mode import set_inference_mode


@dataclass(frozen=True, slots=True)
class PreparedGraph:
    """Graph that maps pictures to logits.

    Attributes
    ----------
    model
        The changed copy of the model.
    inputs
        Ways in which it may take its pictures, the likeliest first; more than one if a run must tell.
    logits
        What it returns.
    batches
        Numbers of pictures to try, see `inner_batches`.
    notes
        Sentences about everything that was changed, assumed or chosen.
    reading
        Text that differs between readings of one file with different logits. It is empty for the plain one: the first
        output, or what its last softmax is made of.
    sizes
        Names of the tensors that may be replaced by constants, see `computed_sizes`.
    """

    model: onnx.ModelProto
    inputs: tuple[PictureInput, ...]
    logits: LogitsOutput
    batches: tuple[int, ...]
    notes: tuple[str, ...]
    reading: str = ""
    sizes: tuple[str, ...] = ()


def prepare_graph(
    model: onnx.ModelProto,
    source: str,
    *,
    labels: int | None,
    output: str | None = None,
    values: Mapping[str, Sequence[float]] | None = None,
    probabilities: float | None = None,
) -> PreparedGraph:
    """Return a copy of a model that takes pictures only and returns logits.

    Parameters
    ----------
    model
        The model as `read_model` returns it.
    source
        Name of the file, for messages.
    labels
        Number of labels, where known.
    output
        Name of the output that the user chose.
    values
        Values of further inputs that the user gives, by the name of the input; see `fill_inputs`.
    probabilities
        Sum of a picture's numbers where `classify_rows` found probabilities that the graph does not show.

    Raises
    ------
    ModelRefused
        If the graph cannot be used, with what was found, what was expected and the cure.
    """
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    before = GraphIndex(copy)
    chosen = choose_output(before, source, labels=labels, output=output)
    plain = _plain_logits(before)
    changes = set_inference_mode(before, (chosen.name, chosen.head.tensor), source)
    reading = _reading(before, plain, chosen, changed=bool(changes))
    logits = expose_logits(copy, before, chosen, source, labels=labels, probabilities=probabilities)
    # Inputs that only other outputs needed are gone now. Inferring the types again would cost time for nothing.
    after = GraphIndex(copy, before.types)
    inputs = find_picture_inputs(after, source, filled=tuple(values or ()))
    filled = fill_inputs(copy, after, inputs[0].name, source, values)
    drop_empty_inputs(copy)
    notes = (*chosen.notes, *changes, *logits.notes, *filled)
    return PreparedGraph(copy, inputs, logits, inner_batches(after), notes, reading, computed_sizes(after))


def _plain_logits(index: GraphIndex) -> str:
    """Return the tensor that counts as the logits if only a softmax as last node is looked at."""
    node = index.producer(index.outputs[0])
    softmax = node is not None and node.op_type in ("Softmax", "LogSoftmax")
    return str(node.input[0]) if node is not None and softmax else index.outputs[0]


def _reading(index: GraphIndex, plain: str, chosen: ChosenOutput, *, changed: bool) -> str:
    """Return the reading, see `PreparedGraph`."""
    # Versions before these readings had ids without them. Files that they understood must keep their ids, and files
    # that they misunderstood must get others, or answers that were wrong would be shown as sound.
    parts = []
    if skip_reshapes(index, chosen.head.tensor) != skip_reshapes(index, plain):
        parts.append(f"values of {chosen.head.tensor}")
    if chosen.head.kind == "mixture":
        parts.append("logarithms")
    if changed:
        parts.append("inference mode")
    return "; ".join(parts)
