"""Turns at drawing pages.

Python runs one thread at a time, and Streamlit looks up its settings under one lock whenever it sends an element.
Threads that draw thirty pages side by side spend their time handing both over, and each page is as late as the last
one. A few at a time are done sooner, and a page that is opened does not wait for maps that are drawn anew.
"""

import functools
import itertools
import threading
import time
from bisect import insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PLACES = 2
"""Threads that draw at once. While one reads a file or waits for numpy, the other one has the interpreter."""

PATIENCE_S = 8.0
"""Seconds after which a thread no longer counts as drawing. It may be waiting for a slow disk."""


def _patiently(turn: threading.Event) -> None:
    turn.wait(PATIENCE_S)


class DrawingTurns:
    """Turns of threads at drawing, opened pages before maps that are drawn anew, else in their order.

    Parameters
    ----------
    places
        Number of threads that draw at once.
    wait
        Waits for a turn for some seconds.
    clock
        Function that returns the time in seconds, never decreasing.
    """

    def __init__(
        self,
        places: int,
        wait: Callable[[threading.Event], object] = _patiently,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._places = places
        self._wait = wait
        self._clock = clock
        self._lock = threading.Lock()
        # Number of each thread that draws, and when it began.
        self._drawing: dict[int, float] = {}
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
        number = self._enter(anew=anew)
        self._thread.draws = True
        try:
            yield
        finally:
            self._thread.draws = False
            with self._lock:
                self._drawing.pop(number, None)
                self._fill()

    def _enter(self, *, anew: bool) -> int:
        turn = threading.Event()
        with self._lock:
            number = next(self._numbers)
            insort(self._waiting, (anew, number, turn))
            self._fill()
        while not turn.is_set():
            self._wait(turn)
            with self._lock:
                self._fill()
        return number

    def _fill(self) -> None:
        """Give the free places, and those of threads that have them for too long, to those that wait."""
        now = self._clock()
        self._drawing = {number: began for number, began in self._drawing.items() if now - began < PATIENCE_S}
        while self._waiting and len(self._drawing) < self._places:
            _, number, turn = self._waiting.pop(0)
            self._drawing[number] = now
            turn.set()


@functools.cache
def turns() -> DrawingTurns:
    """Return the turns of this server."""
    return DrawingTurns(PLACES)
