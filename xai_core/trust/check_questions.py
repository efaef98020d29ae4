"""Checks as questions to the explanation service, which queues, shares and stores them.

The store keeps the model's logits of the masked pictures, not the answers. So a check of another class or contrast on
the same masked pictures costs no further evaluation.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from xai_core.explain.evaluate import EvaluationRequest
from xai_core.explain.store import LOGITS_SHARE, AnswerStore, ExplanationStore
from xai_core.explain.target import Target
from xai_core.model.runtime import Runtime
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.trust import curves, random_masking
from xai_core.trust.curves import Curves
from xai_core.trust.plan import Answer, EvaluationPlan, evaluate_in_chunks
from xai_core.trust.random_masking import RandomMaskings

VERSION = 1
"""Version of the checks' masked pictures. Raise it when a check starts to evaluate others: stored logits expire."""

FOLDER = "checks"
"""Folder of a study that stores the logits of its checks."""

MAX_BYTES = 256 * 2**20

EVALUATIONS_PER_TURN = 48
"""Evaluations after which other jobs get their turn, about as many as in a turn of an explanation."""


def open_check_store(study_folder: Path) -> ExplanationStore:
    """Return the store of a study's checks.

    It is a folder of bounded size. When it is full, the logits that were used longest ago are removed first.
    """
    # ExplanationStore grants logits a share of its bound, and this store holds nothing else.
    return ExplanationStore(study_folder / FOLDER, LOGITS_SHARE * MAX_BYTES)


@dataclass(frozen=True, slots=True, eq=False)
class CheckedPicture:
    """Picture, model and mask of a check, with the store of its logits.

    Attributes
    ----------
    runtime
        The model, ready to run.
    view : (H, W, 3) uint8
        The picture as the model sees it, not normalised.
    picture_hash
        Hash of the picture's file.
    settings
        Settings of the checked explanation. Only the mask matters.
    store
        See `open_check_store`. For a picture of which nothing may be stored, a store in memory.
    """

    runtime: Runtime
    view: NDArray[np.uint8]
    picture_hash: str
    settings: ExplainSettings
    store: AnswerStore


@dataclass(frozen=True, eq=False)
class PlanQuestion(Generic[Answer]):
    """Question that the service answers by running an evaluation plan.

    Attributes
    ----------
    picture
        Picture, model and mask.
    coalitions_name
        Name of the plan's coalitions. Different coalitions need different names.
    answer_name
        Name of the answer that is concluded from their logits.
    planned
        Number of evaluations.
    make_plan
        Function that returns the plan. It is called on first use.
    """

    picture: CheckedPicture
    coalitions_name: str
    answer_name: str
    planned: int
    make_plan: Callable[[], EvaluationPlan[Answer]]

    @cached_property
    def plan(self) -> EvaluationPlan[Answer]:
        """Evaluation plan of the check."""
        return self.make_plan()

    @cached_property
    def search_key(self) -> str:
        """Name of the stored logits, from picture, model, mask and coalitions."""
        picture, settings = self.picture, self.picture.settings
        mask = (settings.mask, settings.blur_px if settings.blurs else None, settings.colour)
        return _digest(VERSION, self.coalitions_name, mask, picture.runtime.model_id, picture.picture_hash)

    @property
    def key(self) -> str:
        """Name of the answer."""
        return _digest(self.search_key, self.answer_name)

    @property
    def store(self) -> AnswerStore:
        """Store of the logits."""
        return self.picture.store

    def check(self) -> None:
        """Refuse a mask that does not fit the model.

        Raises
        ------
        SettingRefused
            If the blur is larger than the model's input.
        """
        spec = self.picture.runtime.spec
        self.picture.settings.check_against(spec.input_size, spec.labels)

    def stored(self) -> Answer | None:
        """Return the answer if the logits of all its evaluations are stored, else None."""
        logits = self.store.get_logits(self.search_key)
        expected = (self.plan.evaluations, len(self.picture.runtime.spec.labels))
        return self.plan.conclude(logits) if logits is not None and logits.shape == expected else None

    def put(self, _answer: Answer, logits: NDArray[np.float32]) -> None:
        """Store the logits, from which the answer follows.

        Raises
        ------
        StoreRefused
            If the disk is full or read-only.
        """
        self.store.put_logits(self.search_key, logits)

    def spent(self, _answer: Answer) -> int:
        """Return the number of evaluations of the answer."""
        return self.plan.evaluations

    def begin(self, known: NDArray[np.float32] | None = None) -> "PlanComputation[Answer]":
        """Start the evaluation, from the logits that an earlier, cancelled check left behind."""
        return PlanComputation(self.picture, self.plan, known)


