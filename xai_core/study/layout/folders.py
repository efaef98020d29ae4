"""Names of the folders of studies."""

import re
from pathlib import Path

from xai_core.errors import StudyRefused
from xai_core.language import deferred

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Pattern of a study's name, which is also the name of its folder."""

FILE = "study.toml"
"""File that every study has."""

METADATA = "metadata.parquet"
"""File with the metadata of the pictures, which people gave and which survives a new run of the study."""

_REPLACED = ".replaced-"


def study_names(studies: Path) -> tuple[str, ...]:
    """Return the names of the studies in a folder, sound or not, in alphabetical order.

    Raises
    ------
    StudyRefused
        If the folder cannot be read.
    """
    if not studies.is_dir():
        return ()
    try:
        names = {manifest.parent.name.removeprefix(_REPLACED) for manifest in studies.glob(f"*/{FILE}")}
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise StudyRefused(
            deferred("The folder of studies {folder} cannot be read: {reason}.", folder=studies, reason=reason),
            deferred("Try again."),
        ) from fault
    return tuple(sorted(name for name in names if NAME.fullmatch(name)))


def replaced_folder(folder: Path) -> Path:
    """Return where the study of a folder lies while another takes its place."""
    return folder.with_name(f"{_REPLACED}{folder.name}")


def readable_folder(folder: Path) -> Path:
    """Return where the files of a study can be read now.

    It is its own folder, except for the instant in which a study is replaced on a file system that cannot exchange two
    folders.
    """
    aside = replaced_folder(folder)
    return aside if not folder.exists() and aside.exists() else folder
