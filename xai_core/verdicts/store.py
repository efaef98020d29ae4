"""Where verdicts are kept: a SQLite file in the study's folder, safe for any number of viewers and processes."""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from xai_core.errors import SettingRefused, StoreRefused, VerdictOvertaken, VerdictsDamaged
from xai_core.verdicts.verdict import AUTHOR_MOST, COLUMNS, KINDS, NOTE_MOST, Verdict, plain, said, signed

FILE = "verdicts.sqlite"

WAIT_S = 10.0
"""How long a writer waits for others: each of them needs milliseconds."""

_FORMAT = 1  # in SQLite's user_version; 0 is a file without tables
_SCHEMA = (
    f"CREATE TABLE verdicts ({', '.join(f'{each} TEXT NOT NULL' for each in COLUMNS if each != 'version')}, "
    "version INTEGER NOT NULL, PRIMARY KEY (image_id, version))"
)
_NAMES, _PLACES = ", ".join(COLUMNS), ", ".join("?" * len(COLUMNS))
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_IN_USE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class VerdictStore:
    """The verdicts of one study.

    Nothing is ever overwritten or deleted: a verdict is a further row, and the latest counts.

    Parameters
    ----------
    folder
        The study's. The file appears in it with the first verdict.
    clock
        The time.
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
        """Write a verdict; without kind and note it takes the earlier one back.

        Parameters
        ----------
        image_id, kind, note, author, truth, guess, model_id, picture_hash
            See `Verdict`.
        seen
            Version that the writer has read; 0 for none.

        Returns
        -------
        The verdict as it was written.

        Raises
        ------
        SettingRefused
            If there is no such verdict, or note or author are too long.
        VerdictOvertaken
            If there is a later version than the writer has read: says what it says. Nothing is written then.
        StoreRefused
            If the disk does not take it.
        VerdictsDamaged
            If the file holds something else.
        """
        if kind and kind not in KINDS:
            raise SettingRefused("The verdict", repr(kind), f"one of {', '.join(KINDS)}, or none")
        verdict = Verdict(
            image_id=image_id,
            version=seen + 1,
            written=self._clock().astimezone(UTC).isoformat(timespec="seconds"),
            kind=kind,
            note=plain("note", note, NOTE_MOST),
            author=plain("author's name", author, AUTHOR_MOST),
            truth=truth,
            guess=guess,
            model_id=model_id,
            picture_hash=picture_hash,
        )
        with held(self.folder), self._open("rwc") as database:
            self._append(database, verdict)
        return verdict

    def _append(self, database: sqlite3.Connection, verdict: Verdict) -> None:
        database.execute("BEGIN IMMEDIATE")
        if _format(database) == 0:
            database.execute(_SCHEMA)
            database.execute(f"PRAGMA user_version = {_FORMAT}")
        latest = next(iter(_rows(database, _BACKWARDS, verdict.image_id)), None)
        if latest is not None and latest.version != verdict.version - 1:
            raise _overtaken(latest)
        database.execute(f"INSERT INTO verdicts ({_NAMES}) VALUES ({_PLACES})", astuple(verdict))  # noqa: S608 - own text
        database.execute("COMMIT")

    def of(self, image_id: str) -> Verdict | None:
        """Return the verdict that counts, which may be a withdrawn one; None where there never was one.

        Raises
        ------
        StoreRefused, VerdictsDamaged
        """
        return next(iter(self.history(image_id)), None)

    def history(self, image_id: str) -> tuple[Verdict, ...]:
        """All that was ever said of a picture, the latest first; raises as `of` does."""
        return self._read(_BACKWARDS, image_id)

    def all(self) -> pd.DataFrame:
        """Return the verdicts that count, without withdrawn ones: `COLUMNS`, by image_id; raises as `of` does."""
        latest = "(SELECT MAX(version) FROM verdicts later WHERE later.image_id = verdicts.image_id)"
        return _table(each for each in self._read(f"WHERE version = {latest} ORDER BY image_id") if not each.withdrawn)

    def everything(self) -> pd.DataFrame:
        """Return the whole history: `COLUMNS`, by image_id and version; raises as `of` does."""
        return _table(self._read("ORDER BY image_id, version"))

    def _read(self, which: str, *values: str) -> tuple[Verdict, ...]:
        if not self.path.exists():
            return ()
        with self._open("rw") as database:
            return _rows(database, which, *values) if _format(database) else ()

    @contextlib.contextmanager
    def _open(self, mode: str) -> Iterator[sqlite3.Connection]:
        """Open the file for one short transaction, and tell in words what goes wrong in it."""
        # With "rw", not "ro": a writer that was killed may have left something to roll back. Not in WAL mode, which
        # needs shared memory: a study may lie on a network's disk.
        address = f"{self.path.absolute().as_uri()}?mode={mode}"
        try:
            with contextlib.closing(
                sqlite3.connect(address, timeout=WAIT_S, isolation_level=None, uri=True)
            ) as database:
                yield database
        except sqlite3.DatabaseError as fault:
            raise _fault(self.path, fault) from fault


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep a study's folder where it is while a verdict is written, and keep writers out while it is replaced.

    Raises
    ------
    StoreRefused
        If others hold it for longer than `WAIT_S`, or the disk does not take the lock.
    """
    # Beside the folder: it would be moved with it, and lock another one.
    lock = FileLock(folder.with_name(f".verdicts-{folder.name}.lock"), timeout=WAIT_S)
    try:
        lock.acquire(poll_interval=0.01)
    except Timeout:
        raise _in_use(folder.name) from None
    except OSError as fault:
        raise _refused(folder / FILE, fault.strerror or str(fault)) from fault
    try:
        yield
    finally:
        lock.release()


