"""Worker process, as Ray runs it."""

import os
import socket
import sys
from collections.abc import Callable
from typing import Any

from xai_core.errors import XaiError
from xai_core.workers import ray_start
from xai_core.workers.pool import Work


class Actor:
    """Worker that holds works open.

    Parameters
    ----------
    versions
        Versions that it must have, see `ray_start.versions`.
    """

    def __init__(self, versions: dict[str, str]) -> None:
        # One core each: lanes and threads of several workers would wait for each other.
        os.environ["XAI_CORES"] = "1"
        self._versions = versions
        self._answers: dict[str, Callable[..., Any]] = {}

    @property
    def opened(self) -> list[str]:
        """Names of the works that it holds open."""
        return [*self._answers]

    def open(self, work: Work[Any, Any], name: str = "") -> tuple[str, XaiError | None]:
        """Open a work under a name, and return the name of this machine with the reason where that is refused."""
        try:
            ray_start.check_versions(self._versions)
            self._answers[name] = work.open()
        except XaiError as fault:
            return socket.gethostname(), fault
        return socket.gethostname(), None

    def forget(self, name: str) -> None:
        """Give up a work."""
        self._answers.pop(name, None)

    def answer(self, item: Any, name: str = "", *shared: Any) -> tuple[Any, XaiError | None]:
        """Answer an item by the work of a name, or say why there is no answer.

        Parameters
        ----------
        item, name
            The item, and the name of the work.
        shared
            Further arguments of the answering function. Ray sends its own objects once to each machine.
        """
        try:
            return self._answers[name](item, *shared), None
        except XaiError as fault:
            return None, fault
        finally:
            sys.stdout.flush()
