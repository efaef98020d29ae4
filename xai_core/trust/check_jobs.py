"""Checks as questions to the service: in its queue, with answers so far, and stored.

What is stored is what the model said of the masked pictures. So a check of one class rather than another costs no
evaluation where another pair was checked on the same masked pictures before.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from xai_core.explain.evaluate import Asked
from xai_core.explain.store import LOGITS_SHARE, ExplanationStore
from xai_core.model.runtime import Runtime
from xai_core.settings import ExplainSettings
from xai_core.trust import curves, random_masking
from xai_core.trust.curves import Curves
from xai_core.trust.plan import Answer, Plan, chunks
from xai_core.trust.random_masking import Trials
from xai_core.trust.target import Target

VERSION = 1
"""Raise it when a check of the same name starts to evaluate other masked pictures; what was stored is then left."""

FOLDER = "checks"
"""Of a study: what the model said in checks of its pictures."""

MAX_BYTES = 256 * 2**20

TURN = 48
"""Evaluations before others have their turn; about as many as an explanation's."""


def store(study_folder: Path) -> ExplanationStore:
    """Where the checks of a study are kept: a bounded folder of logits, the ones used longest ago leaving first."""
    return ExplanationStore(study_folder / FOLDER, LOGITS_SHARE * MAX_BYTES)


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A picture before a model, and how its parts are hidden.

    Attributes
    ----------
    runtime
        The model, ready to run.
    view : (H, W, 3) uint8
        The picture as the model sees it, not normalised.
    picture_hash
        Of the picture's file.
    settings
        Of the explanation that is checked; only its mask matters.
    store
        See `store`; or one that keeps nothing, for pictures of which nothing may be kept.
    """

    runtime: Runtime
    view: NDArray[np.uint8]
    picture_hash: str
    settings: ExplainSettings
    store: ExplanationStore


@dataclass(frozen=True, eq=False)
class Check(Generic[Answer]):
    """A plan as it is asked of the service.

    Attributes
    ----------
    case
        What is checked.
    masks
        Name of the masked pictures that are evaluated: other pictures, another name.
    about
        Name of what is concluded from them.
    planned
        How many they are.
    planner
        Makes the plan, when it is needed.
    """

    case: Case
    masks: str
    about: str
    planned: int
    planner: Callable[[], Plan[Answer]]

    @cached_property
    def plan(self) -> Plan[Answer]:
        """What to evaluate, and what follows from it."""
        return self.planner()

    @cached_property
    def search_key(self) -> str:
        """Name of what is evaluated and stored: picture, model, mask and masked pictures."""
        case, settings = self.case, self.case.settings
        mask = (settings.mask, settings.blur_px if settings.blurs else None, settings.colour)
        return _digest(VERSION, self.masks, mask, case.runtime.model_id, case.picture_hash)

    @property
    def key(self) -> str:
        """Name of the answer."""
        return _digest(self.search_key, self.about)

    @property
    def store(self) -> ExplanationStore:
        """Where the logits are kept."""
        return self.case.store

    def check(self) -> None:
        """Refuse a mask that does not fit the model.

        Raises
        ------
        SettingRefused
            If the blur is larger than the model's input.
        """
        spec = self.case.runtime.spec
        self.case.settings.check_against(spec.input_size, spec.labels)

    def stored(self) -> Answer | None:
        """Return the answer where all its evaluations are stored."""
        known = self.store.known(self.search_key)
        whole = known is not None and known.shape == (self.plan.evaluations, len(self.case.runtime.spec.labels))
        return self.plan.conclude(known) if known is not None and whole else None

    def put(self, _answer: Answer, logits: NDArray[np.float32]) -> None:
        """Keep what was evaluated.

        Raises
        ------
        StoreRefused
            If the disk does not take it.
        """
        self.store.keep(self.search_key, logits)

    def spent(self, _answer: Answer) -> int:
        """Evaluations that the answer took."""
        return self.plan.evaluations

    def begin(self, known: NDArray[np.float32] | None = None) -> "Checking[Answer]":
        """Start to evaluate, from where an earlier check was stopped."""
        return Checking(self.case, self.plan, known)


class Checking(Generic[Answer]):
    """A plan that is being evaluated. One thread drives it; any thread may read the answer so far.

    Parameters
    ----------
    asked
        Which model, picture and mask.
    plan
        What to evaluate.
    known : (n, L) float32
        Logits of its first masked pictures.
    """

    def __init__(self, asked: Asked, plan: Plan[Answer], known: NDArray[np.float32] | None = None) -> None:
        labels = len(asked.runtime.spec.labels)
        fits = known is not None and known.ndim == 2 and known.shape[1] == labels
        self._asked = asked
        self._plan = plan
        self._logits = known[: plan.evaluations] if known is not None and fits else np.empty((0, labels), np.float32)
        self._answer: Answer | None = None
        self._concluded = 0

    @property
    def evaluations(self) -> int:
        """Masked pictures whose logits are known."""
        return len(self._logits)

    @property
    def finished(self) -> bool:
        """Whether the answer is whole."""
        return self._concluded == self._plan.evaluations

    @property
    def planned(self) -> int:
        """Masked pictures in all."""
        return self._plan.evaluations

    @property
    def logits(self) -> NDArray[np.float32]:
        """(n, L) of all evaluations so far."""
        return self._logits

    def batch(self) -> Iterator[None]:
        """Evaluate some of the plan, yielding after every few masked pictures; leave it at any of them.

        Raises
        ------
        ExplanationFailed
            If the model fails.
        """
        start = self.evaluations
        for part in chunks(self._asked, self._plan, start, start + TURN):
            self._logits = np.concatenate([self._logits, part])
            self._conclude()
            yield
        self._conclude()

    def answer(self) -> Answer | None:
        """Return the answer so far; None before there is one, which for some plans is the end."""
        return self._answer

    def _conclude(self) -> None:
        """By the thread that evaluates, so that a fault of it is this check's alone."""
        missing = self._plan.evaluations - self.evaluations
        if self._concluded == self.evaluations or (missing and not self._plan.partial):
            return
        unknown = np.full((missing, self._logits.shape[1]), np.nan, np.float32)
        self._answer = self._plan.conclude(np.concatenate([self._logits, unknown]))
        self._concluded = self.evaluations


def curves_of(case: Case, order: NDArray[np.intp], target: Target) -> Check[Curves]:
    """Ask for deletion and insertion of an order of pixels; see `curves.curves_plan`."""
    masks = f"curves {curves.STEPS} {hashlib.sha256(order.astype(np.int32).tobytes()).hexdigest()}"
    return Check(
        case, masks, repr(target), curves.EVALUATIONS, lambda: curves.curves_plan(order, target, case.runtime.spec)
    )


def trials_of(case: Case, target: Target, *, each: int = random_masking.EACH, seed: int = 0) -> Check[Trials]:
    """Ask what hiding random parts does; see `prediction.trials_plan`."""
    return Check(
        case,
        f"trials {each} {seed}",
        repr(target),
        4 * each + 1,
        lambda: random_masking.trials_plan(target, case.runtime.spec, each=each, seed=seed),
    )


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
