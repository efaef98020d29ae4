"""Figures of a service at one time, for health checks and metrics, and events of its tasks for the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xai_core.explain.queue.job import SharedTask, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Figures of a service.

    Attributes
    ----------
    jobs, visitors
        Numbers of open jobs and of the sessions that have some.
    evaluations
        Number of forward passes since the service began.
    ended
        Number of tasks that ended since then, by state.
    cached, refused
        Number of jobs whose answer was known, and of those that were beyond a limit.
    works
        False if the service was closed, or if its worker has died.
    turn_s
        Seconds since the present turn began, 0 between turns.
    """

    jobs: int
    visitors: int
    evaluations: int
    ended: Mapping[State, int]
    cached: int
    refused: int
    works: bool
    turn_s: float


def as_event(task: SharedTask[Any]) -> dict[str, object]:
    """Return the end of a task as fields of the log. They name no picture and no class."""
    return {
        "event": "job_ended",
        "jobs": list(task.job_ids),
        "state": task.state,
        "cached": task.cached,
        "evaluations": 0 if task.answer is None else task.question.spent(task.answer) - task.taken_over,
        "seconds": round((task.ended or 0.0) - task.began, 3) if task.began else 0.0,
        "error": type(task.error).__name__ if task.error else None,
    }
