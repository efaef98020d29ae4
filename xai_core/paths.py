"""Folders for studies and for caches on this machine."""

import os
from pathlib import Path

import platformdirs

PROJECT = Path(__file__).resolve().parents[1]


def studies_folder(given: Path | None = None) -> Path:
    """Return the folder of all studies.

    Parameters
    ----------
    given
        Folder that the user named; None takes $XAI_STUDIES, or else `studies/` in the project.
    """
    if given is not None:
        return given
    named = os.environ.get("XAI_STUDIES")
    return Path(named).expanduser() if named else PROJECT / "studies"


def cache_folder() -> Path:
    """Return the folder for results that can be computed again.

    It is $XAI_CACHE, or else the cache folder of the platform.
    """
    named = os.environ.get("XAI_CACHE")
    if named:
        return Path(named).expanduser()
    # No author: on Windows it would add a folder, and the caches of earlier versions would not be found.
    return platformdirs.user_cache_path("confusion-explainer", appauthor=False, opinion=False)
