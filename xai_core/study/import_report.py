"""Report of a study's import checks, stored in its folder.

Reading it imports no statistics, which the pages and the short commands would have to wait for.
"""

import json
import logging
from pathlib import Path
from typing import Any

from xai_core.doctor.finding import ImportReport
from xai_core.files import write_whole
from xai_core.study.study import Study

log = logging.getLogger(__name__)

VERSION = 2
"""Version of the checks. Raise it when the same study starts to get another report."""


def write_report(study: Study, report: ImportReport) -> None:
    """Store the report of a study.

    Raises
    ------
    StoreRefused
        If the disk does not take it.
    """
    write_whole(_file(study), json.dumps(_identity(study) | report.to_json(), indent=1).encode())


def stored_report(study: Study) -> ImportReport | None:
    """Return the report of this study's present model and pictures, or None."""
    try:
        content: dict[str, Any] = json.loads(_file(study).read_text("utf-8"))
        identity = {key: content.pop(key) for key in _identity(study)}
        return ImportReport.from_json(content) if identity == _identity(study) else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        log.warning("The report of the import checks of %s cannot be read: %s", study.name, fault)
        return None


def _identity(study: Study) -> dict[str, Any]:
    return {"version": VERSION, "model_id": study.model_id, "fingerprint": study.data.fingerprint}


def _file(study: Study) -> Path:
    return study.folder / "import_check.json"
