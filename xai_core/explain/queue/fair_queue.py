"""Queue of explanation jobs with fair turns between sessions."""

from collections import OrderedDict
from collections.abc import Collection
from typing import Any

from xai_core.explain.queue.job import Job, SharedTask
from xai_core.language import deferred

UNWATCHED_S = 20.0
"""Seconds after which a job that nobody polls is stopped."""

STOPPED = deferred("It was stopped: nobody had looked at it for {seconds:.0f} seconds.", seconds=UNWATCHED_S)
"""Note on such a job."""

FIRST_MAP = 100
"""Evaluations of a first useful map: each job of a session gets so many before any of them gets more."""

OTHERS_TURN = 4
"""Number of turns of which one goes to the session that has waited longest, whether it has a map or not."""


class FairQueue:
    """Jobs that wait for their next turn, grouped by session.

    Turns go round the sessions, so that a session with many jobs slows no other session down. Sessions that have no
    map yet come first, so that many sessions with long jobs do not delay a newcomer. One turn in `OTHERS_TURN` is for
    all, so that many newcomers do not stop those who came before. Within a session jobs come in the order of their
    submission, except that all of them get a first map before any is refined.
    """

    def __init__(self) -> None:
        # Invariant: the first session is the one that has waited longest for a turn, and no session is empty.
        self._sessions: OrderedDict[str, list[Job[Any]]] = OrderedDict()
        self._turns = 0

    def add(self, job: Job[Any]) -> None:
        """Append a job to those of its session."""
        self._sessions.setdefault(job.session, []).append(job)

    def remove(self, job: Job[Any]) -> None:
        """Remove a job, and its session with the last job."""
        jobs = self._sessions[job.session]
        jobs.remove(job)
        # An empty session would keep its position, and a user who comes back would overtake those who waited.
        if not jobs:
            del self._sessions[job.session]

    def next(self, running: Collection[SharedTask[Any]] = ()) -> Job[Any] | None:
        """Return the next job and move its session to the end.

        Parameters
        ----------
        running
            Tasks that have a turn at present, and get no other one meanwhile.

        Returns
        -------
        The job, or None if none waits for a turn.
        """
        waiting = {name: [job for job in jobs if job.task not in running] for name, jobs in self._sessions.items()}
        sessions = [name for name, jobs in waiting.items() if jobs]
        if not sessions:
            return None
        self._turns += 1
        session = sessions[0]
        if self._turns % OTHERS_TURN:
            session = next((name for name in sessions if not any(map(_has_map, self._sessions[name]))), session)
        self._sessions.move_to_end(session)
        # False sorts before True, and min takes the first of equals: the oldest job without a first map, else the
        # oldest job.
        return min(waiting[session], key=_has_map)

    def jobs(self) -> list[Job[Any]]:
        """Return all jobs."""
        return [job for jobs in self._sessions.values() for job in jobs]

    def unwatched(self, now: float) -> list[Job[Any]]:
        """Return the jobs that nobody waits for or has polled for `UNWATCHED_S`, given the time."""
        return [job for job in self.jobs() if not job.waiters and now - job.seen > UNWATCHED_S]


def _has_map(job: Job[Any]) -> bool:
    return job.evaluations >= FIRST_MAP
