"""Process between a server and Ray, which hands calls to free workers."""

import contextlib
import json
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.managers import BaseManager
from typing import Any, cast

from xai_core.errors import ExplanationFailed, WorkerDied, WorkersRefused, XaiError
from xai_core.language import deferred
from xai_core.workers import ray_start
from xai_core.workers.actor import Actor
from xai_core.workers.crew import SharedWork
from xai_core.workers.ray_pool import MOST_LOSSES, TRIES

MOST_WORKS = 4
"""Works that a worker holds open, as many as a server holds models."""

AGAIN = deferred("Try again. If workers go on dying, give each of them more memory.")


@dataclass(slots=True, eq=False)
class _Place:
    """Place of one worker, which starts when it is needed and again after it has died.

    Attributes
    ----------
    actor
        The worker, None before and after its life.
    opened
        Names of the works that it holds open, the latest last.
    busy
        True while a call has it.
    """

    actor: Any = None
    opened: list[str] = field(default_factory=list)
    busy: bool = False


class Dispatcher:
    """Workers of one server. Each of its calls is made by a thread of its own.

    Parameters
    ----------
    ray
        The module, connected.
    workers
        Number of workers.
    gpus
        GPUs of each.
    """

    def __init__(self, ray: Any, workers: int, gpus: float) -> None:
        self._ray = ray
        self._new = ray.remote(Actor).options(num_cpus=0 if gpus else 1, num_gpus=gpus, max_restarts=0)
        self._places = [_Place() for _ in range(workers)]
        self._changed = threading.Condition()
        self._works: dict[str, Any] = {}
        self._shared: dict[str, Any] = {}
        self._openers = ThreadPoolExecutor(workers)

    @property
    def workers(self) -> int:
        """Number of workers."""
        return len(self._places)

    def know(self, name: str, work: SharedWork) -> None:
        """Let all workers open a work, and return when the first has done so.

        Raises
        ------
        XaiError
            If it cannot be opened.
        """
        with self._changed:
            self._works[name] = self._ray.put(work)
        opening: set[Future[None]] = {self._openers.submit(self._prepare, place, name) for place in self._places}
        opened, _ = wait(opening, return_when=FIRST_COMPLETED)
        opened.pop().result()

    def share(self, token: str, value: Any) -> None:
        """Keep a value for calls."""
        self._shared[token] = self._ray.put(value)

    def drop(self, token: str) -> None:
        """Give up a value."""
        self._shared.pop(token, None)

    def answer(self, name: str, item: Any, token: str | None) -> Any:
        """Answer an item by a free worker (see `crew.Crew.answer`)."""
        losses = deaths = 0
        while True:
            with self._taken(name, fresh=losses > 0) as place:
                try:
                    self._open(place, name)
                    shared = None if token is None else self._shared[token]
                    answer, fault = self._ray.get(place.actor.answer.remote(item, name, shared))
                except ray_start.deaths(self._ray) as died:
                    self._bury(place)
                    losses += 1
                    deaths += not ray_start.is_of_node(died)
                    if deaths >= TRIES or losses >= MOST_LOSSES:
                        sentence = deferred(
                            "{number:d} workers died on this picture; of the last one is known: {cause}.",
                            number=losses,
                            cause=ray_start.reason(died),
                        )
                        raise WorkerDied(sentence, AGAIN) from None
                    continue
                except self._ray.exceptions.RayError as broken:
                    # As a sentence: the server must not import Ray to read the error.
                    sentence = deferred("A worker failed: {cause}.", cause=ray_start.reason(broken))
                    raise ExplanationFailed(sentence, deferred("The server's log has the details.")) from None
            if fault is not None:
                raise fault
            return answer

    def _prepare(self, place: _Place, name: str) -> None:
        with self._changed:
            while place.busy:
                self._changed.wait()
            place.busy = True
        try:
            for tries_left in reversed(range(TRIES)):
                try:
                    self._open(place, name)
                except ray_start.deaths(self._ray) as died:
                    self._bury(place)
                    if not tries_left:
                        sentence = deferred("The workers cannot start: {cause}.", cause=ray_start.reason(died))
                        raise WorkersRefused(sentence, AGAIN) from None
                else:
                    return
        finally:
            self._give_back(place)

    @contextmanager
    def _taken(self, name: str, *, fresh: bool) -> Iterator[_Place]:
        """Wait for a free worker, if possible one that has opened a work, or else one that starts anew."""
        with self._changed:
            while not (free := [place for place in self._places if not place.busy]):
                self._changed.wait()
            # After a death a new one: another may have died long ago, at the same event and not on this item.
            known = [(place.actor is None) == fresh and (fresh or name in place.opened) for place in free]
            place = free[known.index(max(known))]
            place.busy = True
        try:
            yield place
        finally:
            self._give_back(place)

    def _give_back(self, place: _Place) -> None:
        with self._changed:
            place.busy = False
            self._changed.notify()

    def _open(self, place: _Place, name: str) -> None:
        """Start a worker where there is none, and let it open a work if it has not."""
        if name in place.opened:
            return
        if place.actor is None:
            place.actor = self._new.remote(ray_start.versions())
        while len(place.opened) >= MOST_WORKS:
            place.actor.forget.remote(place.opened.pop(0))
        host, fault = self._ray.get(place.actor.open.remote(self._works[name], name))
        if fault is not None:
            sentence = deferred("The worker on {host} cannot begin. {reason}", host=host, reason=fault.args[0])
            raise WorkersRefused(sentence, fault.hint)
        place.opened.append(name)

    def _bury(self, place: _Place) -> None:
        self._ray.kill(place.actor)  # one that only cannot be reached must not go on
        place.actor, place.opened = None, []


class _Manager(BaseManager):
    """Server of the calls."""


def _connected(address: str | None, workers: int | None, gpus: float) -> Dispatcher:
    ray = ray_start.connect(address, workers)
    free = ray_start.free_places_for(ray, gpus)
    return Dispatcher(ray, min(workers or free, free), gpus)


def _main() -> None:
    settings = json.loads(sys.stdin.readline())
    key = settings.pop("key").encode()
    # Ray prints to stdout, where the server expects one line.
    told, sys.stdout = sys.stdout, sys.stderr
    try:
        dispatcher = _connected(**settings)
    except XaiError as fault:
        print(json.dumps({"fault": [str(fault), fault.hint]}), file=told, flush=True)
        return
    _Manager.register("dispatcher", callable=lambda: dispatcher)
    server = _Manager(("127.0.0.1", 0), key).get_server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = cast("tuple[str, int]", server.address)[1]
    print(json.dumps({"port": port, "workers": dispatcher.workers}), file=told, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdin.read()  # to its end: the server has stopped
    ray_start.disconnect()
    os._exit(0)  # threads that wait for an answer do not hold it up


if __name__ == "__main__":
    _main()
