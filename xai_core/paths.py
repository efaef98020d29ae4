"""Where things are kept on this machine."""

import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def studies_folder(given: Path | None = None) -> Path:
    """Return the folder of all studies: the given one, else $XAI_STUDIES, else `studies/` in the project."""
    if given is not None:
        return given
    named = os.environ.get("XAI_STUDIES")
    return Path(named).expanduser() if named else PROJECT / "studies"


def cache_folder() -> Path:
    """Return the folder of what can be found out again: $XAI_CACHE, else this platform's folder for caches."""
    named = os.environ.get("XAI_CACHE")
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "confusion-explainer"
