"""Errors of the store of verdicts, in sentences."""

import sqlite3
from pathlib import Path

from xai_core.errors import StoreRefused, VerdictOvertaken, VerdictsDamaged
from xai_core.language import deferred
from xai_core.verdicts.verdict import Verdict, signature, verdict_text

_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_IN_USE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def overtaken(latest: Verdict) -> VerdictOvertaken:
    """Return the error for a writer who had not read the latest verdict."""
    return VerdictOvertaken(
        deferred(
            "Somebody wrote a verdict on {picture} after you opened it ({signature}): “{text}”.",
            picture=latest.image_id,
            signature=signature(latest),
            text=verdict_text(latest),
        ),
        deferred("Nothing is lost. Save yours again to add it after that one, which stays in the history."),
        latest.version,
    )


def fault_of(path: Path, fault: sqlite3.DatabaseError) -> VerdictsDamaged | StoreRefused:
    """Return an error of SQLite as one of our own."""
    code = getattr(fault, "sqlite_errorcode", None)
    if code is None or code & 0xFF in _DAMAGE:
        return VerdictsDamaged(
            deferred("The verdicts in {file} cannot be read: {reason}.", file=path, reason=deferred(str(fault))),
            deferred("The file was not changed. Restore a copy of it, or move it away to start a new one."),
        )
    return in_use(path.parent.name) if code & 0xFF in _IN_USE else refused(path, str(fault))


def in_use(name: str) -> StoreRefused:
    """Return the error for verdicts that others write for too long."""
    return StoreRefused(
        deferred("The verdicts of {study} are being written by others.", study=name), deferred("Try again in a moment.")
    )


def refused(path: Path, reason: str) -> StoreRefused:
    """Return the error for a disk that does not take the verdicts."""
    return StoreRefused(
        deferred("The verdicts in {file} cannot be read or written: {reason}.", file=path, reason=reason),
        deferred("Make the study's folder writable, or make room on the disk, then try again."),
    )
