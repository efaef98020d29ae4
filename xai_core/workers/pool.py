"""Contract of pools of workers."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from xai_core.errors import XaiError

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Item_contra = TypeVar("Item_contra", contravariant=True)
Answer_co = TypeVar("Answer_co", covariant=True)


class Work(Protocol[Item_contra, Answer_co]):
    """Work that can be copied to a worker, which opens it once and then answers items.

    Items are computed one at a time, in a process that computes nothing else. An item whose worker dies is given to
    another one, so that answering must change nothing that the answer does not hold.
    """

    def open(self) -> Callable[[Item_contra], Answer_co]:
        """Open what all items need, such as a model, and return the function that answers an item.

        Raises
        ------
        XaiError
            If it cannot be opened on this machine. No worker is then started.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Done(Generic[Item, Answer]):
    """Item that is done.

    Attributes
    ----------
    item
        The item.
    answer
        Its answer; None if there is none.
    fault
        What the work raised, or `WorkerDied` for an item that was set aside; None for an answer.
    """

    item: Item
    answer: Answer | None
    fault: XaiError | None = None


class WorkerPool(Protocol):
    """Workers that answer items side by side."""

    def run(self, work: Work[Item, Answer], items: Iterable[Item]) -> Iterator[Done[Item, Answer]]:
        """Answer items in any order.

        Each item is taken when a worker is free, so that the memory does not grow with their number. Closing the
        iterator stops the workers.

        Parameters
        ----------
        work
            What each worker opens.
        items
            The items, which are copied to the workers.

        Raises
        ------
        WorkersRefused
            If the workers cannot be started, or cannot open the work.
        """
        ...
