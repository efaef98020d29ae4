"""SQLite store of verdicts in a study's folder, safe for many viewers and processes."""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

import xai_core
from xai_core.errors import SettingRefused
from xai_core.language import deferred
from xai_core.locks import release
from xai_core.verdicts.faults import fault_of, in_use, overtaken, refused
from xai_core.verdicts.verdict import (
    AUTHOR_LIMIT,
    COLUMNS,
    KINDS,
    NOTE_LIMIT,
    Verdict,
    clean_text,
)

FILE = "verdicts.sqlite"

WAIT_S = 10.0
"""Seconds that a writer waits for others; each of them needs milliseconds."""

# Stored in SQLite's user_version; 0 is a file without tables.
_FORMAT = 1
_SCHEMA = (
    f"CREATE TABLE verdicts ({', '.join(f'{name} TEXT NOT NULL' for name in COLUMNS if name != 'version')}, "
    "version INTEGER NOT NULL, PRIMARY KEY (image_id, version))"
)
_NAMES, _MARKS = ", ".join(COLUMNS), ", ".join("?" * len(COLUMNS))


class VerdictStore:
    """Store of the verdicts of one study.

    Nothing is overwritten or deleted: each verdict is a new row, and the latest one per picture counts.

    Parameters
    ----------
    folder
        The study's folder. The file appears in it with the first verdict.
    clock
        Function that returns the current time.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.folder = folder
        self.path = folder / FILE
        self._clock = clock

    def put(
        self,
        image_id: str,
        kind: str,
        *,
        seen: int,
        note: str = "",
        author: str = "",
        truth: str = "",
        guess: str = "",
        model_id: str = "",
        picture_hash: str = "",
    ) -> Verdict:
        """Write a verdict.

        A verdict without kind and note withdraws the earlier one.

        Parameters
        ----------
        image_id, kind, note, author, truth, guess, model_id, picture_hash
            See `Verdict`.
        seen
            Latest version that the writer has read; 0 for none.

        Returns
        -------
        The verdict as written.

        Raises
        ------
        SettingRefused
            If there is no verdict of this kind, or note or author are too long.
        VerdictOvertaken
            If there is a later version than the writer has read. The message quotes it, and nothing is written.
        StoreRefused
            If the disk does not take it.
        VerdictsDamaged
            If the file is damaged or no file of verdicts.
        """
        if kind and kind not in KINDS:
            raise SettingRefused(
                deferred("The verdict"), repr(kind), deferred("one of {names}, or none", names=", ".join(KINDS))
            )
        verdict = Verdict(
            image_id=image_id,
            version=seen + 1,
            written=self._clock().astimezone(UTC).isoformat(timespec="seconds"),
            kind=kind,
            note=clean_text(deferred("The note"), note, NOTE_LIMIT),
            author=clean_text(deferred("The author's name"), author, AUTHOR_LIMIT),
            truth=truth,
            guess=guess,
            model_id=model_id,
            picture_hash=picture_hash,
        )
        with locked_folder(self.folder), open_database(self.path, "rwc") as database:
            self._append(database, verdict)
        return verdict

    def _append(self, database: sqlite3.Connection, verdict: Verdict) -> None:
        begin_writing(database)
        latest = next(iter(_rows(database, _LATEST_FIRST, verdict.image_id)), None)
        if latest is not None and latest.version != verdict.version - 1:
            raise overtaken(latest)
        database.execute(f"INSERT INTO verdicts ({_NAMES}) VALUES ({_MARKS})", astuple(verdict))  # noqa: S608 - own text
        database.execute("COMMIT")

    def latest(self, image_id: str) -> Verdict | None:
        """Return the verdict that counts, or None if there never was one.

        It may be a withdrawn one.

        Raises
        ------
        StoreRefused, VerdictsDamaged
        """
        return next(iter(self.history(image_id)), None)

    def history(self, image_id: str) -> tuple[Verdict, ...]:
        """Return all verdicts on a picture, the latest first.

        Raises
        ------
        StoreRefused, VerdictsDamaged
        """
        return self._read(_LATEST_FIRST, image_id)

    def all(self) -> pd.DataFrame:
        """Return the verdicts that count, without withdrawn ones.

        Returns
        -------
        Columns `COLUMNS`, sorted by image_id.

        Raises
        ------
        StoreRefused, VerdictsDamaged
        """
        latest = "(SELECT MAX(version) FROM verdicts later WHERE later.image_id = verdicts.image_id)"
        found = self._read(f"WHERE version = {latest} ORDER BY image_id")
        return _table([verdict for verdict in found if not verdict.withdrawn])

    def whole_history(self) -> pd.DataFrame:
        """Return all verdicts ever written.

        Returns
        -------
        Columns `COLUMNS`, sorted by image_id and version.

        Raises
        ------
        StoreRefused, VerdictsDamaged
        """
        return _table(self._read("ORDER BY image_id, version"))

    def _read(self, condition: str, *values: str) -> tuple[Verdict, ...]:
        if not self.path.exists():
            return ()
        with open_database(self.path, "rw") as database:
            return _rows(database, condition, *values) if file_format(database) else ()


@contextlib.contextmanager
def open_database(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """Open the file of verdicts for one short transaction, and turn SQLite's errors into our own.

    The mode is "rw", or "rwc" to create the file.

    Raises
    ------
    StoreRefused, VerdictsDamaged
    """
    # Readers open with "rw" too: if a writer was killed, the next connection rolls its journal back, and that writes.
    # No WAL mode: it needs shared memory, which network disks do not have. isolation_level=None leaves BEGIN and COMMIT
    # to us; closing without COMMIT rolls back.
    address = f"{path.absolute().as_uri()}?mode={mode}"
    try:
        with contextlib.closing(sqlite3.connect(address, timeout=WAIT_S, isolation_level=None, uri=True)) as database:
            yield database
    except sqlite3.DatabaseError as fault:
        raise fault_of(path, fault) from fault


def begin_writing(database: sqlite3.Connection) -> None:
    """Begin a transaction that writes, and make the table of verdicts in an empty file."""
    # IMMEDIATE takes the write lock before the latest version is read. With a plain BEGIN two writers could both read
    # version 1, and the second could not upgrade its lock.
    database.execute("BEGIN IMMEDIATE")
    if file_format(database) == 0:
        database.execute(_SCHEMA)
        # Read by earlier versions where a later format is refused; those that do not know the table ignore it.
        database.execute("CREATE TABLE about (written_by TEXT NOT NULL)")
        database.execute("INSERT INTO about VALUES (?)", (xai_core.__version__,))
        database.execute(f"PRAGMA user_version = {_FORMAT}")


@contextlib.contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Lock a study's folder, either to write a verdict or to replace the folder.

    SQLite's own lock is not enough. It belongs to the open file: a writer that opened the file just before the folder
    was replaced would write into the old study.

    Raises
    ------
    StoreRefused
        If others hold the lock for longer than `WAIT_S`, or the disk does not take it.
    """
    # The lock file lies beside the folder. Inside, it would move away with the old folder, and the next writer would
    # lock a new file.
    lock = FileLock(folder.with_name(f".verdicts-{folder.name}.lock"), timeout=WAIT_S)
    try:
        lock.acquire(poll_interval=0.01)
    except Timeout:
        raise in_use(folder.name) from None
    except OSError as fault:
        raise refused(folder / FILE, fault.strerror or str(fault)) from fault
    try:
        yield
    finally:
        release(lock)


