"""Store of explanations and of logits on disk.

There is one `.npz` file for each question, and one `.logits` file for each search that can be continued.
"""

import hashlib
import io
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import ExplanationDamaged
from xai_core.explain.explanation import Explanation
from xai_core.files import LEFTOVER_S, PART, make_folder, write_whole
from xai_core.language import deferred
from xai_core.settings.engine_table import ENGINES
from xai_core.settings.explain_settings import ExplainSettings

log = logging.getLogger(__name__)

SLACK = 20
"""Part of the bound after which the folder is measured again, and by which it is then emptied below the bound.

With 20 it is a twentieth. Measuring lists the whole folder, so it cannot be done for every file that is written."""

ENTRY, LOGITS = ".npz", ".logits"
"""Suffixes of explanations and of logits."""

LOGITS_SHARE = 4
"""Part of the bound that logits may take: a fourth. Logits only save time, explanations are what people look at."""


class AnswerStore(Protocol):
    """Store of explanations by key, and of logits by search key. Any number of threads may use it."""

    @property
    def folder(self) -> Path:
        """Folder of the store, or a name that no folder has.

        The same question with another store is another question.
        """
        ...

    def get(self, key: str) -> Explanation | None:
        """Return the explanation with this key, or None if there is none."""
        ...

    def put(self, key: str, explanation: Explanation) -> None:
        """Store an explanation, or raise StoreRefused if the disk does not take it."""
        ...

    def get_logits(self, search_key: str) -> NDArray[np.float32] | None:
        """Return the (n, L) float32 logits of a search, or None if there are none."""
        ...

    def put_logits(self, search_key: str, logits: NDArray[np.float32]) -> None:
        """Store the (n, L) logits of a search, or raise StoreRefused if the disk does not take them."""
        ...


class ExplanationStore:
    """Folder of explanations, for any number of threads and processes.

    Processes need no lock between them. Every file is written under a temporary name and renamed, so that a reader
    sees a whole file or none; equal questions have equal answers, so that it does not matter which of two writers is
    last; and a file that another process has deleted counts as absent.

    Parameters
    ----------
    folder
        Folder, made when the first explanation is stored.
    max_bytes
        Bound of the folder's size. Files that were read longest ago are deleted first. Each further process that
        writes at the same time can exceed the bound by a twentieth.
    """

    def __init__(self, folder: Path, max_bytes: int = 2 * 2**30) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._room = 0  # bytes that may be written before the folder is measured again

    def get(self, key: str) -> Explanation | None:
        """Return the explanation with this key, or None if there is none.

        A damaged file is logged, deleted and counts as absent.
        """
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
        _touch(path)
        return explanation

    def earlier(self, settings: ExplainSettings, *, model_id: str, picture_hash: str) -> Explanation | None:
        """Return the answer of the latest earlier version of the engine, or None if there is none."""
        for version in sorted(ENGINES[settings.engine].earlier, reverse=True):
            found = self.get(settings.key(model_id=model_id, picture_hash=picture_hash, engine_version=version))
            if found is not None:
                return found
        return None

    def put(self, key: str, explanation: Explanation) -> None:
        """Store an explanation.

        A reader in any process sees all of it or nothing.

        Raises
        ------
        StoreRefused
            If the disk is full or read-only.
        """
        make_folder(self.folder)
        explanation.save(self._path(key))
        self._take_room(self._path(key))

    def get_logits(self, search_key: str) -> NDArray[np.float32] | None:
        """Return the (n, L) float32 logits of a search, or None if there are none or they are damaged.

        Parameters
        ----------
        search_key
            `Question.search_key`.
        """
        path = self._logits_path(search_key)
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
                logits, stored_key = np.asarray(file["logits"], np.float32), file["search"].item()
        except (FileNotFoundError, NotADirectoryError):
            return None
        # Damaged bytes make zipfile, zlib and numpy raise a dozen unrelated types; without logits all is computed.
        except Exception as fault:  # noqa: BLE001
            log.warning("Stored evaluations that cannot be read are computed again (%s): %s", path.name, fault)
            return None
        _touch(path)
        # The file name is a digest of the key, so the key itself is compared before its logits are trusted.
        return logits if stored_key == search_key and logits.ndim == 2 else None

    def has_logits(self) -> bool:
        """Return True if logits of any search are stored."""
        return next(self.folder.glob(f"*{LOGITS}"), None) is not None

    def put_logits(self, search_key: str, logits: NDArray[np.float32]) -> None:
        """Store the logits of a search.

        A search with a larger budget can go on from them, also after a restart. Logits larger than their share of the
        bound are not stored.

        Parameters
        ----------
        search_key
            `Question.search_key`.
        logits : (n, L) float32
            Stored bit for bit: a search that goes on from them must end where one from the start would.

        Raises
        ------
        StoreRefused
            If the disk is full or read-only.
        """
        if logits.nbytes > self.max_bytes // LOGITS_SHARE:
            return
        make_folder(self.folder)
        path, content = self._logits_path(search_key), io.BytesIO()
        np.savez(content, logits=logits, search=np.array(search_key))
        write_whole(path, content.getvalue())
        self._take_room(path)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{ENTRY}"

    def _logits_path(self, search_key: str) -> Path:
        return self.folder / f"{hashlib.sha256(search_key.encode()).hexdigest()[:32]}{LOGITS}"

    def _take_room(self, path: Path) -> None:
        """Count a written file, and delete old files when the room since the last measurement is used up."""
        # Another process may have deleted the file already; then it takes no room.
        with self._lock, suppress(OSError):
            self._room -= path.stat().st_size
            if self._room < 0:
                self._room = self._tidied()

    def _tidied(self) -> int:
        """Delete leftovers and old files, and return the bytes that may be written before the next time."""
        for path, status in self._files(PART):
            if time.time() - status.st_mtime > LEFTOVER_S:
                _remove(path)
        slack = self.max_bytes // SLACK
        logits = self._shrunk(LOGITS, (self.max_bytes - slack) // LOGITS_SHARE)
        self._shrunk(ENTRY, self.max_bytes - slack - logits)
        return slack

    def _shrunk(self, suffix: str, bound: int) -> int:
        """Delete the files used longest ago until the rest is within a bound, and return its size."""
        files = sorted(self._files(suffix), key=lambda file: file[1].st_mtime_ns)
        size = sum(status.st_size for _, status in files)
        for path, status in files:
            if size <= bound:
                break
            _remove(path)
            size -= status.st_size
        return size

    def _files(self, suffix: str) -> Iterator[tuple[Path, os.stat_result]]:
        with os.scandir(self.folder) as found:
            for entry in found:
                # Another process may delete files between the listing and the look at one of them.
                with suppress(FileNotFoundError):
                    if entry.name.endswith(suffix):
                        yield Path(entry.path), entry.stat()


def _loaded(path: Path, key: str) -> Explanation:
    # Not Explanation.load: a file that is absent, one that cannot be opened and a damaged one are told apart here.
    explanation = Explanation.unpacked(path.read_bytes(), path.name)
    # A file that was renamed or copied by hand would otherwise be shown as the answer to another question.
    if explanation.key != key:
        raise ExplanationDamaged(
            deferred("{file} answers another question, {key}.", file=path.name, key=explanation.key)
        )
    return explanation


def _touch(path: Path) -> None:
    """Set the time of the last use, which decides what is deleted first."""
    # A read-only disk takes no times, and nothing is deleted from it either.
    with suppress(OSError):
        os.utime(path)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
