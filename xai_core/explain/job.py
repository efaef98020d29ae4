"""A question that has been asked, as its asker holds it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypeVar

from xai_core.errors import XaiError
from xai_core.explain.explanation import Explanation

State = Literal["waiting", "running", "done", "cancelled", "failed"]

# A `Job` is about an explanation unless it says what else it is about.
Answer = TypeVar("Answer", default=Explanation)
Answer_co = TypeVar("Answer_co", covariant=True)


class Computing(Protocol[Answer_co]):
    """An answer on its way. One thread drives it; any thread may read it."""

    @property
    def evaluations(self) -> int:
        """Forward passes whose logits are known."""
        ...

    @property
    def finished(self) -> bool:
        """Whether the answer is whole."""
        ...

    @property
    def planned(self) -> int:
        """Forward passes in all; it may be done with fewer."""
        ...

    @property
    def logits(self) -> NDArray[np.float32]:
        """(n, L) of all evaluations, from which another computation can go on."""
        ...

    def batch(self) -> Iterator[None]:
        """Evaluate what comes next, one turn of it, yielding after every few pictures; leave it at any of them."""
        ...

    def answer(self) -> Answer_co | None:
        """Return the answer so far; None while nothing can be said."""
        ...


class Shelf(Protocol):
    """Where answers are kept: a folder, or a name that no folder has."""

    @property
    def folder(self) -> Path:
        """What tells it from another; the same question with another shelf is another question."""
        ...

    def known(self, search: str) -> NDArray[np.float32] | None:
        """Return the (n, L) logits that were kept of a search."""
        ...

    def keep(self, search: str, logits: NDArray[np.float32]) -> None:
        """Keep what a search was told; raises StoreRefused."""
        ...


class Askable(Protocol[Answer]):
    """What can be asked of the service: it has a name, and can begin to compute its answer."""

    @property
    def key(self) -> str:
        """Name of the answer: equal questions have equal names, in every process."""
        ...

    @property
    def search_key(self) -> str:
        """Name of what is evaluated: questions that share it share logits."""
        ...

    @property
    def store(self) -> Shelf:
        """Where the answer is kept."""
        ...

    @property
    def planned(self) -> int:
        """Forward passes that it is expected to take."""
        ...

    def check(self) -> None:
        """Refuse what cannot be asked; raises SettingRefused."""
        ...

    def stored(self) -> Answer | None:
        """Return the answer where it is kept already."""
        ...

    def put(self, answer: Answer, logits: NDArray[np.float32]) -> None:
        """Keep an answer that is whole, given all its evaluations; raises StoreRefused."""
        ...

    def spent(self, answer: Answer) -> int:
        """Forward passes that an answer took."""
        ...

    def begin(self, known: NDArray[np.float32] | None) -> Computing[Answer]:
        """Start to compute, from logits that an earlier search of the same `search_key` left behind."""
        ...


@dataclass(eq=False, slots=True)
class Work(Generic[Answer]):
    """What all jobs with the same question share.

    Attributes
    ----------
    computation
        While it has turns; before and after it is None.
    answer
        What there was of it when the work ended; whole if it was done.
    began, ended
        Times of the first turn and of the end, by the service's clock.
    taken_over
        Evaluations that an earlier search had left.
    """

    question: Askable[Answer]
    state: State = "waiting"
    jobs: "list[Job[Answer]]" = field(default_factory=list)
    computation: Computing[Answer] | None = None
    answer: Answer | None = None
    error: XaiError | None = None
    cached: bool = False
    note: str = ""
    began: float = 0.0
    ended: float | None = None
    taken_over: int = 0

    @property
    def name(self) -> tuple[str, str]:
        """What makes two questions one: the answer's key, and the folder where it is to be stored."""
        return self.question.key, str(self.question.store.folder)

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state not in ("waiting", "running")