def copy_verdicts(source: Path, target: Path) -> None:
    """Copy the file of verdicts, sound or damaged, to another study folder.

    The caller holds `locked_folder` of the source.
    """
    # The pattern includes the journal of a killed writer. Without it SQLite could not roll the file back.
    for file in source.glob(f"{FILE}*"):
        shutil.copy2(file, target / file.name)


_LATEST_FIRST = "WHERE image_id = ? ORDER BY version DESC"


def _rows(database: sqlite3.Connection, condition: str, *values: str) -> tuple[Verdict, ...]:
    rows = database.execute(f"SELECT {_NAMES} FROM verdicts {condition}", values)  # noqa: S608 - own text
    return tuple(Verdict(**dict(zip(COLUMNS, row, strict=True))) for row in rows)


def file_format(database: sqlite3.Connection) -> int:
    """Return the number of the file's format, 0 for an empty file, and refuse others."""
    (found,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    if found > _FORMAT:
        raise sqlite3.DatabaseError(
            deferred(
                "it has format {found}, written by {writer} of this program; this one reads format {known}",
                found=found,
                writer=_writer(database),
                known=_FORMAT,
            )
        )
    if (found, tables > 0) not in ((0, False), (_FORMAT, True)):
        raise sqlite3.DatabaseError(
            deferred("it has format {found}; this version reads format {known}", found=found, known=_FORMAT)
        )
    return int(found)


def _writer(database: sqlite3.Connection) -> str:
    """Return the version that wrote a file of a later format; see `begin_writing`."""
    try:
        (version,) = database.execute("SELECT written_by FROM about").fetchone()
    except (sqlite3.DatabaseError, TypeError, ValueError):
        return deferred("a later version")
    return deferred("version {version}", version=version)


def _table(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    table = pd.DataFrame([astuple(verdict) for verdict in verdicts], columns=list(COLUMNS))
    return table.astype(dict.fromkeys(COLUMNS, "str") | {"version": "int64"})
