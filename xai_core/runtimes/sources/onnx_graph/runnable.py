"""Graph of any exporter with everything that a run of it needs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnx
from onnx import TensorProto

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.runtimes.onnxruntime_library import onnxruntime
from xai_core.runtimes.sources.onnx_graph.computed_sizes import Constants, store_constants
from xai_core.runtimes.sources.onnx_graph.files import read_model
from xai_core.runtimes.sources.onnx_graph.logits import LogitsOutput
from xai_core.runtimes.sources.onnx_graph.picture_input import PictureInput
from xai_core.runtimes.sources.onnx_graph.prepare import PreparedGraph, prepare_graph

SILENT = 4
"""onnxruntime's log level "fatal", because its errors also come as exceptions, which are reported from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Result of a trial on pictures, which the nodes of a graph do not show.

    Attributes
    ----------
    channels_last
        Order of the axes of the pictures that the graph could run.
    batch
        Number of pictures that the graph insists on; None leaves it open.
    one_by_one
        True if the answer to a picture depends on the other pictures of its batch.
    probabilities
        Sum of the numbers of a picture if they are probabilities that the graph does not show, else None.
    notes
        Sentences about these.
    constants
        Sizes that the graph computes in every run with the same result. They are for speed and change no logits.
    """

    channels_last: bool
    batch: int | None = None
    one_by_one: bool = False
    probabilities: float | None = None
    notes: tuple[str, ...] = ()
    constants: Constants = field(default_factory=dict)

    @property
    def reading(self) -> str:
        """Text that differs between findings with different logits; empty for the usual one."""
        scale = "" if self.probabilities is None else f"logarithms of {self.probabilities:g}"
        return "; ".join(part for part in (scale, "one by one" if self.one_by_one else "") if part)

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain JSON values, which `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Build a finding from `to_json`'s values.

        Raises
        ------
        KeyError, TypeError
            If they are something else.
        """
        return cls(**{**values, "notes": tuple(values["notes"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnableGraph:
    """Graph that maps pictures to logits, with the form in which it takes them.

    Attributes
    ----------
    source
        Name of the file, for messages.
    model
        The graph; its outputs are those of `logits`.
    picture
        The input, with the number of pictures that it insists on.
    logits
        The outputs.
    notes
        Sentences about what was changed, assumed or chosen.
    one_by_one
        True if each picture is run alone.
    """

    source: str
    model: onnx.ModelProto
    picture: PictureInput
    logits: LogitsOutput
    notes: tuple[str, ...] = ()
    one_by_one: bool = False

    @property
    def batch(self) -> int | None:
        """Number of pictures in a run; None leaves it open."""
        return 1 if self.one_by_one else self.picture.batch

    def open_session(self, threads: int = 0, additions: bytes = b"") -> onnxruntime.InferenceSession:
        """Open a session on the CPU.

        Parameters
        ----------
        threads
            CPU threads; 0 lets onnxruntime choose.
        additions
            Serialised model whose nodes, inputs and outputs are added to the graph.

        Raises
        ------
        ModelRefused
            If ONNX Runtime cannot run the graph.
        """
        return open_session(self.model, self.source, threads, additions)


def build_runnable(prepared: PreparedGraph, finding: Finding, source: str) -> RunnableGraph:
    """Put a prepared graph and a finding together. The constants of the finding are stored in the graph."""
    store_constants(prepared.model, finding.constants)
    picture = input_of(prepared, finding)
    return RunnableGraph(
        source=source,
        model=prepared.model,
        picture=picture.with_batch(finding.batch),
        logits=prepared.logits,
        notes=prepared.notes,
        one_by_one=finding.one_by_one,
    )


def read_plain_graph(path: Path, labels: int | None = None) -> RunnableGraph:
    """Read a graph whose nodes show all that a run needs, such as this project's own exports.

    Raises
    ------
    ModelRefused
        If it is damaged or cannot be used.
    """
    prepared = prepare_graph(read_model(path).model, path.name, labels=labels)
    picture = prepared.inputs[0]
    finding = Finding(channels_last=picture.channels_last, batch=picture.batch)
    return build_runnable(prepared, finding, path.name)


def describe_graph(graph: RunnableGraph, model: onnx.ModelProto) -> dict[str, str]:
    """Return phrases about a graph: its network, input, output and precision.

    Parameters
    ----------
    graph
        The graph as it is run.
    model
        The model as the file holds it.
    """
    opset = next((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 0)
    maker = f"{model.producer_name} {model.producer_version}".rstrip() if model.producer_name else ""
    nodes = len(model.graph.node)
    picture = graph.picture
    height, width = picture.height or "any", picture.width or "any"
    sizes = [height, width, 3] if picture.channels_last else [3, height, width]
    shape = ", ".join(map(str, [picture.batch or "n", *sizes] if picture.has_batch else sizes))
    kinds = sorted({TensorProto.DataType.Name(tensor.data_type).lower() for tensor in model.graph.initializer})
    return {
        "network": deferred(
            "ONNX graph of {nodes:d} nodes, opset {opset:d}, by {maker}", nodes=nodes, opset=opset, maker=maker
        )
        if maker
        else deferred("ONNX graph of {nodes:d} nodes, opset {opset:d}", nodes=nodes, opset=opset),
        "input": f"{picture.name}: {np.dtype(picture.dtype).name} ({shape})",
        "output": ", ".join(output.name for output in model.graph.output),
        "precision": deferred("weights of {kinds}", kinds=", ".join(kinds))
        if kinds
        else deferred("weights in the nodes"),
    }


def input_of(prepared: PreparedGraph, finding: Finding) -> PictureInput:
    """Return the form of input that a finding chose."""
    fitting = [picture for picture in prepared.inputs if picture.channels_last == finding.channels_last]
    return fitting[0] if fitting else prepared.inputs[0]


def open_session(
    model: onnx.ModelProto, source: str, threads: int = 0, additions: bytes = b""
) -> onnxruntime.InferenceSession:
    """Open a session on the CPU, see `RunnableGraph.open_session`."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = SILENT
    options.intra_op_num_threads = threads
    try:
        # Protobuf merges messages that follow one another, so that no copy of the weights has to be changed.
        serialised = model.SerializeToString() + additions
        return onnxruntime.InferenceSession(serialised, options, providers=["CPUExecutionProvider"])
    except Exception as fault:  # onnxruntime's exceptions share no narrower base
        raise ModelRefused(
            deferred("onnxruntime cannot run {source}: {reason}.", source=source, reason=str(fault)),
            deferred("Export it again."),
        ) from fault