def carry(source: Path, target: Path) -> None:
    """Copy the verdicts of one study folder to another, sound or not; the caller holds the source."""
    # Together with what a killed writer left to roll back.
    for file in source.glob(f"{FILE}*"):
        shutil.copy2(file, target / file.name)


_BACKWARDS = "WHERE image_id = ? ORDER BY version DESC"


def _rows(database: sqlite3.Connection, which: str, *values: str) -> tuple[Verdict, ...]:
    rows = database.execute(f"SELECT {_NAMES} FROM verdicts {which}", values)  # noqa: S608 - own text
    return tuple(Verdict(**dict(zip(COLUMNS, row, strict=True))) for row in rows)


def _format(database: sqlite3.Connection) -> int:
    """Return the version of the file's format, 0 for an empty file; refuse others."""
    (found,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    if (found, tables > 0) not in ((0, False), (_FORMAT, True)):
        raise sqlite3.DatabaseError(f"it has format {found}; this version reads format {_FORMAT}")
    return int(found)


def _table(verdicts: Iterator[Verdict] | tuple[Verdict, ...]) -> pd.DataFrame:
    table = pd.DataFrame([astuple(each) for each in verdicts], columns=list(COLUMNS))
    return table.astype(dict.fromkeys(COLUMNS, "str") | {"version": "int64"})


def _overtaken(latest: Verdict) -> VerdictOvertaken:
    return VerdictOvertaken(
        f"Somebody wrote a verdict on {latest.image_id} after you opened it ({signed(latest)}): “{said(latest)}”.",
        "Nothing is lost: save yours again to put it after that one, which stays in the history.",
        latest.version,
    )


def _fault(path: Path, fault: sqlite3.DatabaseError) -> VerdictsDamaged | StoreRefused:
    code = getattr(fault, "sqlite_errorcode", None)
    if code is None or code & 0xFF in _DAMAGE:
        return VerdictsDamaged(
            f"The verdicts in {path} cannot be read: {fault}.",
            "The file was left as it is. Put a copy of it back, or move it away to begin anew.",
        )
    return _in_use(path.parent.name) if code & 0xFF in _IN_USE else _refused(path, str(fault))


def _in_use(name: str) -> StoreRefused:
    return StoreRefused(f"The verdicts of {name} are being written by others.", "Try again in a moment.")


def _refused(path: Path, reason: str) -> StoreRefused:
    return StoreRefused(
        f"The verdicts in {path} cannot be read or written: {reason}.",
        "Make the study's folder writable, or make room on the disk, then try again.",
    )
