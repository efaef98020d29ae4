"""Where things are kept on this machine."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def studies_folder(given: Path | None = None) -> Path:
    """Return the folder of all studies: the given one, else $XAI_STUDIES, else `studies/` in the project."""
    if given is not None:
        return given
    named = os.environ.get("XAI_STUDIES")
    return Path(named).expanduser() if named else PROJECT / "studies"
