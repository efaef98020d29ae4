"""Pool of workers on Ray, on this machine or on a cluster."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from xai_core.errors import WorkerDied, WorkersRefused
from xai_core.language import deferred, shown, tr
from xai_core.workers import ray_start
from xai_core.workers.actor import Actor
from xai_core.workers.pool import Answer, Done, Item, Work

log = logging.getLogger(__name__)

TRIES = 2
"""Workers that an item may kill before it is set aside."""

MOST_LOSSES = 5
"""Workers that an item may lose with their nodes before it is set aside."""

LOST_WHILE_OPENING = 3
"""Workers in a row that may die while they open the work, before that is taken for the fault of the work."""

OPEN_WAIT_S = 10.0
"""Seconds without any worker after which a note says what is missing."""

Note = Callable[[str], None]


@dataclass(slots=True, eq=False)
class _Turn:
    """Item with the number of workers that were lost at it, and of those of them whose node lives on."""

    item: Any
    losses: int = 0
    deaths: int = 0


class RayPool:
    """Workers of one core or one GPU each.

    Parameters
    ----------
    workers
        Number of workers; None takes one for each core of this machine, or what a cluster has.
    address
        Address of a cluster, "auto" for the one that this machine belongs to; None starts Ray on this machine alone.
    gpus
        GPUs of each worker, also a fraction.
    note
        Receives sentences about workers that died, and about waiting.
    """

    def __init__(
        self, workers: int | None = None, address: str | None = None, *, gpus: float = 0.0, note: Note = log.warning
    ) -> None:
        self._ray = ray_start.connect(address, workers)
        self._gpus = gpus
        self._note = note
        self._workers = workers or ray_start.places_for(self._ray, gpus)
        self._local = address is None

    @property
    def workers(self) -> int:
        """Number of workers."""
        return self._workers

    def close(self) -> None:
        """End the connection, and Ray itself where this pool started it."""
        self._ray.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def run(self, work: Work[Item, Answer], items: Iterable[Item]) -> Iterator[Done[Item, Answer]]:
        """Answer items in any order (see `WorkerPool.run`)."""
        team = _Team(self._ray, self._ray.put(work), self._gpus, self._note)
        source, waiting = iter(items), deque[_Turn]()
        ended = False
        try:
            while True:
                while team.free and not ended:
                    if not waiting:
                        following = next(source, source)
                        if following is source:
                            ended = True
                            break
                        waiting.append(_Turn(following))
                    team.give(waiting.popleft())
                while waiting and team.free:
                    team.give(waiting.popleft())
                if ended and not waiting and not team.busy:
                    return
                # As many as there is work for: at the end of the items none is started again.
                team.recruit(self._workers if not ended else min(self._workers, len(waiting) + team.busy))
                for turn, done in team.collect():
                    if done is None:
                        waiting.append(turn)
                    else:
                        yield done
        finally:
            team.dismiss()


class _Team:
    """Workers that are opening, free or busy."""

    def __init__(self, ray: Any, work: Any, gpus: float, note: Note) -> None:
        self._ray, self._work, self._note = ray, work, note
        options: dict[str, Any] = {"num_cpus": 0 if gpus else 1, "num_gpus": gpus, "max_restarts": 0}
        self._new = ray.remote(Actor).options(**options)
        self._opening: dict[Any, Any] = {}
        self._busy: dict[Any, tuple[Any, _Turn]] = {}
        self._idle: list[Any] = []
        self._lost = 0
        self._noted = False

    @property
    def free(self) -> bool:
        return bool(self._idle)

    @property
    def busy(self) -> int:
        return len(self._busy)

    def recruit(self, wanted: int) -> None:
        """Start workers until there are as many as wanted."""
        for _ in range(wanted - len(self._opening) - len(self._busy) - len(self._idle)):
            worker = self._new.remote(ray_start.versions())
            self._opening[worker.open.remote(self._work)] = worker

    def give(self, turn: _Turn) -> None:
        worker = self._idle.pop()
        self._busy[worker.answer.remote(turn.item)] = worker, turn

    def collect(self) -> Iterator[tuple[_Turn, Done[Any, Any] | None]]:
        """Wait for the next answers. An item whose worker died comes without one, until it is set aside."""
        pending = [*self._opening, *self._busy]
        if not pending:
            return
        ready, _ = self._ray.wait(pending, num_returns=1, timeout=OPEN_WAIT_S)
        if not ready and not self._busy and not self._idle and not self._noted:
            self._noted = True
            resources = shown(ray_start.describe_resources(self._ray))
            self._note(tr("No worker is ready yet: {resources}", resources=resources))
        for reference in ready:
            if reference in self._opening:
                self._opened(reference)
            else:
                yield self._answered(reference)

    def dismiss(self) -> None:
        """Stop all workers at once."""
        workers = [*self._opening.values(), *(worker for worker, _ in self._busy.values()), *self._idle]
        for worker in workers:
            self._ray.kill(worker)

    def _opened(self, reference: Any) -> None:
        worker = self._opening.pop(reference)
        try:
            host, fault = self._ray.get(reference)
        except self._ray.exceptions.RayError as died:
            self._lost += 1
            if self._lost >= LOST_WHILE_OPENING or not isinstance(died, ray_start.deaths(self._ray)):
                raise WorkersRefused(
                    deferred("The workers cannot start: {cause}.", cause=ray_start.reason(died)),
                    deferred(
                        "Install the same version of this project on every node, and give each worker enough memory."
                    ),
                ) from died
            return
        if fault is not None:
            self._ray.kill(worker)
            sentence = deferred("The worker on {host} cannot begin. {reason}", host=host, reason=fault.args[0])
            raise WorkersRefused(sentence, fault.hint) from fault
        self._lost = 0
        self._idle.append(worker)

    def _answered(self, reference: Any) -> tuple[_Turn, Done[Any, Any] | None]:
        worker, turn = self._busy.pop(reference)
        try:
            answer, fault = self._ray.get(reference)
        except ray_start.deaths(self._ray) as died:
            self._ray.kill(worker)  # one that only cannot be reached must not go on
            cause = ray_start.reason(died)
            # A node that goes away says nothing about the item that it was at, unless that happens again and again.
            turn.losses += 1
            turn.deaths += not ray_start.is_of_node(died)
            self._note(tr("A worker died, and another takes its place: {cause}.", cause=shown(cause)))
            if turn.deaths < TRIES and turn.losses < MOST_LOSSES:
                return turn, None
            # Without a full stop, studies keep it as the reason of a picture.
            known = deferred(
                "{number:d} workers died on it; of the last one is known: {cause}", number=turn.losses, cause=cause
            )
            return turn, Done(turn.item, None, WorkerDied(deferred("{sentence}.", sentence=known)))
        self._idle.append(worker)
        return turn, Done(turn.item, answer, fault)
