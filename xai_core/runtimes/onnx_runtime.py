"""Runtime for ONNX Runtime on a CPU, for classifiers of any origin."""

import copy
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from xai_core.errors import ExplanationFailed, ModelRefused
from xai_core.model.runtime import Outputs, run_in_batches
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.onnxruntime_library import onnxruntime

BATCH = 4
"""Pictures in a batch where the graph leaves it open. Activations of small batches stay in the CPU's cache."""

_SILENT = 4
"""onnxruntime's log level "fatal", because its errors also come as exceptions, which are reported from here."""


class OnnxRuntime:
    """Classifier from an .onnx file.

    Several threads may run an ONNX Runtime session at once, and nothing else changes after construction.

    Parameters
    ----------
    path
        The .onnx file. It has one input, float32, (n, 3, H, W) or (n, H, W, 3), and its first output is the logits.
        Where the graph ends in a softmax, the logits are taken from before it.
    spec, model_id
        See `Runtime`.
    lanes
        Batches that run side by side. As many batches as there are cores, with one thread each, are faster than all
        cores on one batch, because no core waits for the others after every layer.
    threads
        CPU threads of one batch; 0 lets onnxruntime choose.
    batch
        Pictures in a batch, where the graph leaves it open.

    Raises
    ------
    ModelRefused
        If the file is damaged, or its graph does not fit the spec.
    """

    name = "onnxruntime cpu"

    def __init__(
        self, path: Path, spec: ModelSpec, model_id: str, *, lanes: int = 1, threads: int = 0, batch: int = BATCH
    ) -> None:
        self.spec = spec
        self.model_id = model_id
        graph = _read(path)
        self._outputs = _expose_outputs(graph.graph, path.name)
        self._session = _open_session(graph, path.name, threads)
        self._layout = _read_layout(self._session, spec, path.name)
        self._lane_count = lanes
        self._lanes = ThreadPoolExecutor(lanes, "onnxruntime") if lanes > 1 else None
        self._batch = self._layout.batch or batch
        self.embedding_size = self._probe(path.name)

    @property
    def preferred_batch(self) -> int:
        """Pictures that keep all lanes busy (see `Runtime.preferred_batch`)."""
        return self._batch * self._lane_count

    @property
    def channels_first(self) -> bool:
        """True if the graph takes pictures (n, 3, H, W) (see `Runtime.channels_first`)."""
        return not self._layout.channels_last

    def with_batch(self, batch: int) -> "OnnxRuntime":
        """Return a runtime that shares this session and has batches of another size."""
        other = copy.copy(self)
        other._batch = self._layout.batch or batch  # noqa: SLF001 - its own class
        return other

    def logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N, L) logits of pictures (N, H, W, 3) (see `Runtime.logits`)."""
        return self.logits_and_embeddings(inputs)[0]

    def logits_and_embeddings(self, inputs: NDArray[np.float32]) -> Outputs:
        """Return logits and inputs of the last linear layer (see `Runtime.logits_and_embeddings`)."""
        # Few pictures are spread over all lanes: two pictures in two lanes are done sooner than both in one.
        share = max(1, -(-len(inputs) // self._lane_count))
        batch = self._layout.batch or min(self._batch, share)
        return run_in_batches(self._run, inputs, batch=batch, spec=self.spec, lanes=self._lanes)

    def _run(self, batch: NDArray[np.float32]) -> Outputs:
        pictures = self._layout.arrange(batch)
        try:
            logits, *embedding = self._session.run(self._outputs, {self._layout.name: pictures})
        except Exception as fault:  # onnxruntime's exceptions share no narrower base
            raise ExplanationFailed(f"The network failed on {self.name}: {fault}.") from fault
        count = len(batch)
        return logits[:count], embedding[0][:count].reshape(count, -1) if embedding else None

    def _probe(self, source: str) -> int | None:
        """Run one picture, check the shape of the outputs, and return the embedding size."""
        height, width = self.spec.input_size
        # Exporters often leave the declared shapes of outputs open or wrong, so the true ones are found by a run.
        logits, embedding = self._run(np.zeros((1, height, width, 3), np.float32))
        if logits.ndim != 2:
            raise ModelRefused(f"{source} returns outputs of shape {logits.shape}; expected (n, labels).")
        if logits.shape[1] != len(self.spec.labels):
            raise ModelRefused(f"{source} has {logits.shape[1]} outputs, but there are {len(self.spec.labels)} labels.")
        return None if embedding is None else embedding.shape[1]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Form of the pictures that a graph takes.

    Attributes
    ----------
    name
        Name of the input.
    channels_last
        True for (n, H, W, 3), False for (n, 3, H, W).
    batch
        Number of pictures that the graph requires; None leaves it open.
    """

    name: str
    channels_last: bool
    batch: int | None

    def arrange(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return pictures (n, H, W, 3) in the order and number that the graph takes."""
        # The last picture is repeated up to the fixed number; `_run` drops the surplus outputs.
        if self.batch is not None and len(pictures) < self.batch:
            pictures = np.concatenate([pictures, np.repeat(pictures[-1:], self.batch - len(pictures), axis=0)])
        return np.ascontiguousarray(pictures if self.channels_last else pictures.transpose(0, 3, 1, 2))


def _read(path: Path) -> onnx.ModelProto:
    try:
        graph = onnx.load(path)
    except Exception as fault:  # protobuf's and onnx's exceptions share no narrower base
        raise ModelRefused(
            f"{path.name} is damaged or not an ONNX file: {fault}.", "Export or copy it again."
        ) from fault
    if not graph.graph.node or not graph.graph.output:
        raise ModelRefused(f"{path.name} is damaged or not an ONNX file: its graph is empty.", "Export it again.")
    return graph


def _open_session(graph: onnx.ModelProto, source: str, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _SILENT
    options.intra_op_num_threads = threads
    try:
        return onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception as fault:  # onnxruntime's exceptions share no narrower base
        raise ModelRefused(f"onnxruntime cannot run {source}: {fault}.", "Export it again.") from fault


def _expose_outputs(graph: onnx.GraphProto, source: str) -> list[str]:
    """Make outputs of the logits and of the input of a last linear layer, and name them."""
    made_by = {name: node for node in graph.node for name in node.output}
    logits = graph.output[0].name
    if logits not in made_by:
        raise ModelRefused(f"{source} returns {logits!r}, which no node of its graph computes.", "Export it again.")
    # Logits are explained: after a softmax, a label's value would also depend on the evidence for every other label.
    if made_by[logits].op_type in ("Softmax", "LogSoftmax"):
        logits = made_by[logits].input[0]
    wanted = [logits]
    embedding = _input_of_linear(graph, made_by, logits)
    if embedding is not None:
        wanted.append(embedding)
    declared = {output.name for output in graph.output}
    for name in wanted:
        if name not in declared:
            graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    return wanted


def _input_of_linear(graph: onnx.GraphProto, made_by: dict[str, onnx.NodeProto], name: str) -> str | None:
    """Return the name of x where the named tensor is x @ weight + bias, else None."""
    constants = {tensor.name for tensor in graph.initializer}
    # Some exporters store weights as initializers, others as Constant nodes.
    constants |= {name for name, node in made_by.items() if node.op_type == "Constant"}
    node = made_by.get(name)
    if node is not None and node.op_type == "Add":
        summands = [made_by[part] for part in node.input if part in made_by and part not in constants]
        node = summands[0] if len(summands) == 1 else None
    if node is None or node.op_type not in ("Gemm", "MatMul"):
        return None
    # A product of two computed tensors is attention, not a linear layer with an embedding as its input.
    linear = node.input[0] not in constants and node.input[1] in constants
    return str(node.input[0]) if linear else None


def _read_layout(session: onnxruntime.InferenceSession, spec: ModelSpec, source: str) -> _Layout:
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise ModelRefused(f"{source} has {len(inputs)} inputs; expected one, the picture.")
    name, kind, shape = inputs[0].name, inputs[0].type, inputs[0].shape
    if kind != "tensor(float)":
        raise ModelRefused(f"The input {name!r} of {source} is {kind}; expected tensor(float), which is float32.")
    if len(shape) != 4:
        raise ModelRefused(f"The input {name!r} of {source} has shape {shape}; expected four dimensions.")
    height, width = spec.input_size
    # Where both sizes are 3 or open, channels first is assumed, as most exporters write it.
    channels_last = shape[3] == 3 and shape[1] != 3
    expected = (height, width, 3) if channels_last else (3, height, width)
    if any(isinstance(found, int) and found != wanted for found, wanted in zip(shape[1:], expected, strict=True)):
        raise ModelRefused(
            f"The input {name!r} of {source} has shape {shape}; its spec says (n, {', '.join(map(str, expected))}).",
            "Correct input_size in the spec.",
        )
    return _Layout(name=name, channels_last=channels_last, batch=shape[0] if isinstance(shape[0], int) else None)
