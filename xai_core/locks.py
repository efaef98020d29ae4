"""Release of locks on a disk that reports errors."""

import contextlib

from filelock import FileLock


def release(lock: FileLock) -> None:
    """Release a lock, also where the disk reports an error: what was done under it is done.

    A lock that stays held after a second try is freed by the operating system when the process ends.
    """
    for _ in range(2):
        with contextlib.suppress(OSError):
            lock.release()
            return
