"""Sentences on the progress of jobs, and on what they have spent."""

from collections.abc import Sequence
from typing import Any

from xai_core.explain.queue.job import Job, joint_rate
from xai_core.texts import counted

ALL_STORED = "Shown is a saved result: no evaluation was needed."
"""Sentence where nothing was computed."""


def pace(jobs: Sequence[Job[Any]], done: int, planned: int) -> str:
    """Return how many evaluations are done, their rate and the time left."""
    rate = joint_rate(jobs)
    text = f"{done:,} of {planned:,} evaluations"
    return f"{text}, {rate:.0f} a second, about {(planned - done) / rate:.0f} s left" if rate else f"{text}, waiting"


def spent(jobs: Sequence[Job[Any]], noun: str) -> str:
    """Return how many evaluations some jobs have spent, each about something that the noun names."""
    count = sum(job.evaluations for job in jobs if not job.cached)
    stored = sum(job.cached for job in jobs)
    if not all(job.done for job in jobs):
        return f"Stopped after {count:,} of {sum(job.planned for job in jobs if not job.cached):,} evaluations."
    if stored == len(jobs):
        return ALL_STORED
    rest = f"; {stored} more were saved" if stored else ""
    return f"{count:,} evaluations for {counted(len(jobs) - stored, noun)}{rest}."
