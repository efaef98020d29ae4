"""Store of faithfulness metrics, one file a map, from which an interrupted run continues."""

import json
import logging
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from xai_core.files import make_folder, write_whole
from xai_core.trust.faithfulness.evaluation import FaithfulnessMetrics

log = logging.getLogger(__name__)


class MetricsStore:
    """Folder of metrics, safe for several processes.

    Parameters
    ----------
    folder
        It is made when the first metrics are stored.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> FaithfulnessMetrics | None:
        """Return the metrics stored under a key, or None.

        A damaged file is logged and counts as absent.
        """
        path = self._path(key)
        try:
            fields = json.loads(path.read_text("utf-8"))
            values: dict[str, Any] = {name: math.nan if value is None else value for name, value in fields.items()}
            return FaithfulnessMetrics(**values)
        except FileNotFoundError:
            return None
        # A file of another version or a damaged one can be no JSON, no object, or lack fields.
        except (OSError, ValueError, TypeError, AttributeError) as fault:
            log.warning("Metrics that cannot be read are computed again (%s): %s", path.name, fault)
            return None

    def put(self, key: str, metrics: FaithfulnessMetrics) -> None:
        """Store metrics so that a reader sees all of them or nothing.

        Raises
        ------
        StoreRefused
            If the disk is full or read-only.
        """
        make_folder(self.folder)
        write_whole(self._path(key), json.dumps(nan_as_none(asdict(metrics))).encode())

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def nan_as_none(values: dict[str, float]) -> dict[str, float | None]:
    """Replace NaN by None, because JSON has no NaN."""
    return {name: None if math.isnan(value) else value for name, value in values.items()}
