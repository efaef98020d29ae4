"""Explanations on their way: asked for once, watched, and given up; each place on a page has its own."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.ui.frame import components, keys
from pages.ui.loaders import models, studies
from xai_core.explain.job import joint_rate
from xai_core.explain.service import Answer, Job
from xai_core.model.runtime import Runtime
from xai_core.study.study import Study

POLL_S = 0.6
"""Seconds between two looks at explanations that are being computed."""

_PROGRESS_PX = 64  # reserved, so that what is below stays where it is when the progress bar leaves


@dataclass(slots=True)
class _Asked:
    """What a place asks. `stopped` says that the reader wants it so."""

    question: Hashable
    jobs: list[Job[Any]]
    stopped: bool = False


def of(
    place: str, study: Study, question: Hashable, submit: Callable[[Runtime], Sequence[Job[Answer]]]
) -> list[Job[Answer]]:
    """Jobs that answer a question; none while the model is being opened.

    They are kept for as long as the question is the same, so that a change of display asks for nothing, and what the
    reader has stopped stays so. What was stopped because nobody looked at it is asked for again.

    Parameters
    ----------
    place
        Where they are shown: "compare".
    study
        Gives the model.
    question
        Everything that the answers depend on, but for the study.
    submit
        Asks; called only for a new question.
    """
    model = models.opened(study)
    if model is None:
        return []
    asked = _of_place(place)
    question = (studies.identity(study), question)
    lost = asked is not None and not asked.stopped and any(job.state == "cancelled" for job in asked.jobs)
    if asked is None or asked.question != question or lost:
        _give_up(asked)
        asked = _Asked(question, list(submit(model)))
        st.session_state[_key(place)] = asked
    return asked.jobs


def waiting(jobs: Sequence[Job[Any]]) -> bool:
    """Whether there is something to come: evaluations, or the model itself."""
    return not (jobs and all(job.over for job in jobs))


def watched(draw: Callable[..., None], jobs: Sequence[Job[Any]]) -> Callable[..., None]:
    """A drawing that is repeated for as long as there is something to wait for; see `poll` and `settle`."""
    return st.fragment(draw, run_every=POLL_S if waiting(jobs) else None)


def poll(jobs: Sequence[Job[Any]]) -> None:
    """Say that somebody is still looking."""
    for job in jobs:
        job.poll()


def settle(study: Study, jobs: Sequence[Job[Any]], *, waited: bool) -> None:
    """Run the page again once nothing more will come; the last line of a drawing that is repeated.

    Parameters
    ----------
    study, jobs
        What is waited for.
    waited
        Whether there was something to wait for when the page was run.
    """
    if waited and all(job.over for job in jobs) and models.runtime(study).done():
        st.rerun()


def progress(place: str, jobs: Sequence[Job[Any]], *, stored: bool = False, noun: str = "picture") -> None:
    """How far it is, with the way to stop it; afterwards what it took.

    Parameters
    ----------
    place
        Where they are shown.
    jobs
        What is waited for; none while the model is being opened.
    stored
        Whether all answers were in the store, so that nothing is asked.
    noun
        What each job is about.
    """
    with st.container(horizontal=True, vertical_alignment="center", height=_PROGRESS_PX, border=False):
        if stored and not jobs:
            st.caption(_ALL_STORED)
        elif not jobs:
            st.progress(0.0, text="Opening the model ...")
        elif waiting(jobs):
            done, planned = sum(job.evaluations for job in jobs), sum(job.planned for job in jobs)
            st.progress(min(1.0, done / planned), text=_pace(jobs, done, planned))
            st.button(
                "Cancel",
                key=f"{place}_cancel",
                icon=":material/stop:",
                shortcut=keys.CANCEL,
                on_click=_stop,
                args=(place,),
            )
        else:
            st.caption(_spent(jobs, noun))
            if not all(job.done for job in jobs):
                st.button("Go on", key=f"{place}_resume", icon=":material/play_arrow:", on_click=_forget, args=(place,))


def trouble(job: Job[Any]) -> None:
    """What its reader should know about an explanation that failed or could not be stored."""
    if job.error is not None:
        components.fault(job.error)
    elif job.note and job.state != "cancelled":
        st.warning(job.note, icon=":material/warning:")


def _pace(jobs: Sequence[Job[Any]], done: int, planned: int) -> str:
    rate = joint_rate(jobs)
    text = f"{done:,} of {planned:,} evaluations"
    return f"{text}, {rate:.0f} a second, about {(planned - done) / rate:.0f} s left" if rate else f"{text}, waiting"


def _spent(jobs: Sequence[Job[Any]], noun: str) -> str:
    spent = sum(job.evaluations for job in jobs if not job.cached)
    stored = sum(job.cached for job in jobs)
    if not all(job.done for job in jobs):
        return f"Stopped after {spent:,} of {sum(job.planned for job in jobs if not job.cached):,} evaluations."
    if stored == len(jobs):
        return _ALL_STORED
    rest = f"; {stored} more from the store" if stored else ""
    return f"{spent:,} evaluations for {components.counted(len(jobs) - stored, noun)}{rest}."


def _stop(place: str) -> None:
    asked = _of_place(place)
    if asked is not None:
        asked.stopped = True
        _give_up(asked)


def _forget(place: str) -> None:
    del st.session_state[_key(place)]


def _give_up(asked: _Asked | None) -> None:
    for job in asked.jobs if asked else ():
        job.cancel()


def _of_place(place: str) -> _Asked | None:
    kept: _Asked | None = st.session_state.get(_key(place))
    return kept


def _key(place: str) -> str:
    return f"_jobs_{place}"


_ALL_STORED = "All of it comes from the store: no evaluation was needed."