class Desk(Protocol):
    """What a job asks of its service."""

    def now(self) -> float:
        """Seconds, never going back."""
        ...

    def watch(self, job: "Job[Any]") -> None:
        """Note that somebody looks at a job."""
        ...

    def withdraw(self, job: "Job[Any]", note: str) -> None:
        """Take a job out of the queue."""
        ...

    def wait(self, job: "Job[Any]", timeout_s: float | None) -> bool:
        """Wait for the end of a job."""
        ...


class Job(Generic[Answer]):
    """One asker's hold on an answer that may be on its way. Any thread may use it.

    Attributes
    ----------
    work, session, prefetch
        What is asked, by whom, and whether only in case it is wanted later.
    seen
        When somebody last looked at it, by the service's clock.
    waiters
        Threads that wait for it.
    withdrawn
        Why it was taken back; None while it stands.
    """

    def __init__(self, desk: Desk, work: Work[Answer], session: str, *, prefetch: bool) -> None:
        self.work = work
        self.session = session
        self.prefetch = prefetch
        self.seen = desk.now()
        self.waiters = 0
        self.withdrawn: str | None = None
        self._desk = desk

    @property
    def key(self) -> str:
        """Name of the question."""
        return self.work.question.key

    @property
    def state(self) -> State:
        """How it stands; `cancelled` is this asker's alone, others may go on waiting for the same answer."""
        return "cancelled" if self.withdrawn is not None else self.work.state

    @property
    def done(self) -> bool:
        """Whether the whole answer is there, as `latest`."""
        return self.state == "done"

    @property
    def over(self) -> bool:
        """Whether nothing more will come: done, cancelled or failed."""
        return self.withdrawn is not None or self.work.over

    @property
    def evaluations(self) -> int:
        """Forward passes done."""
        computation, answer = self.work.computation, self.work.answer
        if computation is not None:
            return computation.evaluations
        return 0 if answer is None else self.work.question.spent(answer)

    @property
    def planned(self) -> int:
        """Forward passes in all; a small picture, or a map that settles, may need fewer."""
        return self.evaluations if self.done else max(self.work.question.planned, self.evaluations)

    @property
    def rate(self) -> float:
        """Evaluations a second since the first turn, the turns of others included; 0 while unknown."""
        return joint_rate([self])

    @property
    def last_seen_at_work(self) -> float:
        """When it ended, or now, by the service's clock."""
        return self._desk.now() if self.work.ended is None else self.work.ended

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the answer is whole, 0 when it is over; None while unknown."""
        if self.over:
            return 0.0
        rate = self.rate
        return (self.planned - self.evaluations) / rate if rate > 0 else None

    @property
    def latest(self) -> Answer | None:
        """The answer so far; None before there is one. An explanation is complete and additive at any time."""
        computation = self.work.computation
        return self.work.answer if computation is None else computation.answer()

    @property
    def error(self) -> XaiError | None:
        """Why it failed."""
        return self.work.error

    @property
    def cached(self) -> bool:
        """Whether the answer was there before it was asked for."""
        return self.work.cached

    @property
    def note(self) -> str:
        """A sentence for the asker: why it was stopped, or that the answer could not be stored. Else empty."""
        return self.withdrawn or self.work.note

    def poll(self) -> None:
        """Say that somebody is still watching."""
        self._desk.watch(self)

    def cancel(self) -> None:
        """Give up: at once for this asker; the computing stops within a batch if nobody else asks the same."""
        self._desk.withdraw(self, "It was cancelled.")

    def wait(self, timeout_s: float | None = None) -> bool:
        """Watch the job until it is over, or for so long; return whether it is over."""
        return self._desk.wait(self, timeout_s)


def joint_rate(jobs: Sequence[Job[Any]]) -> float:
    """Evaluations a second of jobs that take turns, since the first turn of any of them; 0 while unknown."""
    begun = [job for job in jobs if job.work.state != "waiting" and not job.work.cached]
    if not begun:
        return 0.0
    elapsed = max(job.last_seen_at_work for job in begun) - min(job.work.began for job in begun)
    done = sum(job.evaluations - job.work.taken_over for job in begun)
    return done / elapsed if elapsed > 0 else 0.0
