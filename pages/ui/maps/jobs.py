"""Live explanation jobs with progress, Cancel and repeated drawing, one slot per part of a page."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic

import streamlit as st

from pages.ui.access import drawing_turns
from pages.ui.frame import components, keys
from pages.ui.frame.plain_text import fault_sentence, literal
from pages.ui.loaders import models, studies
from pages.ui.maps import progress_words
from pages.ui.maps.waiting import POLL_S, poll_s
from xai_core.explain.queue.job import Answer, Job
from xai_core.language import shown, tr
from xai_core.model.runtime import Runtime
from xai_core.study.study import Study

_PROGRESS_PX = 64  # reserved, so that what is below does not move when the progress bar goes away


@dataclass(frozen=True, slots=True, eq=False)
class Live(Generic[Answer]):
    """Jobs of a slot and their answers so far.

    Attributes
    ----------
    jobs
        What computes the answers; empty while the model is being opened.
    stored
        Stored answers, None for each that is missing; used only while there are no jobs.
    waiting
        True if something was still to come when the page was run. The page runs again once it has come.
    slot, noun
        See `live`.
    earlier
        Answers of an earlier version, shown in the places of answers that are not complete; empty for none.
    """

    jobs: Sequence[Job[Answer]]
    stored: Sequence[Answer | None]
    waiting: bool
    slot: str = ""
    noun: str = "picture"
    earlier: Sequence[Answer | None] = ()

    @property
    def answers(self) -> list[Answer | None]:
        """Latest answers, which may be partial or of an earlier version, or None where there is nothing yet."""
        latest = [job.latest for job in self.jobs] if self.jobs else list(self.stored)
        if not self.earlier:
            return latest
        known = zip(latest, self.complete, self.earlier, strict=True)
        return [answer if complete or earlier is None else earlier for answer, complete, earlier in known]

    @property
    def final(self) -> list[Answer | None]:
        """Answers that will not change any more, or None. Those that the reader has stopped are partial."""
        return [None] * len(self.jobs) if self.jobs and self.waiting else self.answers

    @property
    def complete(self) -> list[bool]:
        """True for each answer that is computed to its end."""
        return [job.done for job in self.jobs] if self.jobs else [answer is not None for answer in self.stored]

    def draw_progress(self) -> None:
        """Draw the progress bar with Cancel, for a page that has called `live` with `shows_progress=False`."""
        if self.jobs:
            _draw_progress(self.slot, self.jobs, noun=self.noun)
        else:
            _draw_opening(stored=not self.waiting)

    def draw_error(self, index: int) -> None:
        """Show why a job failed or why its answer could not be stored, if so."""
        if self.jobs:
            _draw_error(self.jobs[index])


def live(
    slot: str,
    study: Study,
    question: Hashable,
    submit: Callable[[Runtime], Sequence[Job[Answer]]],
    draw: Callable[[Live[Answer]], None],
    *,
    stored: Callable[[], Sequence[Answer | None]] | None = None,
    earlier: Callable[[], Sequence[Answer | None]] | None = None,
    needs_model: bool = True,
    noun: str = "picture",
    shows_progress: bool = True,
    shows_errors: bool = True,
) -> Live[Answer]:
    """Draw answers as they are computed, every `poll_s()` seconds for as long as something is still to come.

    The jobs stay in the slot while the question is the same: a change of display submits nothing, and jobs that the
    reader has stopped stay stopped. Jobs that the service stopped because nobody looked at them are submitted again.

    Parameters
    ----------
    slot
        Part of a page that the jobs belong to, for example "compare".
    study
        Study that gives the model.
    question
        Everything that the answers depend on except for the study.
    submit
        Submits the jobs; called only for a new question, once the model is open.
    draw
        Draws the answers so far. It reads no files: an error in it would be shown as a traceback.
    stored
        Reads the stored answers, to be drawn while the model is being opened. Without it nothing is drawn until then.
    earlier
        Reads answers of an earlier version, to be drawn until all is computed anew.
    needs_model
        False if there is nothing to wait for when all answers are stored.
    noun
        What each job is about, as a literal, for the line that says what was spent.
    shows_progress
        False for a slot without progress bar and Cancel, or if `draw` calls `Live.draw_progress` itself.
    shows_errors
        False if `draw` shows the errors of the jobs itself, by `Live.draw_error`.

    Returns
    -------
    The jobs as they were when the page was run.
    """
    model = models.runtime_if_open(study)
    if model is None:
        found: Live[Answer] = _with_earlier(_without_model(stored, needs_model=needs_model), earlier)
        # Only the progress bar is repeated: drawing all of it again would slow down the thread that opens the model.
        _wait_for_model(study, waiting=found.waiting, shows_progress=shows_progress)
        if stored is not None:
            draw(found)
        return found
    submitted_jobs = _submitted_for((studies.identity(study), question), slot, lambda: submit(model))
    found = _with_earlier(Live(submitted_jobs, (), _waiting(submitted_jobs), slot, noun), earlier)

    def look() -> None:
        for job in found.jobs:
            job.poll()
        with drawing_turns.turns().turn(anew=True):
            if shows_progress:
                _draw_progress(slot, found.jobs, noun=noun)
            draw(found)
            if shows_errors:
                _draw_errors(found.jobs)
        # Last, because it abandons this run: what stands outside of it has to change, too.
        if found.waiting and not _waiting(found.jobs):
            st.rerun()

    st.fragment(look, run_every=poll_s() if found.waiting else None)()
    return found


def wait_for_model(study: Study) -> None:
    """Draw a progress bar until the model is open, then run the page again."""
    _wait_for_model(study, waiting=True, shows_progress=True)


def submitted(slot: str, state: Any = None) -> list[Job[Any]]:
    """Return the jobs of a slot, finished ones included.

    Parameters
    ----------
    slot
        See `live`.
    state
        Session state of another session, for tests; by default that of this session.
    """
    request = _request(slot, st.session_state if state is None else state)
    return [] if request is None else request.jobs


@dataclass(slots=True)
class _Request:
    """Question of a slot with its jobs, `stopped` if the reader has pressed Cancel."""

    question: Hashable
    jobs: list[Job[Any]]
    stopped: bool = False


def _without_model(stored: Callable[[], Sequence[Answer | None]] | None, *, needs_model: bool) -> Live[Answer]:
    answers = [] if stored is None else list(stored())
    complete = bool(answers) and all(answer is not None for answer in answers)
    return Live([], answers, waiting=needs_model or not complete)


def _with_earlier(found: Live[Answer], earlier: Callable[[], Sequence[Answer | None]] | None) -> Live[Answer]:
    return found if earlier is None or all(found.complete) else replace(found, earlier=earlier())


def _submitted_for(question: Hashable, slot: str, submit: Callable[[], Sequence[Job[Answer]]]) -> list[Job[Answer]]:
    request = _request(slot, st.session_state)
    # A job is also cancelled by the service, after nobody has looked at it for a while: another page was open. The
    # reader who comes back expects it to go on. After Cancel the reader expects the opposite.
    lost = request is not None and not request.stopped and any(job.state == "cancelled" for job in request.jobs)
    if request is None or request.question != question or lost:
        # Give up the old jobs first, so that they take no turns from the new ones.
        _cancel(request)
        request = _Request(question, list(submit()))
        st.session_state[_key(slot)] = request
    return request.jobs


def _waiting(jobs: Sequence[Job[Any]]) -> bool:
    return not all(job.over for job in jobs)


def _wait_for_model(study: Study, *, waiting: bool, shows_progress: bool) -> None:
    def look() -> None:
        if shows_progress:
            _draw_opening(stored=not waiting)
        # A model that could not be opened is done, too: the page then shows the error.
        if waiting and models.runtime_future(study).done():
            st.rerun()

    st.fragment(look, run_every=POLL_S if waiting else None)()


def _draw_errors(jobs: Sequence[Job[Any]]) -> None:
    # Of twenty jobs that are above one limit, the reader needs the sentence once.
    for job in reversed({_trouble(job): job for job in reversed(jobs)}.values()):
        _draw_error(job)


def _draw_error(job: Job[Any]) -> None:
    if job.error is not None:
        components.show_error(job.error)
    elif job.note and job.state != "cancelled":
        st.warning(literal(shown(job.note)), icon=":material/warning:")


def _trouble(job: Job[Any]) -> str:
    return shown(job.note) if job.error is None else fault_sentence(job.error)


def _progress_line() -> st.delta_generator.DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="center", height=_PROGRESS_PX, border=False)


def _draw_opening(*, stored: bool) -> None:
    with _progress_line():
        if stored:
            st.caption(tr(progress_words.ALL_STORED))
        else:
            st.progress(0.0, text=tr("Opening the model ..."))


def _draw_progress(slot: str, jobs: Sequence[Job[Any]], *, noun: str) -> None:
    """Draw the share of evaluations done with Cancel, and after the end what was spent."""
    with _progress_line():
        if _waiting(jobs):
            done, planned = sum(job.evaluations for job in jobs), sum(job.planned for job in jobs)
            st.progress(min(1.0, done / planned), text=progress_words.pace(jobs, done, planned))
            st.button(
                tr("Cancel"),
                key=f"{slot}_cancel",
                icon=":material/stop:",
                shortcut=keys.CANCEL,
                on_click=_stop,
                args=(slot,),
            )
        else:
            st.caption(progress_words.spent(jobs, noun))
            resumes = not all(job.done for job in jobs)
            if resumes and st.button(
                tr("Go on"), key=f"{slot}_resume", icon=":material/play_arrow:", on_click=_forget, args=(slot,)
            ):
                # The button stands in a fragment. A fragment that runs alone has the old jobs as its arguments, so
                # only a run of the whole page submits the question again.
                st.rerun()


def _stop(slot: str) -> None:
    request = _request(slot, st.session_state)
    if request is not None:
        request.stopped = True
        _cancel(request)


def _forget(slot: str) -> None:
    # The next run finds no request, submits the question again, and the service goes on from the logits it has.
    st.session_state.pop(_key(slot), None)


def _cancel(request: _Request | None) -> None:
    for job in request.jobs if request else ():
        job.cancel()


def _request(slot: str, state: Any) -> _Request | None:
    found: _Request | None = state.get(_key(slot))
    return found


def _key(slot: str) -> str:
    return f"_jobs_{slot}"
