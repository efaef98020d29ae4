"""Figures on disk, one file a map that was judged, so that a run that was killed goes on where it was."""

import json
import logging
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from xai_core.errors import StoreRefused
from xai_core.files import write_whole
from xai_core.trust.faithfulness.evaluation import Figures

log = logging.getLogger(__name__)


class KeptFigures:
    """A folder of figures, safe for several processes.

    Parameters
    ----------
    folder
        Made when the first figures are put.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> Figures | None:
        """Return what was put under a key; a damaged file is logged and counts as absent."""
        path = self._path(key)
        try:
            found = json.loads(path.read_text("utf-8"))
            known: dict[str, Any] = {name: math.nan if value is None else value for name, value in found.items()}
            return Figures(**known)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, AttributeError) as fault:
            log.warning("Figures that cannot be read are found out anew (%s): %s", path.name, fault)
            return None

    def put(self, key: str, figures: Figures) -> None:
        """Keep figures; a reader sees all of them or nothing.

        Raises
        ------
        StoreRefused
            If the disk is full or read-only.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise StoreRefused(
                f"The folder {self.folder} for figures cannot be made: {fault.strerror or fault}.",
                "Free some space or make the folder above it writable.",
            ) from fault
        write_whole(self._path(key), json.dumps(plain(asdict(figures))).encode())

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def plain(values: dict[str, float]) -> dict[str, float | None]:
    """The values with None for NaN, which JSON does not know."""
    return {name: None if math.isnan(value) else value for name, value in values.items()}
