"""Computation of one explanation, a few masked pictures at a time."""

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from xai_core.engines.registry import new_search
from xai_core.errors import ExplanationFailed, OutputsNotFinite, XaiError
from xai_core.explain.evaluate import Evaluate, EvaluationRequest, chunk_size, row_evaluator_maker, used_grid
from xai_core.explain.explanation import Explanation, rounded
from xai_core.language import deferred
from xai_core.model.runtime import Coalition, check_logits
from xai_core.settings.engine_table import ENGINES


class ExplanationRequest(EvaluationRequest, Protocol):
    """Picture, model and settings of an explanation, such as a `Question`."""

    @property
    def picture_hash(self) -> str:
        """Digest of the picture's file."""
        ...


class Computation:
    """Search for one explanation. One thread drives it, and any thread may read the answer so far.

    Parameters
    ----------
    request
        Picture, model and settings, which must fit the model.
    known : (n, L) or (n, L + P * K) float32
        Rows of an earlier search with the same `search_key`. None of them is computed again.
    """

    def __init__(self, request: ExplanationRequest, known: NDArray[np.float32] | None = None) -> None:
        self._request = request
        labels = request.runtime.spec.labels
        self._places = used_grid(request)
        full = None if known is None or len(known) < 2 else known[1, : len(labels)]
        self._new_evaluator = row_evaluator_maker(request, full)
        # The first two, the hidden and the whole picture, are evaluated together.
        self._chunk = max(2, chunk_size(request.runtime))
        self._search = new_search(request.view, request.settings, known, labels, self._places)
        # Held while the search changes and while it is read: a reader in another thread would otherwise see logits of
        # one state and regions of another.
        self._lock = threading.Lock()
        self._seconds = 0.0
        self._latest: Explanation | None = None

    @property
    def evaluations(self) -> int:
        """Number of forward passes whose logits are known, with those of an earlier search."""
        return self._search.evaluations

    @property
    def finished(self) -> bool:
        """True if the budget is spent or every pixel has been reached."""
        return self._search.finished

    @property
    def planned(self) -> int:
        """Expected number of forward passes; with a small picture or a settled map they may end earlier."""
        return self.evaluations if self.finished else max(self.evaluations, self._request.settings.evaluations)

    @property
    def logits(self) -> NDArray[np.float32]:
        """(n, L) or (n, L + P * K) rows of all evaluations, from which another computation can go on."""
        with self._lock:
            return self._search.logits.astype(np.float32)

    def batch(self) -> Iterator[None]:
        """Evaluate the next batch of the search, yielding after every few pictures.

        The caller may leave the iteration at any time. The search then asks for the rest of the batch again.

        Raises
        ------
        ExplanationFailed
            If the model fails, or if its outputs are not finite numbers of the expected shape.
        """
        coalitions = self._search.ask()
        # A new evaluator for every batch: its buffer is large, and computations that wait for their turn need none.
        evaluate = self._new_evaluator()
        for start in range(0, len(coalitions), self._chunk):
            began = time.monotonic()
            logits = self._evaluated(evaluate, coalitions[start : start + self._chunk])
            with self._lock:
                self._search.tell(logits)
                self._seconds += time.monotonic() - began
            yield

    def answer(self) -> Explanation | None:
        """Return the complete, additive explanation so far, or None before the first two evaluations.

        The first two are the fully hidden and the fully shown picture.
        """
        with self._lock:
            if self.evaluations >= 2 and (self._latest is None or self._latest.evaluations < self.evaluations):
                self._latest = self._explanation()
            return self._latest

    def _evaluated(self, evaluate: Evaluate, coalitions: Sequence[Coalition]) -> NDArray[np.float32]:
        try:
            logits = np.asarray(evaluate(coalitions), np.float32)
        except XaiError:
            raise
        except Exception as fault:
            raise ExplanationFailed(
                deferred(
                    "The model failed on a masked picture: {kind}: {fault}.",
                    kind=type(fault).__name__,
                    fault=str(fault),
                ),
                deferred("Try another picture. If the machine ran out of memory, close other programs."),
            ) from fault
        outputs = len(self._request.runtime.spec.labels)
        check_logits(logits[:, :outputs] if self._places else logits, len(coalitions), self._request.runtime.spec)
        if not np.isfinite(logits).all():
            raise OutputsNotFinite(
                deferred("The last feature map of the model is not finite (NaN or infinite) for a masked picture."),
                deferred(
                    "Check that its weights are finite and that its spec (value_range, mean, std) is that of its "
                    "training."
                ),
            )
        return logits

    def _explanation(self) -> Explanation:
        regions, runtime, settings = self._search.result(), self._request.runtime, self._request.settings
        return Explanation(
            region_of=regions.region_of,
            values=rounded(regions.values),
            base=regions.base,
            full=regions.full,
            evaluations=self._search.evaluations,
            work_left=self._search.work_left,
            seconds=self._seconds,
            settings=settings,
            labels=runtime.spec.labels,
            model_id=runtime.model_id,
            picture_hash=self._request.picture_hash,
            engine_version=ENGINES[settings.engine].version,
            runtime=runtime.name,
            uncertainty=regions.uncertainty,
            places=self._places,
        )
