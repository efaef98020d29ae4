"""Paths of data and models, kept so that a folder that holds them and the study can be moved."""

import os
from pathlib import Path, PurePath


def near(path: Path, home: Path) -> str:
    """Return a path as seen from a study's folder, "" if they have no folder in common but the root of the disk.

    Parameters
    ----------
    path, home
        The path, and the folder of the study.

    Examples
    --------
    >>> near(Path("/srv/food/data/food-101"), Path("/srv/food/studies/b1")), near(Path("/data"), Path("/srv/b1"))
    ('../../data/food-101', '')
    """
    path, home = path.absolute(), home.absolute()
    try:
        shared = PurePath(os.path.commonpath([path, home]))
    except ValueError:  # two drives of Windows
        return ""
    return "" if len(shared.parts) < 2 else PurePath(os.path.relpath(path, home)).as_posix()


def found(stored: str, near_path: object, home: Path) -> Path:
    """Return where a file or folder lies now.

    A copy of a project is complete in itself: what lies at the same place as seen from the study goes before the
    absolute path.

    Parameters
    ----------
    stored
        Absolute path when the study was written.
    near_path
        Result of `near` at that time; anything else counts as none.
    home
        Folder of the study now.
    """
    if isinstance(near_path, str) and near_path:
        candidate = Path(os.path.normpath(home.absolute() / near_path))
        if candidate.exists():
            return candidate
    return Path(stored)
