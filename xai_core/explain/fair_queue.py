"""Whose turn it is."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from xai_core.explain.job import Job

UNWATCHED_S = 20.0
"""A job that nobody has looked at for so long is stopped."""

FIRST_MAP = 100
"""Evaluations after which a map is worth looking at: each job of a session gets so many before any gets more."""


@dataclass(eq=False, slots=True)
class _Session:
    seen: float
    jobs: list[Job[Any]] = field(default_factory=list)


class Turns:
    """The jobs that want to be advanced, by session.

    Sessions take turns. What somebody looks at goes before what is prefetched; within a session, first come, first
    served, once each of its jobs has a first map. A prefetched job counts as looked at while anything of its session
    is.
    """

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, _Session] = OrderedDict()

    def add(self, job: Job[Any]) -> None:
        """Let a job queue up behind those of its session."""
        self._sessions.setdefault(job.session, _Session(job.seen)).jobs.append(job)
        self.watch(job, job.seen)

    def remove(self, job: Job[Any]) -> None:
        """Let a job leave."""
        session = self._sessions[job.session]
        session.jobs.remove(job)
        if not session.jobs:
            del self._sessions[job.session]

    def watch(self, job: Job[Any], now: float) -> None:
        """Note that a session looks at one of its jobs."""
        job.seen = now
        if job.session in self._sessions:
            self._sessions[job.session].seen = now

    def next(self) -> Job[Any] | None:
        """Return the job to advance now, and put its session behind all others; None if there is no job."""
        for prefetch in (False, True):
            for name, session in self._sessions.items():
                wanted = [job for job in session.jobs if job.prefetch == prefetch]
                if wanted:
                    self._sessions.move_to_end(name)
                    return min(wanted, key=lambda job: job.evaluations >= FIRST_MAP)
        return None

    def jobs(self) -> list[Job[Any]]:
        """All of them."""
        return [job for session in self._sessions.values() for job in session.jobs]

    def unwatched(self, now: float) -> list[Job[Any]]:
        """Jobs that nobody has looked at for `UNWATCHED_S`."""
        return [
            job
            for session in self._sessions.values()
            for job in session.jobs
            if not job.waiters and now - (session.seen if job.prefetch else job.seen) > UNWATCHED_S
        ]
