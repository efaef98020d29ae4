"""Workers of a command, from its options."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xai_core.cli import console
from xai_core.language import tr

if TYPE_CHECKING:
    from xai_core.workers.pool import WorkerPool


@contextmanager
def worker_pool(workers: int | None, address: str | None, gpus: float = 0.0) -> "Iterator[WorkerPool | None]":
    """Start the workers that a command asks for, and stop them at its end.

    Parameters
    ----------
    workers, address, gpus
        See `RayPool`. Without a number and an address there are none.

    Yields
    ------
    The pool, or None.
    """
    if workers is None and address is None:
        yield None
        return
    from xai_core.workers.ray_pool import RayPool

    console.note(tr("Starting the workers ..."))
    with RayPool(workers, address, gpus=gpus, note=console.note) as pool:
        yield pool
