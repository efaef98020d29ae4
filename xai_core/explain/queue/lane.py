"""Worker threads of a service, each with the task of its present turn."""

import threading
from dataclasses import dataclass
from typing import Any

from xai_core.explain.queue.job import SharedTask


@dataclass(eq=False, slots=True)
class Lane:
    """Place for one worker thread. The service's lock guards it.

    Attributes
    ----------
    thread
        The worker; None before the first job.
    task, began
        Task of the present turn, which no other worker advances, and the time of its beginning; None between turns.
    """

    thread: threading.Thread | None = None
    task: SharedTask[Any] | None = None
    began: float | None = None


class Lanes(list[Lane]):
    """Places of a service's workers, one at first."""

    def __init__(self) -> None:
        super().__init__([Lane()])

    def widen(self, count: int) -> None:
        """Add places until there are so many."""
        self += [Lane() for _ in range(count - len(self))]

    @property
    def running(self) -> list[SharedTask[Any]]:
        """Tasks that have a turn at present."""
        return [lane.task for lane in self if lane.task is not None]

    @property
    def works(self) -> bool:
        """False if a worker has ended by a fault."""
        return all(lane.thread is None or lane.thread.is_alive() for lane in self)

    def began(self, now: float) -> float:
        """Return the time when the longest of the present turns began, the given time between turns."""
        return min([lane.began for lane in self if lane.began is not None], default=now)

    def join(self) -> None:
        """Wait until all workers have ended."""
        for lane in self:
            if lane.thread is not None:
                lane.thread.join()
