"""Folders for studies and for caches on this machine."""

import os
from pathlib import Path

import platformdirs

PACKAGE_PARENT = Path(__file__).resolve().parents[1]
"""Folder that holds the package: a clone of the project, or site-packages."""


def import_path() -> str:
    """Return the PYTHONPATH by which other processes import this package, from a clone as from anywhere else."""
    known = os.environ.get("PYTHONPATH", "")
    return os.pathsep.join(part for part in (str(PACKAGE_PARENT), known) if part)


def clone_folder() -> Path | None:
    """Return the clone of the project that this package runs from, or None if the package is installed."""
    return PACKAGE_PARENT if (PACKAGE_PARENT / "streamlit_app.py").is_file() else None


def studies_folder(given: Path | None = None) -> Path:
    """Return the folder of all studies.

    Parameters
    ----------
    given
        Folder that the user named; None takes $XAI_STUDIES, or else `studies/` in the clone of the project. An
        installed package has no clone and takes `studies/` in the working folder.
    """
    if given is not None:
        return given
    named = os.environ.get("XAI_STUDIES")
    if named:
        return Path(named).expanduser()
    return (clone_folder() or Path.cwd()) / "studies"


def cache_folder() -> Path:
    """Return the folder for results that can be computed again.

    It is $XAI_CACHE, or else the cache folder of the platform.
    """
    named = os.environ.get("XAI_CACHE")
    if named:
        return Path(named).expanduser()
    # No author: on Windows it would add a folder, and the caches of earlier versions would not be found.
    return platformdirs.user_cache_path("confusion-explainer", appauthor=False, opinion=False)
