"""Record of the picture files that a study's predictions were made from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xai_core.data.dataset import PictureSet
from xai_core.errors import PictureUnreadable
from xai_core.explain.question import picture_hash
from xai_core.study.pictures.tables import read_table, write_table

FILE = "picture_files.parquet"
"""Name of the file in the study's folder. Studies of earlier versions have none."""

STATE = np.dtype([("size", np.int64), ("modified_ns", np.int64), ("hash", "U24")])
"""State of a picture's file: size in bytes, modification time, and hash of the picture; see `picture_hash`.

A file that could not be read has sizes and times of -1 and the hash "".
"""

_UNREAD = (-1, -1, "")

UNKNOWN = (-1, -1, "?")
"""State where it is not known what was predicted: files that were newer than their study when they were recorded."""

_VERSION = "picture files 1"


def state_of(data: PictureSet, image_id: str) -> tuple[int, int, str]:
    """Return the state of a picture's file, which is read."""
    stamp = data.stamp(image_id)
    try:
        content = data.read_bytes(image_id)
    except PictureUnreadable:
        return _UNREAD
    return (*(stamp or (-1, -1)), picture_hash(content))


def has_changed(data: PictureSet, image_id: str, state: Any) -> bool:
    """Return True if a picture's file has another content now.

    While its size and its time are the same, it is not read. A file that is gone or cannot be read has not changed.

    Parameters
    ----------
    data, image_id
        The picture.
    state
        Its `STATE` when it was predicted.
    """
    stamp = data.stamp(image_id)
    if stamp is None or state["hash"] == UNKNOWN[-1] or stamp == (int(state["size"]), int(state["modified_ns"])):
        return False
    found = state_of(data, image_id)[2]
    return bool(found) and found != str(state["hash"])


class FileStates:
    """States of the picture files of a study, by image id.

    Parameters
    ----------
    image_ids
        Ids of N pictures.
    states : (N,) STATE, or None
        Their states; None where no file was read.
    """

    def __init__(self, image_ids: Sequence[str], states: NDArray[Any] | None) -> None:
        self._states: Mapping[str, Any] = {} if states is None else dict(zip(image_ids, states, strict=True))
        self._answers: dict[tuple[str, tuple[int, int] | None], bool] = {}

    def has_changed(self, data: PictureSet, image_id: str) -> bool:
        """Return True if a picture's file has another content than when it was predicted."""
        if image_id not in self._states:
            return False
        # All files of a set that was copied have new times. Each is read once.
        question = (image_id, data.stamp(image_id))
        if question not in self._answers:
            self._answers[question] = has_changed(data, image_id, self._states[image_id])
        return self._answers[question]

    def is_unknown(self, image_id: str) -> bool:
        """Return True if it is not known which content was predicted."""
        return image_id in self._states and self._states[image_id]["hash"] == UNKNOWN[-1]

    def replaced(self, image_ids: Sequence[str], states: NDArray[Any] | None) -> "FileStates":
        """Return the record with other states of some pictures."""
        newer = {} if states is None else dict(zip(image_ids, states, strict=True))
        both = {**self._states, **newer}
        return FileStates(tuple(both), np.array(list(both.values()), STATE))

    def of(self, image_ids: Sequence[str]) -> NDArray[Any]:
        """Return the (N,) STATE of some pictures, that of an unread file for those that are not known."""
        unread = np.array(_UNREAD, STATE)
        return np.array([self._states.get(image_id, unread) for image_id in image_ids], STATE)

    def write(self, folder: Path) -> None:
        """Write the record into a study's folder.

        Raises
        ------
        StoreRefused
            If the disk does not take it.
        """
        states = self.of(tuple(self._states))
        columns = {"image_id": list(self._states)} | {name: states[name] for name in STATE.names or ()}
        write_table(folder / FILE, pd.DataFrame(columns), _VERSION)


def read_states(folder: Path) -> FileStates | None:
    """Return the record in a study's folder; None if there is none or it is damaged."""
    table = read_table(folder / FILE, _VERSION)
    if table is None or list(table.columns) != ["image_id", *(STATE.names or ())]:
        return None
    states = np.empty(len(table), STATE)
    for name in STATE.names or ():
        states[name] = table[name].to_numpy()
    return FileStates(table["image_id"].tolist(), states)
