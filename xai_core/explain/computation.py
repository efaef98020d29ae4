"""One question on its way to its answer, a few masked pictures at a time."""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from xai_core.engines.partition import PartitionSearch
from xai_core.engines.regions import SurrogateSearch
from xai_core.engines.search import Search
from xai_core.errors import ExplanationFailed, StoreRefused, XaiError
from xai_core.explain.explanation import Explanation, rounded
from xai_core.explain.store import ExplanationStore
from xai_core.masking import Coalition, composer_maker, hidden_form
from xai_core.model.preprocess import normalised
from xai_core.model.runtime import ComposingRuntime, Runtime, check_logits
from xai_core.settings import ENGINE_VERSIONS, ExplainSettings

log = logging.getLogger(__name__)


def _partition(
    view: NDArray[np.uint8], settings: ExplainSettings, known: NDArray[np.floating] | None, labels: Sequence[str]
) -> Search:
    return PartitionSearch((view.shape[0], view.shape[1]), settings, known, labels)


Engine = Callable[[NDArray[np.uint8], ExplainSettings, NDArray[np.floating] | None, Sequence[str]], Search]
"""From the picture as the model sees it, settings, logits of masks that are known, and names of the outputs."""

ENGINES: dict[str, Engine] = {"partition": _partition, "regions": SurrogateSearch}
"""What `ExplainSettings.engine` names."""

CHUNK = 8
"""Masked pictures composed and evaluated at once, or as many as the runtime needs: few enough to stop at once."""

Evaluate = Callable[[Sequence[Coalition]], NDArray[np.float32]]
"""From n coalitions to (n, L) logits."""


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
        any_budget = replace(self.settings, evaluations=2, settle=0.0)
        key = any_budget.key(model_id=self.runtime.model_id, picture_hash=self.picture_hash)
        return f"{key} {self.runtime.name}"

    def check(self) -> None:
        """Refuse settings that do not fit the model.

        Raises
        ------
        SettingRefused
            If the blur is larger than the input, or more or other labels steer than there are.
        """
        spec = self.runtime.spec
        self.settings.check_against(spec.input_size, spec.labels)

    @property
    def planned(self) -> int:
        """Evaluations that it may take."""
        return self.settings.evaluations

    def stored(self) -> Explanation | None:
        """Return the answer where it is kept already."""
        return self.store.get(self.key)

    def put(self, answer: Explanation, _logits: NDArray[np.float32]) -> None:
        """Keep an answer that is whole.

        Raises
        ------
        StoreRefused
            If the disk does not take it.
        """
        self.store.put(self.key, answer)

    def spent(self, answer: Explanation) -> int:
        """Evaluations that an answer took."""
        return answer.evaluations

    def begin(self, known: NDArray[np.float32] | None = None) -> "Computation":
        """Start to look for the answer; see `Computation`."""
        return Computation(self, known)


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
        self._new_evaluator = _evaluator_maker(question)
        runtime = question.runtime
        self._chunk = runtime.at_once * max(1, CHUNK // runtime.at_once)
        engine = ENGINES[question.settings.engine]
        self._search = engine(question.view, question.settings, known, runtime.spec.labels)
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
    def planned(self) -> int:
        """Forward passes in all; a small picture, or a map that settles, may need fewer."""
        return self.evaluations if self.finished else max(self.evaluations, self._question.settings.evaluations)

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
        evaluate = self._new_evaluator()
        for start in range(0, len(coalitions), self._chunk):
            began = time.monotonic()
            logits = self._evaluated(evaluate, coalitions[start : start + self._chunk])
            with self._lock:
                self._search.tell(logits)
                self._seconds += time.monotonic() - began
            yield

    def answer(self) -> Explanation | None:
        """See `explanation`: the name by which the service knows it."""
        return self.explanation()

    def explanation(self) -> Explanation | None:
        """Return the complete, additive answer so far; None before hidden and shown picture are evaluated."""
        with self._lock:
            if self.evaluations >= 2 and (self._latest is None or self._latest.evaluations < self.evaluations):
                self._latest = self._answer()
            return self._latest

    def _evaluated(self, evaluate: Evaluate, coalitions: Sequence[Coalition]) -> NDArray[np.float32]:
        try:
            logits = np.asarray(evaluate(coalitions), np.float32)
        except XaiError:
            raise
        except Exception as fault:
            raise ExplanationFailed(
                f"The model failed on a masked picture: {type(fault).__name__}: {fault}.",
                "Check the model file with another picture; if the machine ran out of memory, close other programs.",
            ) from fault
        check_logits(logits, len(coalitions), self._question.runtime.spec)
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
            engine_version=ENGINE_VERSIONS[self._question.settings.engine],
            runtime=runtime.name,
            uncertainty=regions.uncertainty,
        )


def _evaluator_maker(question: Question) -> Callable[[], Evaluate]:
    """Return what makes evaluators: on the device where the runtime composes there, else of composed pictures."""
    runtime, view, settings = question.runtime, question.view, question.settings
    if isinstance(runtime, ComposingRuntime) and not settings.inpaints:
        on_device = runtime.masked(normalised(view, runtime.spec), hidden_form(view, runtime.spec, settings))
        return lambda: on_device
    new_composer = composer_maker(view, runtime.spec, settings, channels_first=runtime.channels_first)

    def evaluator() -> Evaluate:
        composer = new_composer()
        return lambda coalitions: runtime.logits(composer.compose(coalitions))

    return evaluator


def explain(
    question: Question,
    *,
    progress: Callable[[int, int], None],
    refused: Callable[[StoreRefused], None] | None = None,
    seconds: float = float("inf"),
) -> tuple[Explanation, bool]:
    """Answer a question here and now, from its store if it is there.

    What an earlier search with another budget found is taken over, also after a restart: going on from 1,000 to
    10,000 evaluations starts at 1,001.

    Parameters
    ----------
    question
        What is asked.
    progress
        Called with evaluations done and planned, after every few of them.
    refused
        Called if the store does not take the answer, which is returned all the same; without it, a warning is logged.
    seconds
        Stop after so long, with the complete, additive answer of that moment. It is not stored as the question's
        answer, but its evaluations are, and the next call goes on from them.

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
    computation = Computation(question, question.store.known(question.search_key))
    _run(computation, progress, time.monotonic() + seconds)
    explanation = computation.explanation()
    assert explanation is not None
    try:
        question.store.keep(question.search_key, computation.logits)
        if computation.finished:
            question.store.put(question.key, explanation)
    except StoreRefused as fault:
        (refused or _warn)(fault)
    return explanation, False


def _run(computation: Computation, progress: Callable[[int, int], None], until: float) -> None:
    """Compute to the end, or to a time; to the first answer in any case."""
    while not computation.finished:
        for _ in computation.batch():
            progress(computation.evaluations, computation.planned)
            if time.monotonic() >= until and computation.evaluations >= 2:
                return


def _warn(fault: StoreRefused) -> None:
    log.warning("%s", fault.sentence)
