"""Sentences on the progress of jobs, and on what they have spent."""

from collections.abc import Sequence
from typing import Any

from xai_core.explain.queue.job import Job, joint_rate
from xai_core.language import mark, tr
from xai_core.texts import counted

ALL_STORED = mark("Shown is a saved result: no evaluation was needed.")
"""Sentence where nothing was computed."""


def pace(jobs: Sequence[Job[Any]], done: int, planned: int) -> str:
    """Return how many evaluations are done, their rate and the time left."""
    rate = joint_rate(jobs)
    if not rate:
        return tr("{done:,} of {planned:,} evaluations, waiting", done=done, planned=planned)
    return tr(
        "{done:,} of {planned:,} evaluations, {rate:.0f} a second, about {left:.0f} s left",
        done=done,
        planned=planned,
        rate=rate,
        left=(planned - done) / rate,
    )


def spent(jobs: Sequence[Job[Any]], noun: str) -> str:
    """Return how many evaluations some jobs have spent, each about something that the noun names."""
    count = sum(job.evaluations for job in jobs if not job.cached)
    stored = sum(job.cached for job in jobs)
    if not all(job.done for job in jobs):
        planned = sum(job.planned for job in jobs if not job.cached)
        return tr("Stopped after {count:,} of {planned:,} evaluations.", count=count, planned=planned)
    if stored == len(jobs):
        return tr(ALL_STORED)
    things = counted(len(jobs) - stored, noun)
    if stored:
        return tr(
            "{count:,} evaluations for {things}; {stored} more were saved.", count=count, things=things, stored=stored
        )
    return tr("{count:,} evaluations for {things}.", count=count, things=things)
