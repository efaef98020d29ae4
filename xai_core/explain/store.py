"""Explanations on disk: one `.npz` a question, written whole or not at all."""

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from xai_core.errors import ExplanationDamaged, StoreRefused
from xai_core.explain.explanation import PART, Explanation

log = logging.getLogger(__name__)

LEFTOVER_S = 3600
"""A part older than this belongs to a writer that was killed."""

SLACK = 20
"""The folder is looked at again after each twentieth of its bound, and then emptied by as much below the bound."""


class ExplanationStore:
    """A folder of explanations, safe for any number of threads and processes without a lock between them.

    Parameters
    ----------
    folder
        Made when the first explanation is put.
    max_bytes
        Bound of the folder; those read longest ago leave first. Each further process that writes at the same time
        can exceed it by a twentieth.
    """

    def __init__(self, folder: Path, max_bytes: int = 2 * 2**30) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._room = 0

    def get(self, key: str) -> Explanation | None:
        """Return what is stored under a key; a damaged entry is logged, dropped and counts as absent."""
        path = self._path(key)
        try:
            explanation = _loaded(path, key)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as fault:
            log.warning("Could not read the stored explanation %s: %s", path.name, fault)
            return None
        except ExplanationDamaged as fault:
            log.warning("Dropped a damaged explanation: %s", fault)
            _remove(path)
            return None
        # The time of its last use; on a read-only disk nothing leaves, so it need not be known there.
        with suppress(OSError):
            os.utime(path)
        return explanation

    def put(self, key: str, explanation: Explanation) -> None:
        """Store an explanation; a reader in any process sees all of it or nothing.

        Raises
        ------
        StoreRefused
            If the disk is full or read-only.
        """
        path = self._path(key)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise StoreRefused(
                f"The folder {self.folder} for explanations cannot be made: {fault.strerror or fault}.",
                "Free some space or make the folder above it writable.",
            ) from fault
        explanation.save(path)
        with self._lock, suppress(OSError):
            self._room -= path.stat().st_size
            if self._room < 0:
                self._room = self._tidied()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.npz"

    def _tidied(self) -> int:
        """Remove what is left over and what exceeds the bound; return how many bytes may come before the next time."""
        for path, status in self._files(PART):
            if time.time() - status.st_mtime > LEFTOVER_S:
                _remove(path)
        entries = sorted(self._files(".npz"), key=lambda entry: entry[1].st_mtime_ns)
        excess = sum(status.st_size for _, status in entries) - (self.max_bytes - self.max_bytes // SLACK)
        for path, status in entries:
            if excess <= 0:
                break
            _remove(path)
            excess -= status.st_size
        return self.max_bytes // SLACK

    def _files(self, ending: str) -> Iterator[tuple[Path, os.stat_result]]:
        with os.scandir(self.folder) as found:
            for entry in found:
                # Another process may be tidying too.
                with suppress(FileNotFoundError):
                    if entry.name.endswith(ending):
                        yield Path(entry.path), entry.stat()


def _loaded(path: Path, key: str) -> Explanation:
    explanation = Explanation.load(path)
    if explanation.key != key:
        raise ExplanationDamaged(f"{path.name} answers another question, {explanation.key}.")
    return explanation


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
