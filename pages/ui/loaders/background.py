"""Work in the background that pages wait for, one piece of a kind after the other and kept for all sessions."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st

from xai_core.errors import NameUnknown, SettingRefused, StudyRefused, XaiError

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, eq=False)
class Work(Generic[Answer]):
    """Work in the background.

    Attributes
    ----------
    future
        The answer or the error.
    forget
        Removes the work from the cache.
    """

    future: Future[Answer]
    forget: Callable[[], None]

    def result(self) -> Answer:
        """Return the answer of work that is done.

        Raises
        ------
        XaiError
            If it failed. What cannot be done with these pictures and settings stays refused. Any other failure would
            stay in the cache too, so it is forgotten and the next call tries again.
        """
        try:
            return self.future.result()
        except (NameUnknown, SettingRefused, StudyRefused):
            raise
        except XaiError:
            self.forget()
            raise


QUIET_S = 10.0
"""Seconds without a visitor after which the rest is imported."""

AFTER_S = 2.0
"""Seconds after the first run of a page in which the browser gets all of the processor."""

_imported, _wanted = threading.Event(), threading.Event()
_imported.set()


def import_all(work: Callable[[], None]) -> None:
    """Import what pages need in a thread, soon after the first page is shown (`import_soon`) or when it is needed.

    Everything else that imports waits for it (`wait_for_imports`): two threads that import modules of one package in
    different orders can get a module without its content.

    Parameters
    ----------
    work
        Function that imports.
    """
    _imported.clear()

    def run() -> None:
        try:
            _wanted.wait(QUIET_S)
            work()
        except Exception:
            # The page that needs the module says the same to its reader.
            logging.getLogger(__name__).exception("The pages could not be imported.")
        finally:
            _imported.set()

    threading.Thread(target=run, name="imports", daemon=True).start()


def wait_for_imports() -> None:
    """Wait until `import_all` is done, if it was called."""
    _wanted.set()
    _imported.wait()


def import_soon() -> None:
    """Let `import_all` begin when the browser has shown the page."""
    if not _imported.is_set() and not _wanted.is_set():
        timer = threading.Timer(AFTER_S, _wanted.set)
        timer.daemon = True
        timer.start()


def new_worker(name: str) -> ThreadPoolExecutor:
    """Return an executor with one thread, which starts when everything is imported."""
    return ThreadPoolExecutor(1, thread_name_prefix=name, initializer=_imported.wait)


def start(kind: str, work: Callable[[], Answer]) -> Future[Answer]:
    """Start some work, after all of its kind that was started before.

    Parameters
    ----------
    kind
        Name of the kind. Each has one thread, so that reading two folders for minutes delays no cure.
    work
        What to do.
    """
    return _worker(kind).submit(work)


def wait_until_idle(kind: str, timeout_s: float) -> None:
    """Wait until all work of a kind that was started so far is done, for example in tests.

    Raises
    ------
    TimeoutError
        If it takes longer.
    """
    start(kind, lambda: None).result(timeout_s)


@st.cache_resource(show_spinner=False)
def _worker(kind: str) -> ThreadPoolExecutor:
    # One thread: fits on two cores are not faster side by side, many visitors of a fresh server do not read the same
    # pictures at once, and `wait_until_idle` relies on the order.
    return new_worker(kind)
