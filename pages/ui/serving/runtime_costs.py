"""Streamlit's server with fewer open files, less memory and fewer wake-ups, which many visitors at once feel.

Each session has an event loop for scripts that use asyncio: three open files, kept for two minutes after the visitor
has left. No page here uses one. And each element of a page wakes the thread that sends, although one call in ten
milliseconds is enough: it writes to a pipe, and comes back only when it gets the interpreter's lock again.

A visitor who has left is kept with all pictures of the last page, about half a megabyte, so that a broken connection
loses nothing. And each thread of a script may take memory of an arena of its own, which C's library seldom gives back.
"""

import asyncio
import contextlib
import ctypes
from typing import Any

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.runtime import Runtime

MOST_LEFT = 32
"""Visitors who have left and are kept; Streamlit keeps 128. Each can come back for two minutes."""

ARENAS = 2
_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h
_OWN = frozenset({"_made", "_is_over", "_loop", "is_closed", "is_running", "close"})


class LazyLoop(asyncio.AbstractEventLoop):
    """Event loop that opens its files when it is used for the first time."""

    def __init__(self) -> None:
        self._made: asyncio.AbstractEventLoop | None = None
        self._is_over = False

    def __getattribute__(self, name: str) -> Any:
        """Return a method of the real loop; `AbstractEventLoop` has all names, and none of them works."""
        if name in _OWN or name.startswith("__"):
            return object.__getattribute__(self, name)
        return getattr(self._loop(), name)

    def _loop(self) -> asyncio.AbstractEventLoop:
        if self._made is None:
            self._made = asyncio.new_event_loop()
            if self._is_over:
                self._made.close()
        return self._made

    def is_closed(self) -> bool:
        """Return True after `close`."""
        return self._is_over

    def is_running(self) -> bool:
        """Return True while the real loop runs."""
        return self._made is not None and self._made.is_running()

    def close(self) -> None:
        """Close the real loop, if it was ever made."""
        self._is_over = True
        if self._made is not None:
            self._made.close()


def spare() -> None:
    """Change Streamlit's classes. Call this once, before the server answers."""
    begin, wake = AppSession.__init__, Runtime._enqueued_some_message  # noqa: SLF001 - no option

    def begin_sparingly(self: AppSession, *arguments: Any, **named: Any) -> None:
        begin(self, *arguments, **named)
        self._script_event_loop.close()
        self._script_event_loop = LazyLoop()  # type: ignore[abstract]  # the real loop has the methods

    def wake_once(self: Runtime) -> None:
        # The thread that sends clears this event before it looks for messages, so that it sees this one too.
        if not self._get_async_objs().need_send_data.is_set():
            wake(self)

    keep = MemorySessionStorage.__init__

    def keep_few(self: MemorySessionStorage, maxsize: int = MOST_LEFT, ttl_seconds: int = 120) -> None:
        keep(self, maxsize, ttl_seconds)

    MemorySessionStorage.__init__ = keep_few  # type: ignore[method-assign]
    # glibc has this function; other libraries of C have no arenas.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, ARENAS)
    AppSession.__init__ = begin_sparingly  # type: ignore[method-assign]
    Runtime._enqueued_some_message = wake_once  # type: ignore[method-assign]  # noqa: SLF001
