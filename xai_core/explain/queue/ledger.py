"""Account of what visitors have asked of a service, with refusals of what is beyond its limits."""

import dataclasses
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from xai_core.errors import LimitReached, StoreRefused
from xai_core.explain.queue.job import Job, State
from xai_core.language import deferred, tr
from xai_core.settings.limits import UNLIMITED, WINDOW_S, Limits
from xai_core.texts import counted

STORE_FULL = deferred(
    "The answer is not stored, because those for you have filled your share of the store in this hour. It stays in "
    "memory until the server needs the room."
)


def not_stored(fault: StoreRefused) -> str:
    """Return the note on an answer that the disk does not take."""
    return deferred(
        "{message} {hint} The answer stays in memory until the server restarts.",
        message=fault.args[0],
        hint=fault.hint,
    )


class Ledger:
    """Account of one service. The service's lock guards it.

    Parameters
    ----------
    limits
        Limits of its visitors.

    Attributes
    ----------
    ended
        Number of tasks that ended, by state.
    cached, refused
        Numbers of jobs whose answer was known, and of those beyond a limit.
    evaluations
        Number of evaluations of the tasks that ended, without those taken over from earlier searches.
    """

    def __init__(self, limits: Limits = UNLIMITED) -> None:
        self.limits = limits
        self.ended: Counter[State] = Counter()
        self.cached = self.refused = self.evaluations = 0
        # Times and sizes of what was stored for each visitor.
        self._stored: dict[str, deque[tuple[float, int]]] = {}

    def refusal(self, session: str, planned: int, waiting: Sequence[Job[Any]]) -> LimitReached | None:
        """Return why a visitor's job cannot be taken, None if it can.

        Parameters
        ----------
        session
            Name of the visitor.
        planned
            Expected evaluations of the job.
        waiting
            All jobs that are not over.
        """
        own = [job for job in waiting if job.session == session]
        limits, advice = self.limits, tr("Wait until some are done, or cancel some, and press Go on.")
        found = None
        if _above(len(own) + 1, limits.visitor_jobs):
            found = tr(
                "You have {explanations}, as many as this server takes from one visitor.",
                explanations=counted(len(own), "open explanation"),
            )
        elif _above(_left(own) + planned, limits.visitor_evaluations):
            found = tr(
                "Your open explanations need {own:,} evaluations. With {planned:,} more they would be above the "
                "{most:,} that this server takes from one visitor.",
                own=_left(own),
                planned=planned,
                most=limits.visitor_evaluations,
            )
        elif _above(len(waiting) + 1, limits.jobs) or _above(_left(waiting) + planned, limits.evaluations):
            found = tr("This server has as many open explanations as it takes from all visitors together.")
            advice = tr("Try again in some minutes, by Go on.")
        if found is None:
            return None
        self.refused += 1
        return LimitReached(found, advice)

    def has_room(self, session: str, now: float) -> bool:
        """Return True if answers to a visitor may still be stored."""
        limit = self.limits.visitor_stored_bytes
        if limit is None:
            return True
        entries = self._stored.get(session, deque())
        while entries and now - entries[0][0] > WINDOW_S:
            entries.popleft()
        if not entries:
            self._stored.pop(session, None)
        return sum(size for _, size in entries) < limit

    def store(self, session: str, size: int, now: float) -> None:
        """Count bytes that were stored for a visitor."""
        if self.limits.visitor_stored_bytes is not None:
            self._stored.setdefault(session, deque()).append((now, size))


def answer_bytes(answer: object) -> int:
    """Return the bytes of the arrays of an answer, which a store may compress."""
    if not dataclasses.is_dataclass(answer):
        return 0
    values = (getattr(answer, each.name) for each in dataclasses.fields(answer))
    return sum(value.nbytes for value in values if isinstance(value, np.ndarray))


def _left(jobs: Sequence[Job[Any]]) -> int:
    return sum(max(0, job.planned - job.evaluations) for job in jobs)


def _above(number: int, limit: int | None) -> bool:
    return limit is not None and number > limit
