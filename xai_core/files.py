"""Atomic file writes."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from xai_core.errors import StoreRefused


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say in words that the disk is full or read-only.

    Raises
    ------
    StoreRefused
        In the place of an OSError.
    """
    try:
        yield
    except OSError as fault:
        raise StoreRefused(
            f"{folder} cannot be written: {fault.strerror or fault}.",
            "Make room or choose another folder with --studies; the same command then goes on where it was.",
        ) from fault


def write_whole(path: Path, content: bytes) -> None:
    """Write a file of an answer; a reader in any process sees all of it or what was there before.

    Raises
    ------
    StoreRefused
        If the disk does not take it.
    """
    # No fsync: a file torn by a power cut does not pass its checksums and is computed again.
    part = path.with_name(f"{path.name}.{uuid4().hex}{PART}")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as fault:
        raise StoreRefused(
            f"The answer cannot be written to {path}: {fault.strerror or fault}.",
            "Free some space or make the folder writable, then ask again.",
        ) from fault
    finally:
        _forget(part)


def _forget(part: Path) -> None:
    """Remove what is left of a write that failed; the write's own fault is the one to tell."""
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return


PART = ".part"
"""Ending of a file that is still being written."""
