"""Runtime for ONNX Runtime on a CPU, for classifiers of any origin."""

import copy
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import ExplanationFailed, ModelRefused
from xai_core.language import deferred
from xai_core.model.places import Grid, check_labels
from xai_core.model.runtime import Outputs, run_in_batches
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.onnxruntime_library import onnxruntime
from xai_core.runtimes.opening.memory import give_back
from xai_core.runtimes.places.onnx_shares import LABELS, PARTS, SHAPE, PlaceOutputs, add_place_outputs
from xai_core.runtimes.places.parts import relative_error, spread_rest
from xai_core.runtimes.sources.onnx_graph.runnable import RunnableGraph

log = logging.getLogger(__name__)

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
        self._lane_count = lanes
        self._lanes = ThreadPoolExecutor(lanes, "onnxruntime") if lanes > 1 else None
        self._fixed_batch = graph.batch
        self._batch = self._fixed_batch or batch
        self._places: PlaceOutputs | None = None
        self.place_grid: Grid | None = None
        self._session = self._open_with_places(graph, threads) or graph.open_session(threads)
        self.embedding_size = self._probe(graph.source)
        give_back()

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
        return run_in_batches(self._run, inputs, batch=self._batch_of(inputs), spec=self.spec, lanes=self._lanes)

    def place_logits(
        self, inputs: NDArray[np.float32], labels: Sequence[int]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return logits and the share of each place in some of them (see `PlaceRuntime.place_logits`)."""
        places = self._places
        if places is None:
            raise ValueError("The logits of this network are no sum over places.")
        check_labels(labels, len(self.spec.labels))

        def run(batch: NDArray[np.float32]) -> Outputs:
            logits, parts = self._run_session(self._session, [self._outputs[0], PARTS], batch, labels)
            return logits, spread_rest(places.parts_of(parts), logits, labels)

        logits, shares = run_in_batches(run, inputs, batch=self._batch_of(inputs), spec=self.spec, lanes=self._lanes)
        assert shares is not None
        return logits, shares

    def _batch_of(self, inputs: NDArray[np.float32]) -> int:
        # Few pictures are spread over all lanes: two pictures in two lanes are done sooner than both in one.
        share = max(1, -(-len(inputs) // self._lane_count))
        return self._fixed_batch or min(self._batch, share)

    def _run(self, batch: NDArray[np.float32]) -> Outputs:
        logits, *embedding = self._run_session(self._session, self._outputs, batch)
        return logits, embedding[0].reshape(len(logits), -1) if embedding else None

    def _run_session(
        self,
        session: onnxruntime.InferenceSession,
        outputs: list[str],
        batch: NDArray[np.float32],
        labels: Sequence[int] = (),
    ) -> list[NDArray[np.float32]]:
        """Return outputs of the graph for a batch, with one row for each picture where they are not a shape."""
        spec = self.spec
        pictures = self._picture.arrange(batch, mean=spec.mean, std=spec.std, value_range=spec.value_range)
        given = {self._picture.name: pictures}
        if self._places is not None:
            given[LABELS] = np.array(labels, np.int64)
        try:
            found = session.run(outputs, given)
        except Exception as fault:  # onnxruntime's exceptions share no narrower base
            raise ExplanationFailed(
                deferred("The network failed on {device}: {reason}.", device=self.name, reason=str(fault))
            ) from fault
        # A fixed batch is filled up with copies of the last picture, whose outputs are dropped here.
        return [output if name == SHAPE else output[: len(batch)] for name, output in zip(outputs, found, strict=True)]

    def _open_with_places(self, graph: RunnableGraph, threads: int) -> onnxruntime.InferenceSession | None:
        """Open a session that also returns the parts of places, or return None where their sum is not the logits."""
        try:
            added = add_place_outputs(graph.model, graph.logits.name, len(self.spec.labels))
            if added is not None:
                additions, self._places = added
                session = graph.open_session(threads, additions)
                self.place_grid = self._check_places(session, self._places)
                if self.place_grid is not None:
                    return session
            log.debug("The logits of %s are no sum over several places.", graph.source)
        except Exception as fault:  # noqa: BLE001 - graphs of any exporter fail in any way, and run without places
            log.debug("The places of %s are not used: %s", graph.source, fault)
        self._places = None
        return None

    def _check_places(self, session: onnxruntime.InferenceSession, places: PlaceOutputs) -> Grid | None:
        """Return the rows and columns of the feature map, None if the sum over its places is not the logits."""
        height, width = self.spec.input_size
        # Noise, because on an even picture all places may be alike, and two pictures, because a graph may mix them.
        count = min(2, self._fixed_batch or 2)
        pictures = np.random.default_rng(0).normal(size=(count, height, width, 3)).astype(np.float32)
        outputs = [self._outputs[0], PARTS, SHAPE]
        logits, parts, shape = self._run_session(session, outputs, pictures, range(len(self.spec.labels)))
        error = relative_error(places.parts_of(parts), logits, places.bias)
        grid = places.grid_of(shape.tolist(), self.spec.input_size)
        log.debug("The sum over %d x %d places is off by %.1e of the logits.", *grid, error)
        return grid if error <= places.tolerance and grid != (1, 1) else None

    def _probe(self, source: str) -> int | None:
        """Run one picture, check the shape of the outputs, and return the embedding size."""
        height, width = self.spec.input_size
        # Exporters often leave the declared shapes of outputs open or wrong, so the true ones are found by a run.
        logits, embedding = self._run(np.zeros((1, height, width, 3), np.float32))
        if logits.ndim != 2:
            raise ModelRefused(
                deferred(
                    "{source} returns outputs of shape {shape}; expected (n, labels).",
                    source=source,
                    shape=logits.shape,
                )
            )
        if logits.shape[1] != len(self.spec.labels):
            raise ModelRefused(
                deferred(
                    "{source} has {outputs:d} outputs, but there are {labels:d} labels.",
                    source=source,
                    outputs=logits.shape[1],
                    labels=len(self.spec.labels),
                )
            )
        return None if embedding is None else embedding.shape[1]
