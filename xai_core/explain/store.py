"""Explanations on disk: one `.npz` a question, written whole or not at all; and the logits to go on from."""

import hashlib
import io
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import ExplanationDamaged, StoreRefused
from xai_core.explain.explanation import Explanation
from xai_core.files import PART, write_whole

log = logging.getLogger(__name__)

LEFTOVER_S = 3600
"""A part older than this belongs to a writer that was killed."""

SLACK = 20
"""The folder is looked at again after each twentieth of its bound, and then emptied by as much below the bound."""

ENTRY, LOGITS = ".npz", ".logits"
"""Endings of explanations, and of what a search was told."""

LOGITS_SHARE = 4
"""At most a fourth of the bound is for logits: they save time, explanations are what is looked at."""


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
        self._make_folder()
        explanation.save(self._path(key))
        self._take_room(self._path(key))

    def known(self, search: str) -> NDArray[np.float32] | None:
        """Return the (n, L) logits that a search left behind, float32; None where there are none that are sound.

        Parameters
        ----------
        search
            `Question.search_key`.
        """
        path = self._logits_path(search)
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
                logits, left_by = np.asarray(file["logits"], np.float32), file["search"].item()
        except (FileNotFoundError, NotADirectoryError):
            return None
        # Damaged bytes make zipfile, zlib and numpy raise a dozen unrelated types; without logits all is computed.
        except Exception as fault:  # noqa: BLE001
            log.warning("Evaluations that cannot be read are made anew (%s): %s", path.name, fault)
            return None
        with suppress(OSError):
            os.utime(path)
        return logits if left_by == search and logits.ndim == 2 else None

    def keep(self, search: str, logits: NDArray[np.float32]) -> None:
        """Keep what a search was told, so that one with a larger budget can go on from there, after a restart too.

        Parameters
        ----------
        search
            `Question.search_key`.
        logits : (n, L) float32
            Kept bit for bit: the search that goes on is to end where one from the start would.

        Raises
        ------
        StoreRefused
            If the disk is full or read-only.
        """
        if logits.nbytes > self.max_bytes // LOGITS_SHARE:
            return
        self._make_folder()
        path, content = self._logits_path(search), io.BytesIO()
        np.savez(content, logits=logits, search=np.array(search))
        write_whole(path, content.getvalue())
        self._take_room(path)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{ENTRY}"

    def _logits_path(self, search: str) -> Path:
        return self.folder / f"{hashlib.sha256(search.encode()).hexdigest()[:32]}{LOGITS}"

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise StoreRefused(
                f"The folder {self.folder} cannot be made to keep answers in: {fault.strerror or fault}.",
                "Free some space or make the folder above it writable.",
            ) from fault

    def _take_room(self, path: Path) -> None:
        with self._lock, suppress(OSError):
            self._room -= path.stat().st_size
            if self._room < 0:
                self._room = self._tidied()

    def _tidied(self) -> int:
        """Remove what is left over and what exceeds the bound; return how many bytes may come before the next time."""
        for path, status in self._files(PART):
            if time.time() - status.st_mtime > LEFTOVER_S:
                _remove(path)
        slack = self.max_bytes // SLACK
        logits = self._shrunk(LOGITS, (self.max_bytes - slack) // LOGITS_SHARE)
        self._shrunk(ENTRY, self.max_bytes - slack - logits)
        return slack

    def _shrunk(self, ending: str, bound: int) -> int:
        """Remove the files used longest ago until the others are within a bound; return their size."""
        files = sorted(self._files(ending), key=lambda file: file[1].st_mtime_ns)
        size = sum(status.st_size for _, status in files)
        for path, status in files:
            if size <= bound:
                break
            _remove(path)
            size -= status.st_size
        return size

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
