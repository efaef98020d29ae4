"""One question on its way to its answer, a few masked pictures at a time."""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import ExplanationFailed, StoreRefused, XaiError
from xai_core.explain.explanation import Explanation, rounded
from xai_core.explain.masking import Masker, hidden
from xai_core.explain.partition import PartitionSearch
from xai_core.explain.store import ExplanationStore
from xai_core.model.preprocess import normalised
from xai_core.model.runtime import Runtime, check_logits
from xai_core.settings import ENGINE_VERSION, ExplainSettings

log = logging.getLogger(__name__)

ENGINES = {"partition": PartitionSearch}
"""What `ExplainSettings.engine` names."""

CHUNK = 8
"""Masked pictures composed and evaluated at once: enough to keep a CPU busy, few enough to stop at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Why a model says what it says about a picture, as it is asked.

    Attributes
    ----------
    runtime
        The model, ready to run.
    view : (H, W, 3) uint8
        The picture as the model sees it, not normalised.
    picture_hash
        Of the picture's file; see `picture_hash`.
    settings
        What the map depends on.
    store
        Where the answer is kept.
    """

    runtime: Runtime
    view: NDArray[np.uint8]
    picture_hash: str
    settings: ExplainSettings
    store: ExplanationStore

    @property
    def key(self) -> str:
        """Name of the stored answer."""
        return self.settings.key(model_id=self.runtime.model_id, picture_hash=self.picture_hash)

    @property
    def search_key(self) -> str:
        """Name of the search that answers this question with any budget, by the very same numbers."""
        any_budget = replace(self.settings, evaluations=2)
        key = any_budget.key(model_id=self.runtime.model_id, picture_hash=self.picture_hash)
        return f"{key} {self.runtime.name}"

    def check(self) -> None:
        """Refuse settings that do not fit the model.

        Raises
        ------
        SettingRefused
            If the blur is larger than the input, or more labels steer than there are.
        """
        spec = self.runtime.spec
        self.settings.check_against(spec.input_size, len(spec.labels))


def picture_hash(content: bytes) -> str:
    """24 hexadecimal digits that change with any byte of a picture's file."""
    return hashlib.sha256(content).hexdigest()[:24]


class Computation:
    """The search for one answer. One thread drives it; any thread may read the answer so far.

    Parameters
    ----------
    question
        Its settings must fit its model.
    known : (n, L) float32
        Logits that an earlier search of the same `search_key` left behind; none of them is computed again.
    """

    def __init__(self, question: Question, known: NDArray[np.float32] | None = None) -> None:
        self._question = question
        picture = normalised(question.view, question.runtime.spec)
        self._pictures = picture, hidden(picture, question.settings)
        height, width, _ = picture.shape
        self._search = ENGINES[question.settings.engine]((height, width), question.settings, known)
        self._lock = threading.Lock()
        self._seconds = 0.0
        self._latest: Explanation | None = None

    @property
    def evaluations(self) -> int:
        """Forward passes whose logits are known, those of an earlier search included."""
        return self._search.evaluations

    @property
    def finished(self) -> bool:
        """Whether the budget is spent or every pixel has been reached."""
        return self._search.finished

    @property
    def logits(self) -> NDArray[np.float32]:
        """(n, L) of all evaluations, from which another computation can go on."""
        with self._lock:
            return self._search.logits.astype(np.float32)

    def batch(self) -> Iterator[None]:
        """Evaluate what the search asks for next, yielding after every few pictures; leave it at any of them.

        Raises
        ------
        ExplanationFailed
            If the model fails, or its outputs are not finite numbers of the expected shape.
        """
        coalitions = self._search.ask()
        # One for each batch, because of its buffer: those who wait for their turn need none.
        masker = Masker(*self._pictures)
        for start in range(0, len(coalitions), CHUNK):
            began = time.monotonic()
            logits = self._evaluated(masker.compose(coalitions[start : start + CHUNK]))
            with self._lock:
                self._search.tell(logits)
                self._seconds += time.monotonic() - began
            yield

    def explanation(self) -> Explanation | None:
        """Return the complete, additive answer so far; None before hidden and shown picture are evaluated."""
        with self._lock:
            if self.evaluations >= 2 and (self._latest is None or self._latest.evaluations < self.evaluations):
                self._latest = self._answer()
            return self._latest

    def _evaluated(self, masked: NDArray[np.float32]) -> NDArray[np.float32]:
        runtime = self._question.runtime
        try:
            logits = np.asarray(runtime.logits(masked), np.float32)
        except XaiError:
            raise
        except Exception as fault:
            raise ExplanationFailed(
                f"The model failed on a masked picture: {type(fault).__name__}: {fault}.",
                "Check the model file with another picture; if the machine ran out of memory, close other programs.",
            ) from fault
        check_logits(logits, len(masked), runtime.spec)
        return logits

    def _answer(self) -> Explanation:
        regions, runtime = self._search.result(), self._question.runtime
        return Explanation(
            region_of=regions.region_of,
            values=rounded(regions.values),
            base=regions.base,
            full=regions.full,
            evaluations=self._search.evaluations,
            work_left=self._search.work_left,
            seconds=self._seconds,
            settings=self._question.settings,
            labels=runtime.spec.labels,
            model_id=runtime.model_id,
            picture_hash=self._question.picture_hash,
            engine_version=ENGINE_VERSION,
            runtime=runtime.name,
        )


def explain(
    question: Question,
    *,
    progress: Callable[[int, int], None],
    refused: Callable[[StoreRefused], None] | None = None,
) -> tuple[Explanation, bool]:
    """Answer a question here and now, from its store if it is there.

    Parameters
    ----------
    question
        What is asked.
    progress
        Called with evaluations done and planned, after every few of them.
    refused
        Called if the store does not take the answer, which is returned all the same; without it, a warning is logged.

    Returns
    -------
    The explanation, and whether it came from the store.

    Raises
    ------
    SettingRefused
        If the settings do not fit the model.
    ExplanationFailed
        If the model fails.
    """
    question.check()
    found = question.store.get(question.key)
    if found is not None:
        return found, True
    computation = Computation(question)
    while not computation.finished:
        for _ in computation.batch():
            progress(computation.evaluations, max(computation.evaluations, question.settings.evaluations))
    explanation = computation.explanation()
    assert explanation is not None
    try:
        question.store.put(question.key, explanation)
    except StoreRefused as fault:
        (refused or _warn)(fault)
    return explanation, False


def _warn(fault: StoreRefused) -> None:
    log.warning("%s", fault.sentence)
