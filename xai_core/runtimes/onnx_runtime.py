"""Runtime for ONNX Runtime on a CPU, for classifiers of any origin."""

import copy
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import ExplanationFailed, ModelRefused
from xai_core.model.runtime import Outputs, run_in_batches
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.sources.onnx_graph.runnable import RunnableGraph

BATCH = 4
"""Pictures in a batch where the graph leaves it open. Activations of small batches stay in the CPU's cache."""


class OnnxRuntime:
    """Classifier from an ONNX graph.

    Several threads may run an ONNX Runtime session at once, and nothing else changes after construction.

    Parameters
    ----------
    graph
        The graph, with the form in which it takes pictures.
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
        If ONNX Runtime cannot run the graph, or its outputs do not fit the labels.
    """

    name = "onnxruntime cpu"

    def __init__(
        self,
        graph: RunnableGraph,
        spec: ModelSpec,
        model_id: str,
        *,
        lanes: int = 1,
        threads: int = 0,
        batch: int = BATCH,
    ) -> None:
        self.spec = spec
        self.model_id = model_id
        self._picture = graph.picture
        self._outputs = graph.logits.names
        self._session = graph.open_session(threads)
        self._lane_count = lanes
        self._lanes = ThreadPoolExecutor(lanes, "onnxruntime") if lanes > 1 else None
        self._fixed_batch = graph.batch
        self._batch = self._fixed_batch or batch
        self.embedding_size = self._probe(graph.source)

    @property
    def preferred_batch(self) -> int:
        """Pictures that keep all lanes busy (see `Runtime.preferred_batch`)."""
        return self._batch * self._lane_count

    @property
    def channels_first(self) -> bool:
        """True if the graph takes pictures (n, 3, H, W) (see `Runtime.channels_first`)."""
        return not self._picture.channels_last

    def with_batch(self, batch: int) -> "OnnxRuntime":
        """Return a runtime that shares this session and has batches of another size."""
        other = copy.copy(self)
        other._batch = self._fixed_batch or batch  # noqa: SLF001 - its own class
        return other

    def logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N, L) logits of pictures (N, H, W, 3) (see `Runtime.logits`)."""
        return self.logits_and_embeddings(inputs)[0]

    def logits_and_embeddings(self, inputs: NDArray[np.float32]) -> Outputs:
        """Return logits and inputs of the last linear layer (see `Runtime.logits_and_embeddings`)."""
        # Few pictures are spread over all lanes: two pictures in two lanes are done sooner than both in one.
        share = max(1, -(-len(inputs) // self._lane_count))
        batch = self._fixed_batch or min(self._batch, share)
        return run_in_batches(self._run, inputs, batch=batch, spec=self.spec, lanes=self._lanes)

    def _run(self, batch: NDArray[np.float32]) -> Outputs:
        spec = self.spec
        pictures = self._picture.arrange(batch, mean=spec.mean, std=spec.std, value_range=spec.value_range)
        try:
            logits, *embedding = self._session.run(self._outputs, {self._picture.name: pictures})
        except Exception as fault:  # onnxruntime's exceptions share no narrower base
            raise ExplanationFailed(f"The network failed on {self.name}: {fault}.") from fault
        # A fixed batch is filled up with copies of the last picture, whose outputs are dropped here.
        rows, count = len(logits), len(batch)
        return logits[:count], embedding[0].reshape(rows, -1)[:count] if embedding else None

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
