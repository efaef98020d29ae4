"""Atomic file writes, and disk errors turned into refusals that name the file."""

import contextlib
import ctypes
import errno
import os
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from uuid import uuid4

from xai_core.errors import StoreRefused
from xai_core.language import deferred

PART = ".part"
"""Suffix of a file that is still being written."""

LEFTOVER_S = 3600
"""Age in seconds of a temporary file whose writer must have been killed."""

CURE = deferred("Free some space on the disk or make the folder writable, then try again.")
"""Default advice where the disk does not take a file."""


@contextlib.contextmanager
def reporting_disk_errors(path: Path, cure: str = CURE, *, argument: str = "") -> Iterator[None]:
    """Raise StoreRefused in place of an OSError.

    Parameters
    ----------
    path
        File or folder that is written within; the message names it.
    cure
        Advice for the reader of the message.
    argument
        Name of the argument that can choose another path, see `XaiError`.

    Raises
    ------
    StoreRefused
        If the disk is full, read-only or damaged.
    """
    try:
        yield
    except OSError as fault:
        message = deferred("{path} cannot be written: {reason}.", path=path, reason=fault.strerror or str(fault))
        raise StoreRefused(message, cure, argument) from fault


@contextlib.contextmanager
def atomic_path(path: Path, *, single_writer: bool = False) -> Iterator[Path]:
    """Yield a temporary path, which takes the place of `path` when the block ends.

    A reader in any process sees the file from before or the whole new one. If the block raises, the temporary file is
    removed and `path` stays as it was.

    Parameters
    ----------
    path
        File to write. A device, a pipe or a link (`/dev/stdout`) is yielded itself, and written through.
    single_writer
        True where no two processes write this file at the same time. The temporary name is then always the same, so
        that a run overwrites what a killed one left behind.

    Raises
    ------
    OSError
        If the file cannot be moved to its name.
    """
    # Renaming onto a device would replace the device in /dev by a plain file, for every program on the machine. The
    # same happens to the link /dev/stdout where the output is redirected to a file.
    if path.is_symlink() or (path.exists() and not path.is_file()):
        yield path
        return
    # In the same folder: a rename is atomic only within one file system.
    part = path.with_name(f"{path.name}{PART}" if single_writer else f"{path.name}.{uuid4().hex}{PART}")
    try:
        yield part
        # No fsync: readers check what they load, so that a file torn by a power cut is found and computed again.
        part.replace(path)
    finally:
        # An error here would hide the one that made the write fail.
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes, cure: str = CURE) -> None:
    """Write a file atomically.

    Raises
    ------
    StoreRefused
        If the disk does not take it.
    """
    with reporting_disk_errors(path, cure), atomic_path(path) as part:
        part.write_bytes(content)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it.

    Raises
    ------
    StoreRefused
        If the disk does not take it.
    """
    with reporting_disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Delete the temporary files in a folder whose writers must have been killed more than an hour ago."""
    with contextlib.suppress(OSError):
        for path in folder.glob(f"*{PART}"):
            with contextlib.suppress(OSError):
                if path.is_file() and time.time() - path.stat().st_mtime > LEFTOVER_S:
                    path.unlink()


def exchange(one: Path, two: Path) -> bool:
    """Exchange two folders or files in one step, so that both names are there at every instant.

    Returns
    -------
    False where the operating system or the file system cannot do that; nothing has happened then.

    Raises
    ------
    OSError
        If one of them is missing or the disk refuses.
    """
    call = _renameat2()
    if call is None:
        return False
    at_folder, both = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of <fcntl.h> and <linux/fs.h>
    if call(at_folder, os.fsencode(one), at_folder, os.fsencode(two), both) == 0:
        return True
    fault = ctypes.get_errno()
    if fault in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EXDEV, errno.EPERM):
        return False
    raise OSError(fault, os.strerror(fault), str(one), None, str(two))


@cache
def _renameat2() -> "ctypes._NamedFuncPointer | None":
    """Return Linux's call, which Python does not offer."""
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
