"""Digests that tell whether the files of a study were written by the same run."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from xai_core.errors import StudyRefused
from xai_core.language import deferred, mark
from xai_core.texts import chained

FILES = ("predictions.parquet", "logits.npy", "embeddings.npy")
"""Files that belong together."""

_BLOCK, _BLOCKS = 2**16, 16


def digest_files(folder: Path) -> dict[str, str]:
    """Return the digests of a study's files by their names, without those that are not there.

    Raises
    ------
    OSError
        If one cannot be read.
    """
    return {name: _digest(folder / name) for name in FILES if (folder / name).exists()}


def check_files(folder: Path, digests: Mapping[str, str]) -> None:
    """Refuse files of another run, as a copy has that was made while the study was replaced.

    Raises
    ------
    StudyRefused
        If a file is missing or another one.
    """
    try:
        known = digest_files(folder)
    except OSError as fault:
        raise StudyRefused(
            deferred("The files in {folder} cannot be read: {reason}.", folder=folder, reason=str(fault.strerror))
        ) from fault
    other = [name for name, digest in digests.items() if known.get(name) != digest]
    if len(other) == 1:
        raise StudyRefused(
            deferred(
                "{file} in {folder} is missing or damaged, or of another run than study.toml, as in a copy that was "
                "made while the study was replaced.",
                file=other[0],
                folder=folder,
            )
        )
    if other:
        raise StudyRefused(
            deferred(
                "{files} in {folder} are missing or damaged, or of another run than study.toml, as in a copy that was "
                "made while the study was replaced.",
                files=chained(mark("{first} and {rest}"), other),
                folder=folder,
            )
        )


def _digest(path: Path) -> str:
    """Return 24 hexadecimal digits of a file's size and of 16 blocks at equal steps.

    Two runs differ in every block. Reading all of a large file would take seconds each time that a study is opened.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        found = hashlib.sha256(str(size).encode())
        for block in range(_BLOCKS):
            file.seek(max(0, size - _BLOCK) * block // (_BLOCKS - 1))
            found.update(file.read(_BLOCK))
            if size <= _BLOCK:
                break
    return found.hexdigest()[:24]
