"""Turns at drawing pages.

Python runs one thread at a time, and Streamlit looks up its settings under one lock whenever it sends an element.
Threads that draw thirty pages side by side spend their time handing both over, and each page is as late as the last
one. A few at a time are done sooner, and a page that is opened does not wait for maps that are drawn anew.
"""

import functools
import itertools
import threading
from bisect import insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PLACES = 2
"""Threads that draw at once. While one reads a file or waits for numpy, the other one has the interpreter."""

PATIENCE_S = 8.0
"""Seconds after which a thread draws beside the others, which may be waiting for a slow disk."""


def _patiently(turn: threading.Event) -> None:
    turn.wait(PATIENCE_S)


class DrawingTurns:
    """Turns of threads at drawing, opened pages before maps that are drawn anew, else in their order.

    Parameters
    ----------
    places
        Number of threads that draw at once.
    wait
        Waits for a turn, but not for ever.
    """

    def __init__(self, places: int, wait: Callable[[threading.Event], object] = _patiently) -> None:
        self._places = places
        self._wait = wait
        self._lock = threading.Lock()
        self._drawing = 0
        # Whether it draws anew, its number, and what it waits for.
        self._waiting: list[tuple[bool, int, threading.Event]] = []
        self._numbers = itertools.count()
        self._thread = threading.local()

    @contextmanager
    def turn(self, *, anew: bool) -> Iterator[None]:
        """Wait for a turn and keep it in this context. A thread that has one keeps it.

        Parameters
        ----------
        anew
            True for a part of a page that is drawn again to follow its maps.
        """
        if getattr(self._thread, "draws", False):
            yield
            return
        self._enter(anew=anew)
        self._thread.draws = True
        try:
            yield
        finally:
            self._thread.draws = False
            self._leave()

    def _enter(self, *, anew: bool) -> None:
        with self._lock:
            if self._drawing < self._places:
                self._drawing += 1
                return
            waiter = anew, next(self._numbers), threading.Event()
            insort(self._waiting, waiter)
        self._wait(waiter[2])
        with self._lock:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
                self._drawing += 1

    def _leave(self) -> None:
        with self._lock:
            if self._waiting and self._drawing <= self._places:
                self._waiting.pop(0)[2].set()  # which has the place of this thread now
            else:
                self._drawing -= 1


@functools.cache
def turns() -> DrawingTurns:
    """Return the turns of this server."""
    return DrawingTurns(PLACES)
