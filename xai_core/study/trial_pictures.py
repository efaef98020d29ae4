"""Pictures of a labelled set on which a model is tried when it is opened."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from xai_core.data.dataset import PictureSet
from xai_core.data.decoding import decode
from xai_core.errors import PictureUnreadable, StudyRefused
from xai_core.language import deferred
from xai_core.model import preprocess
from xai_core.model.spec import ModelSpec

COUNT = 4
"""Pictures of a trial: enough for a batch whose pictures differ, few enough to take no time."""

_TRIES = 16


def trial_pictures(data: PictureSet, image_ids: Sequence[str]) -> Callable[[ModelSpec], NDArray[np.uint8]]:
    """Return a function that returns a few readable pictures as a model of a given spec sees them.

    Parameters
    ----------
    data
        The labelled set.
    image_ids
        Ids in it, of which pictures at equal steps are taken.

    Returns
    -------
    Function that returns (N <= 4, H, W, 3) uint8; N is less where pictures cannot be read.
    """

    def views(spec: ModelSpec) -> NDArray[np.uint8]:
        found: list[NDArray[np.uint8]] = []
        for step in range(min(_TRIES, len(image_ids))):
            image_id = image_ids[step * len(image_ids) // min(_TRIES, len(image_ids))]
            try:
                found.append(preprocess.view(decode(data.read_bytes(image_id), image_id), spec))
            except PictureUnreadable:
                continue
            if len(found) == COUNT:
                break
        return np.stack(found) if found else np.empty((0, *spec.input_size, 3), np.uint8)

    return views


def first_view(data: PictureSet, image_ids: Sequence[str], spec: ModelSpec) -> Callable[[], NDArray[np.uint8]]:
    """Return a function that returns the first readable picture as a model of a given spec sees it.

    Candidate runtimes are compared on it. The function can be copied to another process.

    Parameters
    ----------
    data, image_ids
        The labelled set, and ids in it.
    spec
        Spec of the model.

    Returns
    -------
    Function that returns (H, W, 3) uint8. It raises `PictureUnreadable` if no picture can be read, and `StudyRefused`
    if there is none.
    """

    def view() -> NDArray[np.uint8]:
        lost: PictureUnreadable | None = None
        for image_id in image_ids:
            try:
                return preprocess.view(decode(data.read_bytes(image_id), image_id), spec)
            except PictureUnreadable as fault:
                lost = fault
        raise lost or StudyRefused(deferred("The study has no readable picture."))

    return view
