"""Workers that answer single calls of many threads, for a server."""

import contextlib
import json
import logging
import os
import secrets
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from multiprocessing.managers import BaseManager
from typing import Any, Protocol

from xai_core.errors import WorkersRefused
from xai_core.language import deferred
from xai_core.paths import import_path

log = logging.getLogger(__name__)

START_S, JOIN_S = 180.0, 14.0
"""Seconds after which Ray is given up that does not start on this machine, and a cluster that does not answer. On a
busy machine the start takes twenty."""

END_S = 10.0
"""Seconds in which the process may end Ray before it is killed."""

NOTICE_S = "10"
"""Seconds after which a cluster that has gone away is noticed."""

FAULT_S = 3.0
"""Seconds for which a failed start is told to all who wait, instead of being tried again for each."""


class SharedWork(Protocol):
    """Work that can be copied to a worker, which opens it once and then answers items."""

    def open(self) -> Callable[[Any, Any], Any]:
        """Open what all items need, and return the function from an item and a shared value to its answer.

        Raises
        ------
        XaiError
            If it cannot be opened on this machine.
        """
        ...


class Crew(Protocol):
    """Workers that hold works open and answer calls, each worker one at a time. Any thread may call."""

    @property
    def workers(self) -> int:
        """Number of workers, 1 until they are known."""
        ...

    def answer(self, name: str, work: SharedWork, item: Any, shared: "Shared | None" = None) -> Any:
        """Answer an item by a free worker, which opens the work if it has not.

        Parameters
        ----------
        name
            Name of the work.
        work
            The work, which is copied to each worker once.
        item
            The item, which is copied to the worker.
        shared
            Value that many items need.

        Raises
        ------
        WorkersRefused
            If the workers cannot be started or reached, or cannot open the work.
        WorkerDied
            If workers died on the item.
        XaiError
            What the work raises.
        """
        ...


class Shared:
    """Value that is sent once for many items. It is dropped with this object.

    Attributes
    ----------
    value
        The value.
    token
        Its name.
    """

    def __init__(self, value: Any) -> None:
        self.value = value
        self.token = secrets.token_hex(8)


class RayCrew:
    """Workers on Ray, which a process of its own talks to.

    Ray ends the process that uses it when its cluster goes away, which must not be the server. The process starts with
    the first call, and again after it has ended.

    Parameters
    ----------
    address
        Address of a cluster, "auto" for the one that this machine belongs to; None starts Ray on this machine alone.
    workers
        Largest number of workers; None takes one for each free core, or share of a GPU.
    gpus
        GPUs of each worker, also a fraction.
    """

    def __init__(self, address: str | None, workers: int | None, gpus: float) -> None:
        self._settings = {"address": address, "workers": workers, "gpus": gpus}
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._dispatcher: Any = None
        self._sent: set[str] = set()
        self._fault: tuple[float, WorkersRefused] | None = None
        self._workers = 1

    @property
    def workers(self) -> int:
        """Number of workers, 1 until they are known."""
        return self._workers

    def close(self) -> None:
        """End the process, and with it the workers."""
        with self._lock:
            self._end()

    def answer(self, name: str, work: SharedWork, item: Any, shared: Shared | None = None) -> Any:
        """Answer an item by a free worker (see `Crew.answer`)."""
        try:
            return self._answered(name, work, item, shared)
        except (EOFError, OSError) as fault:
            log.warning("The process that talks to Ray ended: %s", fault)
        # Once more, by another process. What is wrong is then said by its start.
        try:
            return self._answered(name, work, item, shared)
        except (EOFError, OSError) as fault:
            raise WorkersRefused(
                deferred("The connection to {place} has ended twice.", place=self._place()),
                deferred("The server's log may say why. Try again."),
            ) from fault

    def _answered(self, name: str, work: SharedWork, item: Any, shared: Shared | None) -> Any:
        dispatcher, sent = self._started()
        try:
            if name not in sent:
                dispatcher.know(name, work)
                sent.add(name)
            if shared is not None and shared.token not in sent:
                dispatcher.share(shared.token, shared.value)
                sent.add(shared.token)
                weakref.finalize(shared, self._drop, dispatcher, shared.token)
            return dispatcher.answer(name, item, None if shared is None else shared.token)
        except (EOFError, OSError):
            with self._lock:
                if self._dispatcher is dispatcher:
                    self._end()
            raise

    def _drop(self, dispatcher: Any, token: str) -> None:
        self._sent.discard(token)
        with contextlib.suppress(EOFError, OSError):
            if self._dispatcher is dispatcher:
                dispatcher.drop(token)

    def _started(self) -> tuple[Any, set[str]]:
        """Return the connection to the process, and the names of what it has been sent."""
        with self._lock:
            if self._dispatcher is not None and self._process is not None and self._process.poll() is None:
                return self._dispatcher, self._sent
            if self._fault is not None and time.monotonic() - self._fault[0] < FAULT_S:
                raise self._fault[1]
            self._end()
            try:
                self._start()
            except WorkersRefused as fault:
                self._end()
                self._fault = time.monotonic(), fault
                raise
            return self._dispatcher, self._sent

    def _start(self) -> None:
        key, address = secrets.token_hex(32), self._settings["address"]
        notice = {} if address is None else {"RAY_gcs_rpc_server_reconnect_timeout_s": NOTICE_S}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "xai_core.workers.dispatcher"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | notice | {"PYTHONPATH": import_path()},
            start_new_session=True,  # Ctrl-C reaches the server alone, which ends this process in its own time
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        give_up = threading.Timer(START_S if address is None else JOIN_S, self._process.kill)
        give_up.start()
        try:
            self._process.stdin.write(json.dumps({"key": key, **self._settings}) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except OSError:
            answer = ""
        finally:
            give_up.cancel()
        if not answer:
            raise WorkersRefused(
                deferred("There was no answer from {place}.", place=self._place()),
                deferred("Check that it runs (ray status); the server's log has more."),
            )
        told = json.loads(answer)
        if "fault" in told:
            # In English, as texts that the catalogues recognise.
            raise WorkersRefused(*map(deferred, told["fault"]))
        manager = _Manager(("127.0.0.1", told["port"]), key.encode())
        manager.connect()
        self._dispatcher = manager.dispatcher()
        self._workers = told["workers"]
        log.info("%d workers on %s.", self._workers, self._place())

    def _end(self) -> None:
        """End the process, which stops when its input ends."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError), process:  # closes its input, and waits
                try:
                    process.communicate(timeout=END_S)
                except subprocess.TimeoutExpired:
                    process.kill()
        self._dispatcher = None
        self._sent = set()

    def _place(self) -> str:
        address = self._settings["address"]
        if address is None:
            return deferred("Ray on this machine")
        return deferred("the cluster {address}", address=address)


class _Manager(BaseManager):
    """Connection to the process."""

    dispatcher: Callable[[], Any]


_Manager.register("dispatcher")
