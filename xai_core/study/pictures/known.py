"""Predictions of an earlier run, and which of them are no longer those of the picture files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xai_core.data.dataset import PictureSet
from xai_core.errors import StudyRefused
from xai_core.language import tr_n
from xai_core.model.runtime import Runtime
from xai_core.study import predictions
from xai_core.study.inference import any_readable
from xai_core.study.manifest import Manifest, read_manifest
from xai_core.study.pictures.file_states import STATE, FileStates, read_states, state_of
from xai_core.study.predictions import Predictions


@dataclass(frozen=True, slots=True, eq=False)
class KnownPredictions:
    """Predictions of an earlier run.

    Attributes
    ----------
    predictions
        The predictions.
    files
        Record of the picture files; None in studies of earlier versions.
    created_ns
        Time of the run in ns.
    """

    predictions: Predictions
    files: FileStates | None
    created_ns: int

    def stale_rows(self, data: PictureSet) -> NDArray[np.intp]:
        """Return the rows to predict anew, whose pictures have changed or can be read only now.

        Without a record of the files, pictures that are newer than the study count as changed.
        """
        table = self.predictions.table
        rows = [
            row
            for row, (image_id, reason) in enumerate(zip(table["image_id"], table["unreadable"], strict=True))
            if self._has_changed(data, image_id) or (reason and any_readable(data, [(image_id, reason)]))
        ]
        return np.array(rows, np.intp)

    def _has_changed(self, data: PictureSet, image_id: str) -> bool:
        if self.files is not None:
            return self.files.is_unknown(image_id) or self.files.has_changed(data, image_id)
        stamp = data.stamp(image_id)
        return stamp is not None and stamp[1] > self.created_ns

    def can_take(self, runtime: Runtime, rows: int) -> bool:
        """Return True if some rows alone can be predicted anew: not all of them, and with the same embeddings."""
        known = self.predictions.embeddings
        same = (None if known is None else known.shape[1]) == runtime.embedding_size
        return same and rows < len(self.predictions.table)

    def files_now(self, data: PictureSet) -> FileStates:
        """Return the record of the files; where there is none, it is made by reading all files."""
        if self.files is not None:
            return self.files
        ids = self.predictions.table["image_id"].tolist()
        return FileStates(ids, np.array([state_of(data, image_id) for image_id in ids], STATE))


def known_predictions(folder: Path, manifest: Manifest) -> KnownPredictions | None:
    """Return the predictions in a study's folder, None if they are missing or damaged."""
    try:
        found = predictions.load(folder, manifest.spec.labels)
        created = datetime.fromisoformat(read_manifest(folder).created)
    except (StudyRefused, ValueError):
        return None
    return KnownPredictions(found, read_states(folder), int(created.timestamp() * 1e9))


def describe_stale(image_ids: Sequence[str], name: str) -> str:
    """Return a sentence on the pictures of a study that are predicted anew."""
    named = ", ".join(image_ids[:3]) + (", ..." if len(image_ids) > 3 else "")
    return tr_n(
        "{number:,} picture of the study {study} changed since it was created, and is predicted anew: {pictures}.",
        "{number:,} pictures of the study {study} changed since it was created, and are predicted anew: {pictures}.",
        len(image_ids),
        study=name,
        pictures=named,
    )
