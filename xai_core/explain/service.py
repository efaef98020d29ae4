"""Answers for many viewers at once: each question is computed once, and everybody has a turn."""

import atexit
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import ExplanationFailed, StoreRefused, XaiError
from xai_core.explain.computation import Question, explain, picture_hash
from xai_core.explain.fair_queue import UNWATCHED_S, Turns
from xai_core.explain.job import Answer, Askable, Computing, Job, State, Work

__all__ = ["Answer", "Askable", "ExplanationService", "Job", "Question", "State", "explain", "picture_hash"]

log = logging.getLogger(__name__)

KNOWN_BYTES = 128 * 2**20
"""Logits of stopped and finished searches that are kept in memory; a search with a larger budget goes on from them."""

KEPT = 64
"""Answers that are kept in memory because their store refused them."""


class ExplanationService:
    """A queue with one worker, for one device. Its sessions take turns of one batch each.

    Parameters
    ----------
    clock
        Seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._turns = Turns()
        self._works: dict[tuple[str, str], Work[Any]] = {}
        self._known: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._kept: OrderedDict[tuple[str, str], Any] = OrderedDict()
        self._unsaved: list[tuple[Askable[Any], NDArray[np.float32]]] = []
        self._running: Work[Any] | None = None
        self._closed = False
        self._worker: threading.Thread | None = None
        # A worker inside a native library while the interpreter goes down would abort the process.
        atexit.register(self.close)

    def submit(self, question: Askable[Answer], *, session: str = "", prefetch: bool = False) -> Job[Answer]:
        """Ask; the job is done at once where the answer is known, and shared where it is already on its way.

        Parameters
        ----------
        question
            What is asked: a `Question`, or anything else that is evaluated on masked pictures.
        session
            Who asks: sessions take turns.
        prefetch
            Nobody looks at it yet: everything that somebody looks at goes first.

        Raises
        ------
        SettingRefused
            If the settings do not fit the model.
        ExplanationFailed
            If the service has been closed.
        """
        question.check()
        work = Work(question)
        found = self._stored(work)
        with self._changed:
            if self._closed:
                raise ExplanationFailed("Nothing is explained any more: the service has been closed.")
            if found is not None:
                work.state, work.answer, work.cached = "done", found, True
                return Job(self, work, session, prefetch=prefetch)
            job = Job(self, self._works.setdefault(work.name, work), session, prefetch=prefetch)
            job.work.jobs.append(job)
            self._turns.add(job)
            self._see_to_worker()
            self._changed.notify_all()
        return job

    def close(self) -> None:
        """Stop everything; jobs that are not over are cancelled."""
        with self._changed:
            self._closed = True
            for job in self._turns.jobs():
                self.withdraw(job, "The service was closed.")
            self._changed.notify_all()
        if self._worker is not None:
            self._worker.join()
        atexit.unregister(self.close)

    def now(self) -> float:
        """Time by the service's clock, in seconds."""
        return self._clock()

    def watch(self, job: Job[Any]) -> None:
        """Note that somebody looks at a job, and see that there is a worker for it."""
        with self._changed:
            self._turns.watch(job, self.now())
            self._see_to_worker()

    def withdraw(self, job: Job[Any], note: str) -> None:
        """Take a job out of the queue; its question too, if nobody else asks it."""
        with self._changed:
            if job.over:
                return
            job.withdrawn = note
            job.work.jobs.remove(job)
            self._turns.remove(job)
            if not job.work.jobs and job.work is not self._running:
                self._end(job.work, "cancelled")
            self._changed.notify_all()

    def wait(self, job: Job[Any], timeout_s: float | None = None) -> bool:
        """Watch a job until it is over, or for so long; return whether it is over."""
        deadline = float("inf") if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            job.waiters += 1
            while not job.over and (left := deadline - time.monotonic()) > 0:
                self.watch(job)
                # Now and then, because a worker that has died notifies nobody.
                self._changed.wait(min(left, 1.0))
            job.waiters -= 1
            job.seen = self.now()
            return job.over

    def _stored(self, work: Work[Answer]) -> Answer | None:
        kept: Answer | None = self._kept.get(work.name)
        return work.question.stored() if kept is None else kept

    def _see_to_worker(self) -> None:
        """Start the worker, or replace one that has died."""
        if self._closed or (self._worker is not None and self._worker.is_alive()):
            return
        if self._running is not None:
            log.error("The worker of the explanations has died; a new one takes its place.")
            hint = "Ask again; a new worker has taken its place."
            self._fail(self._running, ExplanationFailed("The worker died while it explained the picture.", hint))
        self._running = None
        self._worker = threading.Thread(target=self._serve, name="explanations", daemon=True)
        self._worker.start()

    def _serve(self) -> None:
        while True:
            work = self._turn()
            self._save()
            if work is None:
                if self._closed:
                    return
                continue
            try:
                self._advance(work)
            except XaiError as fault:
                self._fail(work, fault)
            # Whatever it is, the other viewers must go on.
            except Exception as fault:
                log.exception("An explanation failed.")
                sentence = f"The explanation failed: {type(fault).__name__}: {fault}."
                self._fail(work, ExplanationFailed(sentence, "The server's log has the details."))

    def _turn(self) -> Work[Any] | None:
        """Wait for the next work to advance; None when the service is closed, or there is something to save."""
        with self._changed:
            self._running = None
            while not self._closed and not self._unsaved:
                for left in self._turns.unwatched(self.now()):
                    self.withdraw(left, f"It was stopped: nobody had looked at it for {UNWATCHED_S:.0f} seconds.")
                job = self._turns.next()
                if job is not None:
                    self._running = job.work
                    return job.work
                self._changed.wait()
            return None

    def _advance(self, work: Work[Any]) -> None:
        """Go on by one batch, or to the point where nobody asks any more."""
        computation = work.computation or self._begin(work)
        if computation is None:
            return
        for _ in computation.batch():
            if not work.jobs:
                break
        if computation.finished:
            self._finish(work, computation)
        with self._changed:
            if not work.jobs and not work.over:
                self._end(work, "cancelled")

    def _begin(self, work: Work[Answer]) -> Computing[Answer] | None:
        """Start computing, unless another process or an earlier turn has brought the answer meanwhile."""
        found = self._stored(work)
        if found is not None:
            work.answer, work.cached = found, True
            self._end(work, "done")
            return None
        search = work.question.search_key
        with self._changed:
            known = self._known.get(search)
        known = work.question.store.known(search) if known is None else known
        computation = work.question.begin(known)
        work.began, work.taken_over = self.now(), computation.evaluations
        work.computation, work.state = computation, "running"
        return computation

    def _finish(self, work: Work[Answer], computation: Computing[Answer]) -> None:
        """Store the answer; a store that refuses it takes nothing from those who wait for it."""
        answer = computation.answer()
        assert answer is not None
        try:
            work.question.put(answer, computation.logits)
        except StoreRefused as fault:
            log.warning("%s", fault.sentence)
            work.note = f"{fault.sentence} Until the server is restarted it is kept in memory."
            self._kept[work.name] = answer
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._end(work, "done")

    def _fail(self, work: Work[Any], fault: XaiError) -> None:
        with self._changed:
            if not work.over:
                work.error = fault
                self._end(work, "failed")

    def _end(self, work: Work[Any], state: State) -> None:
        """Let a work go, with what there is of its answer."""
        with self._changed:
            if work.computation is not None:
                work.answer = work.computation.answer()
                self._remember(work.question, work.computation.logits)
            work.ended, work.state, work.computation = self.now(), state, None
            del self._works[work.name]
            for job in work.jobs:
                self._turns.remove(job)
            self._changed.notify_all()

    def _remember(self, question: Askable[Any], logits: NDArray[np.float32]) -> None:
        search = question.search_key
        longer = max(logits, self._known.pop(search, logits), key=len)
        self._known[search] = longer
        while sum(each.nbytes for each in self._known.values()) > KNOWN_BYTES:
            self._known.popitem(last=False)
        self._unsaved.append((question, longer))

    def _save(self) -> None:
        """Keep logits on disk, for the time after a restart; outside the lock, because disks may be slow."""
        with self._changed:
            unsaved, self._unsaved = self._unsaved, []
        for question, logits in unsaved:
            try:
                question.store.keep(question.search_key, logits)
            except StoreRefused as fault:
                log.warning("%s", fault.sentence)
