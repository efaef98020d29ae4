"""Question about one picture, and its answer without a service."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import StoreRefused
from xai_core.explain.computation import Computation
from xai_core.explain.evaluate import used_grid
from xai_core.explain.explanation import Explanation
from xai_core.explain.store import AnswerStore
from xai_core.model.runtime import Runtime
from xai_core.progress import Progress, ignore_progress
from xai_core.settings.explain_settings import ExplainSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Request for the explanation of one picture by one model.

    Attributes
    ----------
    runtime
        Model, ready to run.
    view : (H, W, 3) uint8
        Picture as the model sees it, not normalised.
    picture_hash
        Digest of the picture's file; see `picture_hash`.
    settings
        Settings that the map depends on.
    store
        Store of the answer.
    """

    runtime: Runtime
    view: NDArray[np.uint8]
    picture_hash: str
    settings: ExplainSettings
    store: AnswerStore

    @property
    def key(self) -> str:
        """Storage key of the answer."""
        return self.settings.key(model_id=self.runtime.model_id, picture_hash=self.picture_hash)

    @property
    def search_key(self) -> str:
        """Key of the search, shared by questions that differ only in budget."""
        any_budget = replace(self.settings, evaluations=2, settle=0.0)
        key = any_budget.key(model_id=self.runtime.model_id, picture_hash=self.picture_hash)
        # Runtimes differ in the last bits of their logits, and a search goes on only from its own. Rows with the shares
        # of places are wider than logits.
        grid = used_grid(self)
        return f"{key} {self.runtime.name}" if grid is None else f"{key} {self.runtime.name} {grid[0]}x{grid[1]}"

    def check(self) -> None:
        """Refuse settings that do not fit the model.

        Raises
        ------
        SettingRefused
            If the blur is larger than the input, or if more labels or other labels steer than the model has.
        """
        spec = self.runtime.spec
        self.settings.check_against(spec.input_size, spec.labels)

    @property
    def planned(self) -> int:
        """Largest number of evaluations for the answer."""
        return self.settings.evaluations

    def stored(self) -> Explanation | None:
        """Return the answer if it is stored."""
        return self.store.get(self.key)

    def put(self, answer: Explanation, _logits: NDArray[np.float32]) -> None:
        """Store the final answer.

        Raises
        ------
        StoreRefused
            If the disk does not take it.
        """
        self.store.put(self.key, answer)

    def spent(self, answer: Explanation) -> int:
        """Return the number of evaluations of an answer."""
        return answer.evaluations

    def begin(self, known: NDArray[np.float32] | None = None) -> Computation:
        """Start the computation of the answer, from logits of an earlier search if there are any."""
        return Computation(self, known)


def picture_hash(content: bytes) -> str:
    """Return 24 hexadecimal digits that change with any byte of a picture's file."""
    return hashlib.sha256(content).hexdigest()[:24]


def explain(
    question: Question,
    *,
    progress: Progress = ignore_progress,
    refused: Callable[[StoreRefused], None] | None = None,
) -> tuple[Explanation, bool]:
    """Answer a question in this thread, from its store if the answer is there.

    The computation takes over the logits of an earlier search with another budget, also after a restart: going on from
    1,000 to 10,000 evaluations starts at 1,001.

    Parameters
    ----------
    question
        Question to answer.
    progress
        Called with the evaluations done and planned, after every few of them.
    refused
        Called if the store does not take the answer, which is returned all the same. Without it, a warning is logged.

    Returns
    -------
    The explanation, and True if it came from the store.

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
    computation = Computation(question, question.store.get_logits(question.search_key))
    while not computation.finished:
        for _ in computation.batch():
            progress(computation.evaluations, computation.planned)
    explanation = computation.answer()
    assert explanation is not None
    try:
        question.store.put_logits(question.search_key, computation.logits)
        question.store.put(question.key, explanation)
    except StoreRefused as fault:
        (refused or _warn)(fault)
    return explanation, False


def _warn(fault: StoreRefused) -> None:
    log.warning("%s", fault.sentence)
