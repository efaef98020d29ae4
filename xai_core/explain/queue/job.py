"""Jobs of the explanation service, and the contract of the questions that it answers."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypeVar

from xai_core.errors import XaiError
from xai_core.explain.explanation import Explanation
from xai_core.explain.store import AnswerStore
from xai_core.language import deferred

State = Literal["waiting", "running", "done", "cancelled", "failed"]

_NUMBERS = itertools.count(1)

# `Job` alone means a job whose answer is an explanation; checks of explanations have answers of other types.
Answer = TypeVar("Answer", default=Explanation)
Answer_co = TypeVar("Answer_co", covariant=True)


class ComputationProtocol(Protocol[Answer_co]):
    """Computation of an answer. One thread drives it, and any thread may read it."""

    @property
    def evaluations(self) -> int:
        """Number of forward passes whose logits are known."""
        ...

    @property
    def finished(self) -> bool:
        """True if the answer is final."""
        ...

    @property
    def planned(self) -> int:
        """Largest expected number of forward passes."""
        ...

    @property
    def logits(self) -> NDArray[np.float32]:
        """(n, L) logits of all evaluations, from which another computation can go on."""
        ...

    def batch(self) -> Iterator[None]:
        """Evaluate the next batch, yielding after every few pictures.

        The caller may leave the iteration at any time.
        """
        ...

    def answer(self) -> Answer_co | None:
        """Return the answer so far, or None if there is none yet."""
        ...


class QuestionProtocol(Protocol[Answer]):
    """Question that the service can answer, by evaluating masked pictures."""

    @property
    def key(self) -> str:
        """Storage key of the answer, equal for equal questions in every process."""
        ...

    @property
    def search_key(self) -> str:
        """Name of the evaluated coalitions, by which questions share logits."""
        ...

    @property
    def store(self) -> AnswerStore:
        """Store of the answer."""
        ...

    @property
    def planned(self) -> int:
        """Expected number of forward passes."""
        ...

    def check(self) -> None:
        """Raise SettingRefused if the question cannot be answered."""
        ...

    def stored(self) -> Answer | None:
        """Return the answer if it is stored."""
        ...

    def put(self, answer: Answer, logits: NDArray[np.float32]) -> None:
        """Store a final answer with the logits of its evaluations, or raise StoreRefused."""
        ...

    def spent(self, answer: Answer) -> int:
        """Return the number of forward passes of an answer."""
        ...

    def begin(self, known: NDArray[np.float32] | None) -> ComputationProtocol[Answer]:
        """Start the computation, from logits of an earlier search with this `search_key` if there are any."""
        ...


@dataclass(eq=False, slots=True)
class SharedTask(Generic[Answer]):
    """State shared by all jobs with the same question.

    Attributes
    ----------
    question
        Question of all jobs.
    state
        State of the task; a job that was cancelled alone has a state of its own.
    jobs
        Jobs that still want the answer.
    computation
        Computation between the first turn and the end; None before and after.
    answer
        Answer at the end of the task, final if the state is "done".
    error
        Reason of a failure.
    cached
        True if the answer was known before it was requested.
    note
        Sentence for people, such as that the answer could not be stored.
    began, ended
        Times of the first turn and of the end, by the service's clock.
    taken_over
        Number of evaluations taken over from an earlier search.
    job_ids
        Ids of all jobs that ever wanted the answer, for the log.
    """

    question: QuestionProtocol[Answer]
    state: State = "waiting"
    jobs: "list[Job[Answer]]" = field(default_factory=list)
    computation: ComputationProtocol[Answer] | None = None
    answer: Answer | None = None
    error: XaiError | None = None
    cached: bool = False
    note: str = ""
    began: float = 0.0
    ended: float | None = None
    taken_over: int = 0
    job_ids: list[str] = field(default_factory=list)

    @property
    def name(self) -> tuple[str, str]:
        """Identity of the question, the key of the answer and the folder of its store."""
        return self.question.key, str(self.question.store.folder)

    @property
    def over(self) -> bool:
        """True if the state will not change any more."""
        return self.state not in ("waiting", "running")


class JobOwner(Protocol):
    """Service as a job sees it."""

    def now(self) -> float:
        """Return the time in seconds, never decreasing."""
        ...

    def watch(self, job: "Job[Any]") -> None:
        """Record that somebody polls a job."""
        ...

    def withdraw(self, job: "Job[Any]", note: str) -> None:
        """Remove a job from the queue."""
        ...

    def wait(self, job: "Job[Any]", timeout_s: float | None) -> bool:
        """Wait for the end of a job."""
        ...


class Job(Generic[Answer]):
    """One caller's request for an answer. Any thread may use it.

    Attributes
    ----------
    task
        State shared with all jobs of the same question.
    session
        Name of the caller's session.
    id
        Id for the log, unique in the process.
    seen
        Time of the last poll, by the service's clock.
    waiters
        Number of threads that wait for it.
    withdrawn
        Reason of its cancellation; None if it was not cancelled.
    """

    def __init__(self, owner: JobOwner, task: SharedTask[Answer], session: str) -> None:
        self.task = task
        self.session = session
        self.id = f"{next(_NUMBERS):06x}"
        task.job_ids.append(self.id)
        self.seen = owner.now()
        self.waiters = 0
        self.withdrawn: str | None = None
        self._owner = owner

    @property
    def key(self) -> str:
        """Name of the answer."""
        return self.task.question.key

    @property
    def state(self) -> State:
        """State of this job, "cancelled" even if other jobs still wait for the answer."""
        return "cancelled" if self.withdrawn is not None else self.task.state

    @property
    def done(self) -> bool:
        """True if `latest` is the final answer."""
        return self.state == "done"

    @property
    def over(self) -> bool:
        """True if the job is done, cancelled or failed."""
        return self.withdrawn is not None or self.task.over

    @property
    def evaluations(self) -> int:
        """Number of forward passes done."""
        # The computation is read first: the worker sets `answer` before it clears `computation`, so that in this order
        # one of the two is there whenever anything has been evaluated.
        computation, answer = self.task.computation, self.task.answer
        if computation is not None:
            return computation.evaluations
        return 0 if answer is None else self.task.question.spent(answer)

    @property
    def planned(self) -> int:
        """Expected number of forward passes; with a small picture or a settled map they may end earlier."""
        return self.evaluations if self.done else max(self.task.question.planned, self.evaluations)

    @property
    def last_active(self) -> float:
        """Time of the end, or the present time while it is not over, by the service's clock."""
        return self._owner.now() if self.task.ended is None else self.task.ended

    @property
    def latest(self) -> Answer | None:
        """Answer so far, or None if there is none yet.

        An explanation is complete and additive at any time.
        """
        computation = self.task.computation
        return self.task.answer if computation is None else computation.answer()

    @property
    def error(self) -> XaiError | None:
        """Reason of a failure."""
        return self.task.error

    @property
    def cached(self) -> bool:
        """True if the answer was known before it was requested."""
        return self.task.cached

    @property
    def note(self) -> str:
        """Sentence for people about a cancellation or a refusing store, for `language.shown`, or an empty text."""
        return self.withdrawn or self.task.note

    def poll(self) -> None:
        """Keep the job alive, because a job that is not polled is cancelled."""
        self._owner.watch(self)

    def cancel(self) -> None:
        """Cancel this job at once.

        The computation stops within a batch unless another job wants its answer.
        """
        self._owner.withdraw(self, deferred("It was cancelled."))

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the job is over or the time is up, and return True if it is over."""
        return self._owner.wait(self, timeout_s)


def joint_rate(jobs: Sequence[Job[Any]]) -> float:
    """Return the evaluations per second of jobs that share the worker.

    The time counts from the first turn of any of them. The rate is 0 while it is unknown. Evaluations taken over from
    earlier searches do not count.
    """
    begun = [job for job in jobs if job.task.state != "waiting" and not job.task.cached]
    if not begun:
        return 0.0
    elapsed = max(job.last_active for job in begun) - min(job.task.began for job in begun)
    done = sum(job.evaluations - job.task.taken_over for job in begun)
    return done / elapsed if elapsed > 0 else 0.0
