"""Room for files that are made for visitors, such as reports: so many at once, and so much time in an hour."""

import functools
import threading
import time
from collections import Counter, deque
from collections.abc import Callable

from pages.ui.access import visitors
from xai_core.errors import LimitReached
from xai_core.language import deferred
from xai_core.settings.limits import WINDOW_S
from xai_core.settings.server_settings import ServerSettings


class ExportRoom:
    """Account of the files that are being made, and of the time that they took, by visitor.

    Any number of threads may use it.

    Parameters
    ----------
    settings
        Function that returns the settings of the server.
    clock
        Function that returns the time in seconds, never decreasing.
    """

    def __init__(self, settings: Callable[[], ServerSettings], clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()
        # Times at which files were finished, and the seconds that they took.
        self._spent: dict[str, deque[tuple[float, float]]] = {}

    def begin(self, visitor: str) -> None:
        """Count a file that waits or is being made. Call `end` when it is over.

        Raises
        ------
        LimitReached
            If the visitor, or all visitors together, have as many as the server takes.
        """
        server = self._settings()
        with self._lock:
            if self._open[visitor] >= server.visitor_exports:
                raise LimitReached(
                    deferred("You wait for {number} files already.", number=server.visitor_exports),
                    deferred("Ask again when one is there."),
                )
            if self._open.total() >= server.exports:
                raise LimitReached(
                    deferred("This server makes as many files as it can."), deferred("Ask again in a minute.")
                )
            if self._spent_s(visitor) >= server.visitor_export_s:
                raise LimitReached(
                    deferred(
                        "Your files took more than {number:,} seconds within an hour, as long as this server takes for "
                        "one visitor.",
                        number=server.visitor_export_s,
                    ),
                    deferred("Ask again later."),
                )
            self._open[visitor] += 1

    def end(self, visitor: str, seconds: float) -> None:
        """Count a file that is over, and the seconds that it took."""
        with self._lock:
            self._open[visitor] -= 1
            self._open += Counter()  # without visitors who wait for nothing
            self._spent.setdefault(visitor, deque()).append((self._clock(), seconds))

    def _spent_s(self, visitor: str) -> float:
        now = self._clock()
        for name, entries in list(self._spent.items()):
            while entries and now - entries[0][0] > WINDOW_S:
                entries.popleft()
            if not entries:
                del self._spent[name]
        return sum(seconds for _, seconds in self._spent.get(visitor, ()))


@functools.cache
def room() -> ExportRoom:
    """Return the account of this server's exports."""
    return ExportRoom(visitors.settings)
