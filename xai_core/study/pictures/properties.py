"""Properties of all pictures of a study, measured once and kept in its folder."""

import contextlib
import os
import shutil
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from xai_core.data.properties import PROPERTIES, VERSION, Measurement, measure
from xai_core.errors import PictureUnreadable, StudyRefused
from xai_core.files import remove_leftovers
from xai_core.language import deferred
from xai_core.locks import release
from xai_core.progress import Progress, ignore_progress
from xai_core.study.disk_errors import reporting_study_errors
from xai_core.study.pictures.tables import read_table, write_table
from xai_core.study.study import Study

FILE = "properties.parquet"
"""Name of the file in the study's folder."""

HASHES = ("content_hash", "look_hash", "mirror_hash")
"""Columns beside the properties, see `Measurement`. Unreadable pictures have "" and 0."""

CHUNK = 256
"""Number of pictures in a chunk; a killed run loses at most one chunk."""

_AHEAD = 64
_VERSION = f"properties {VERSION}"


def stored_properties(study: Study) -> pd.DataFrame | None:
    """Return the properties of a study's pictures, row by row as in its table.

    Returns
    -------
    Columns `image_id`, those of `PROPERTIES` (NaN for unreadable pictures) and `HASHES`. None if they have not been
    measured, or by another version.
    """
    return _read(study.folder / FILE, study.table["image_id"])


def measure_study(study: Study, progress: Progress = ignore_progress) -> pd.DataFrame:
    """Measure all pictures of a study in threads, and keep the result.

    What an earlier run has measured is not measured again.

    Parameters
    ----------
    study
        The study.
    progress
        Receives the numbers of pictures done and planned. An exception in it stops the run.

    Returns
    -------
    See `stored_properties`.

    Raises
    ------
    StudyRefused
        If another process is measuring the same study.
    StoreRefused
        If the disk does not take the result.
    """
    with _sole_writer(study.folder):
        known, folder = stored_properties(study), study.folder / "properties.part"
        if known is not None:
            shutil.rmtree(folder, ignore_errors=True)
            progress(len(known), len(known))
            return known
        with reporting_study_errors(folder):
            folder.mkdir(exist_ok=True)
        found = _measured(study, folder, progress)
        write_table(study.folder / FILE, found, _VERSION)
        shutil.rmtree(folder, ignore_errors=True)
        return found


def _measured(study: Study, folder: Path, progress: Progress) -> pd.DataFrame:
    ids = study.table["image_id"]
    chunks = {folder / f"{start:07d}.parquet": ids.iloc[start : start + CHUNK] for start in range(0, len(ids), CHUNK)}
    parts = {file: _read(file, of_chunk) for file, of_chunk in chunks.items()}
    missing = [file for file, part in parts.items() if part is None]
    done = sum(len(part) for part in parts.values() if part is not None)
    progress(done, len(ids))
    # `closing` stops the threads when the progress callback raises.
    with contextlib.closing(_measurements(study, [name for file in missing for name in chunks[file]])) as measurements:
        for file in missing:
            rows = []
            for measurement in islice(measurements, len(chunks[file])):
                rows.append(_row(measurement))
                if len(rows) % 16 == 0:
                    progress(done + len(rows), len(ids))
            part = pd.DataFrame(rows).astype({"look_hash": np.uint64, "mirror_hash": np.uint64, "content_hash": "str"})
            part.insert(0, "image_id", list(chunks[file]))
            write_table(file, part, _VERSION)
            parts[file], done = part, done + len(rows)
            progress(done, len(ids))
    return pd.concat([part for part in parts.values() if part is not None], ignore_index=True)


def _read(file: Path, ids: pd.Series) -> pd.DataFrame | None:
    found = read_table(file, _VERSION)
    columns = ["image_id", *PROPERTIES, *HASHES]
    if found is None or list(found.columns) != columns or list(found["image_id"]) != list(ids):
        return None
    return found


def _measurements(study: Study, image_ids: Sequence[str]) -> Generator[Measurement | None]:
    """Measure pictures in threads, in order and a little ahead of the consumer; None for an unreadable picture."""
    # Threads suffice, because Pillow, OpenCV and numpy release Python's global lock.
    waiting: deque[Future[Measurement | None]] = deque()
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1), "measure") as pool:
        try:
            for image_id in image_ids:
                waiting.append(pool.submit(_measurement, study, image_id))
                if len(waiting) >= _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _measurement(study: Study, image_id: str) -> Measurement | None:
    try:
        return measure(study.picture_bytes(image_id), image_id)
    except PictureUnreadable:
        return None


def _row(found: Measurement | None) -> dict[str, Any]:
    if found is None:
        return {**dict.fromkeys(PROPERTIES, float("nan")), "content_hash": "", "look_hash": 0, "mirror_hash": 0}
    hashes = {"content_hash": found.content_hash, "look_hash": found.look_hash, "mirror_hash": found.mirror_hash}
    return {**found.numbers, **hashes}


@contextlib.contextmanager
def _sole_writer(folder: Path) -> Iterator[None]:
    with reporting_study_errors(folder):
        # A lock of the operating system, which frees it when the process dies. The file stays.
        lock = FileLock(folder / ".properties.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise StudyRefused(
                deferred("The pictures of the study {study} are being measured by another process.", study=folder.name),
                deferred("Wait until that process has ended."),
            ) from None
    try:
        remove_leftovers(folder)
        yield
    finally:
        release(lock)