class PlanComputation(Generic[Answer]):
    """Evaluation plan in progress.

    One thread drives it, and any thread may read the answer so far.

    Parameters
    ----------
    request
        Model, picture and mask.
    plan
        What to evaluate.
    known : (n, L) float32
        Logits of its first masked pictures.
    """

    def __init__(
        self, request: EvaluationRequest, plan: EvaluationPlan[Answer], known: NDArray[np.float32] | None = None
    ) -> None:
        labels = len(request.runtime.spec.labels)
        fits = known is not None and known.ndim == 2 and known.shape[1] == labels
        self._request = request
        self._plan = plan
        self._logits = known[: plan.evaluations] if known is not None and fits else np.empty((0, labels), np.float32)
        self._answer: Answer | None = None
        self._concluded = 0

    @property
    def evaluations(self) -> int:
        """Number of masked pictures whose logits are known."""
        return len(self._logits)

    @property
    def finished(self) -> bool:
        """True if the answer is final."""
        return self._concluded == self._plan.evaluations

    @property
    def planned(self) -> int:
        """Number of masked pictures in all."""
        return self._plan.evaluations

    @property
    def logits(self) -> NDArray[np.float32]:
        """(n, L) logits of all evaluations so far."""
        return self._logits

    def batch(self) -> Iterator[None]:
        """Evaluate one turn of the plan, yielding after every few masked pictures.

        The turn may be abandoned at any yield.

        Raises
        ------
        ExplanationFailed
            If the model fails.
        """
        start = self.evaluations
        for logits in evaluate_in_chunks(self._request, self._plan, start, start + EVALUATIONS_PER_TURN):
            # The array is replaced, never changed, so that a thread that reads `logits` sees a consistent one.
            self._logits = np.concatenate([self._logits, logits])
            self._conclude()
            yield
        self._conclude()

    def answer(self) -> Answer | None:
        """Return the answer so far, or None before the first one.

        A plan that is not partial has its first answer at its end.
        """
        return self._answer

    def _conclude(self) -> None:
        # The evaluating thread concludes, not the thread that reads the answer: an exception in `conclude` then fails
        # this job alone and reaches its reader as a message.
        missing = self._plan.evaluations - self.evaluations
        if self._concluded == self.evaluations or (missing and not self._plan.partial):
            return
        unknown = np.full((missing, self._logits.shape[1]), np.nan, np.float32)
        self._answer = self._plan.conclude(np.concatenate([self._logits, unknown]))
        self._concluded = self.evaluations


def curves_question(picture: CheckedPicture, order: NDArray[np.intp], target: Target) -> PlanQuestion[Curves]:
    """Return the question for `curves.curves_plan`."""
    name = f"curves {curves.STEPS} {hashlib.sha256(order.astype(np.int32).tobytes()).hexdigest()}"
    return PlanQuestion(
        picture,
        name,
        repr(target),
        curves.EVALUATIONS,
        lambda: curves.curves_plan(order, target, picture.runtime.spec),
    )


def random_masking_question(
    picture: CheckedPicture, target: Target, *, per_kind: int = random_masking.MASKS_PER_KIND, seed: int = 0
) -> PlanQuestion[RandomMaskings]:
    """Return the question for `random_masking.random_masking_plan`."""
    return PlanQuestion(
        picture,
        # This text and those of the other questions are hashed into the names of stored logits. Do not reword them.
        f"trials {per_kind} {seed}",
        repr(target),
        4 * per_kind + 1,
        lambda: random_masking.random_masking_plan(target, picture.runtime.spec, per_kind=per_kind, seed=seed),
    )


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
