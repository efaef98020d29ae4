"""Service that computes explanations for many viewers, each question once and with fair turns."""

import atexit
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from xai_core.errors import ExplanationFailed, StoreRefused, XaiError
from xai_core.explain.queue.fair_queue import STOPPED, FairQueue
from xai_core.explain.queue.job import Answer, ComputationProtocol, Job, QuestionProtocol, SharedTask, State
from xai_core.explain.queue.kept import KeptResults, save_logits
from xai_core.explain.queue.lane import Lane, Lanes
from xai_core.explain.queue.ledger import STORE_FULL, Ledger, answer_bytes, not_stored
from xai_core.explain.queue.usage import Usage, as_event
from xai_core.language import deferred
from xai_core.settings.limits import UNLIMITED, Limits

log = logging.getLogger(__name__)


class ExplanationService:
    """Queue with one worker thread for each device. Sessions take turns of one batch each.

    Parameters
    ----------
    clock
        Function that returns the time in seconds, never decreasing.
    limits
        Limits of what sessions may ask; none by default.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, limits: Limits = UNLIMITED) -> None:
        self._clock = clock
        self._ledger = Ledger(limits)
        # One lock guards everything below, and the states of tasks and jobs. It is re-entrant (the default of
        # Condition), because methods that hold it call one another. It is never held during inference or file access.
        self._changed = threading.Condition()
        self._queue = FairQueue()
        # Tasks that are not over, by name. This is what makes equal questions share one computation.
        self._tasks: dict[tuple[str, str], SharedTask[Any]] = {}
        self._kept = KeptResults()
        self._lanes = Lanes()
        self._closed = False
        # A worker inside a native library while the interpreter shuts down would abort the process.
        atexit.register(self.close)

    def submit(self, question: QuestionProtocol[Answer], *, session: str = "") -> Job[Answer]:
        """Submit a question, and return a job that is done at once if the answer is known.

        A job beyond the limits has failed at once, with `LimitReached` as its error.

        Parameters
        ----------
        question
            A `Question`, or another question that is answered by evaluating masked pictures.
        session
            Name of the caller's session. Sessions take turns.

        Raises
        ------
        SettingRefused
            If the settings do not fit the model.
        ExplanationFailed
            If the service has been closed.
        """
        question.check()
        task = SharedTask(question)
        found = self._stored(task)  # reads a file, so before the lock
        with self._changed:
            if self._closed:
                raise ExplanationFailed(deferred("The service has been closed and computes no more explanations."))
            if found is not None:
                task.state, task.answer, task.cached = "done", found, True
                self._ledger.cached += 1
                return Job(self, task, session)
            refusal = self._ledger.refusal(session, question.planned, self._queue.jobs())
            if refusal is not None:
                task.state, task.error = "failed", refusal
                return Job(self, task, session)
            job = Job(self, self._tasks.setdefault(task.name, task), session)
            job.task.jobs.append(job)
            self._queue.add(job)
            self._ensure_workers()
            self._changed.notify_all()
        return job

    def widen(self, lanes: int) -> None:
        """Let as many jobs be computed side by side from now on, if fewer are."""
        with self._changed:
            self._lanes.widen(lanes)

    def close(self) -> None:
        """Cancel all jobs that are not over and end the workers."""
        with self._changed:
            self._closed = True
            for job in self._queue.jobs():
                self.withdraw(job, deferred("The service was closed."))
            self._changed.notify_all()
        # Outside the lock, which the workers need in order to end.
        self._lanes.join()
        atexit.unregister(self.close)

    def usage(self) -> Usage:
        """Return what the queue holds and what the service has done so far."""
        with self._changed:
            jobs, now = self._queue.jobs(), self.now()
            running = sum(
                task.computation.evaluations - task.taken_over for task in self._tasks.values() if task.computation
            )
            return Usage(
                jobs=len(jobs),
                visitors=len({job.session for job in jobs}),
                evaluations=self._ledger.evaluations + running,
                ended=dict(self._ledger.ended),
                cached=self._ledger.cached,
                refused=self._ledger.refused,
                works=not self._closed and self._lanes.works,
                turn_s=now - self._lanes.began(now),
            )

    def now(self) -> float:
        """Return the time by the service's clock, in seconds."""
        return self._clock()

    def watch(self, job: Job[Any]) -> None:
        """Record that somebody polls a job, and make sure that there is a worker for it."""
        with self._changed:
            job.seen = self.now()
            self._ensure_workers()

    def withdraw(self, job: Job[Any], note: str) -> None:
        """Cancel a job, and its task if no other job wants the answer."""
        with self._changed:
            if job.over:
                return
            job.withdrawn = note
            job.task.jobs.remove(job)
            self._queue.remove(job)
            # The worker ends its present task by itself, at the end of its chunk of pictures.
            if not job.task.jobs and job.task not in self._lanes.running:
                self._end(job.task, "cancelled")
            self._changed.notify_all()

    def wait(self, job: Job[Any], timeout_s: float | None = None) -> bool:
        """Wait until a job is over or the time is up, and return True if it is over."""
        deadline = float("inf") if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            job.waiters += 1
            while not job.over and (left := deadline - time.monotonic()) > 0:
                self.watch(job)
                # At most a second at a time, because a worker that has died notifies nobody.
                self._changed.wait(min(left, 1.0))
            job.waiters -= 1
            job.seen = self.now()
            return job.over

    def _stored(self, task: SharedTask[Answer]) -> Answer | None:
        unstored: Answer | None = self._kept.answer(task.name)
        return task.question.stored() if unstored is None else unstored

    def _ensure_workers(self) -> None:
        """Start the workers, or replace those that have died."""
        for lane in () if self._closed else self._lanes:
            if lane.thread is not None and lane.thread.is_alive():
                continue
            if lane.task is not None:
                log.error("A worker of the explanations has died; a new one takes its place.")
                message = deferred("The worker died while it explained the picture.")
                hint = deferred("Ask again; a new worker has taken its place.")
                self._fail(lane.task, ExplanationFailed(message, hint))
            lane.task = lane.began = None
            lane.thread = threading.Thread(target=self._serve, args=(lane,), name="explanations", daemon=True)
            lane.thread.start()

    def _serve(self, lane: Lane) -> None:
        while True:
            task = self._next_task(lane)
            self._save_logits()
            if task is None:
                if self._closed:
                    return
                continue
            try:
                self._advance(task)
            except XaiError as fault:
                self._fail(task, fault)
            # Any other fault is a bug, and must not end the worker: the other viewers would wait for ever.
            except Exception as fault:
                log.exception("An explanation failed.")
                message = deferred(
                    "The explanation failed: {kind}: {fault}.", kind=type(fault).__name__, fault=str(fault)
                )
                self._fail(task, ExplanationFailed(message, deferred("The server's log has the details.")))

    def _next_task(self, lane: Lane) -> SharedTask[Any] | None:
        """Wait for the next task, or return None if the service is closed or logits are to be saved."""
        with self._changed:
            if lane.task is not None:
                self._changed.notify_all()  # another worker may wait for this very task
            lane.task = lane.began = None
            while not self._closed and not self._kept.unsaved:
                for job in self._queue.unwatched(self.now()):
                    self.withdraw(job, STOPPED)
                next_job = self._queue.next(self._lanes.running)
                if next_job is not None:
                    # Set under the lock that found the job: `withdraw` must not end this task from now on.
                    lane.task, lane.began = next_job.task, self.now()
                    return next_job.task
                self._changed.wait()
            return None

    def _advance(self, task: SharedTask[Any]) -> None:
        """Compute one batch, or less if the last job leaves."""
        computation = task.computation or self._begin(task)
        if computation is None:
            return
        for _ in computation.batch():
            # Read without the lock: at worst one more chunk of pictures is evaluated.
            if not task.jobs:
                break
        if computation.finished:
            self._finish(task, computation)
        with self._changed:
            if not task.jobs and not task.over:
                self._end(task, "cancelled")

    def _begin(self, task: SharedTask[Answer]) -> ComputationProtocol[Answer] | None:
        """Start the computation, unless another process or an earlier turn has stored the answer meanwhile."""
        found = self._stored(task)
        if found is not None:
            task.answer, task.cached = found, True
            self._end(task, "done")
            return None
        search_key = task.question.search_key
        with self._changed:
            known = self._kept.logits(search_key)
        known = task.question.store.get_logits(search_key) if known is None else known
        computation = task.question.begin(known)
        task.began, task.taken_over = self.now(), computation.evaluations
        task.computation, task.state = computation, "running"
        return computation

    def _finish(self, task: SharedTask[Answer], computation: ComputationProtocol[Answer]) -> None:
        """Store the final answer, or hold it in memory if the store refuses it."""
        answer = computation.answer()
        assert answer is not None
        if self._has_room(task):
            try:
                task.question.put(answer, computation.logits)
            except StoreRefused as fault:
                log.warning("%s", fault.sentence)
                task.note = not_stored(fault)
            else:
                self._count_stored(task, answer_bytes(answer) + computation.logits.nbytes)
        else:
            task.note = STORE_FULL
        if task.note:
            self._kept.keep_answer(task.name, answer)
        self._end(task, "done")

    def _has_room(self, task: SharedTask[Any]) -> bool:
        with self._changed:
            return not task.jobs or self._ledger.has_room(task.jobs[0].session, self.now())

    def _count_stored(self, task: SharedTask[Any], size: int) -> None:
        with self._changed:
            if task.jobs:
                self._ledger.store(task.jobs[0].session, size, self.now())

    def _fail(self, task: SharedTask[Any], fault: XaiError) -> None:
        with self._changed:
            if not task.over:
                task.error = fault
                self._end(task, "failed")

    def _end(self, task: SharedTask[Any], state: State) -> None:
        """End a task with its answer so far, and remove its jobs from the queue."""
        with self._changed:
            if task.computation is not None:
                task.answer = task.computation.answer()
                self._kept.keep_logits(task.question, task.computation.logits, saved=self._has_room(task))
                self._ledger.evaluations += task.computation.evaluations - task.taken_over
            # `computation` last: jobs read it first, and then `answer`, without the lock.
            task.ended, task.state, task.computation = self.now(), state, None
            del self._tasks[task.name]
            for job in task.jobs:
                self._queue.remove(job)
            self._ledger.ended[state] += 1
            self._changed.notify_all()
        if log.isEnabledFor(logging.INFO):
            log.info("A job has ended.", extra=as_event(task))

    def _save_logits(self) -> None:
        """Write logits to their stores, for the time after a restart."""
        with self._changed:
            unsaved = self._kept.take_unsaved()
        # Outside the lock: a slow disk must not stop the pages, which poll under it.
        save_logits(unsaved)
