"""Helper process that imports torch when it is needed, and ends when nobody has needed it for a while.

torch, its CUDA libraries and Captum take several hundred MB and seconds to import. A server whose model is run by ONNX
Runtime needs them now and then: to export a network, for Grad-CAM, for randomised weights, and for the values of LIME.
"""

import contextlib
import importlib
import importlib.util
import logging
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from typing import ParamSpec, TypeVar

from xai_core.errors import HelperFailed, ModelRefused
from xai_core.language import deferred

log = logging.getLogger(__name__)

IDLE_S = 60
"""Seconds without work after which the helper ends."""

FULL_ENVIRONMENT = deferred(
    "Install everything, in an environment of its own: make run, or pip install -r requirements.txt."
)
"""Advice where torch is not installed."""

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def call(function: Callable[Given, Answer], *arguments: Given.args, **named: Given.kwargs) -> Answer:
    """Run a function in the helper process and wait for its answer.

    A process that has torch already runs it itself. Calls of several threads run one after the other.

    Parameters
    ----------
    function
        Function of a module, which the helper imports.
    arguments, named
        Its arguments, which are copied to the helper.

    Raises
    ------
    ModelRefused
        If torch is not installed.
    HelperFailed
        If the helper died, for example because the memory was used up. The next call starts another one.
    Exception
        What the function raised.
    """
    if has_torch():
        return function(*arguments, **named)
    check_installed()
    return _helper.call(function, *arguments, **named)


def has_torch() -> bool:
    """Return True if this process has imported torch."""
    return hasattr(sys.modules.get("torch"), "nn")


@cache
def is_installed() -> bool:
    """Return True if torch can be imported, without importing it."""
    with contextlib.suppress(ImportError, ValueError):
        return importlib.util.find_spec("torch") is not None
    return False


def check_installed() -> None:
    """Refuse what needs torch where it is not installed.

    Raises
    ------
    ModelRefused
        With what runs without it, and how to install it.
    """
    if not has_torch() and not is_installed():
        raise ModelRefused(
            deferred("This needs torch, which is not installed here. Only .onnx models and the demo run without it."),
            FULL_ENVIRONMENT,
        )


def warm_up() -> None:
    """Start the helper and let it import what other methods need, so that the next call is answered soon.

    Raises
    ------
    ModelRefused, HelperFailed
        See `call`.
    """
    call(_import_libraries)


def is_warm() -> bool:
    """Return True if a call would be answered without waiting for an import."""
    return has_torch() or _helper.is_warm


class _Helper:
    """The process, which is started by the first call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._executor: Executor | None = None
        self._answered = float("-inf")

    @property
    def is_warm(self) -> bool:
        # A margin of a quarter, so that a call soon after this look still finds the process.
        return time.monotonic() - self._answered < 0.75 * IDLE_S

    def call(self, function: Callable[..., Answer], *arguments: object, **named: object) -> Answer:
        with self._lock:
            if self._executor is None:
                from joblib.externals.loky import ProcessPoolExecutor  # noqa: PLC0415 - few servers need it at once

                # Unlike multiprocessing, loky does not run the main module again in its processes; in a server that
                # would be the app. `timeout` is that of an idle process; the next call starts another one.
                self._executor = ProcessPoolExecutor(max_workers=1, timeout=IDLE_S)
            executor = self._executor
            future = executor.submit(function, *arguments, **named)
        try:
            answer: Answer = future.result()
        except BrokenProcessPool as fault:
            log.warning("The helper process for torch died: %s", fault)
            with self._lock:
                if self._executor is executor:
                    self._executor, self._answered = None, float("-inf")
            raise HelperFailed(
                deferred("The helper process for torch ended before it answered. The memory may have been used up."),
                deferred("Try again; a new one is started."),
            ) from fault
        self._answered = time.monotonic()
        return answer


_helper = _Helper()


def _import_libraries() -> None:
    importlib.import_module("xai_core.runtimes.captum_methods")
    importlib.import_module("xai_core.runtimes.gradients")
