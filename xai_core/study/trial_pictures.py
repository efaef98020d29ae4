"""Pictures of a labelled set on which a model is tried when it is opened."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from xai_core.data.dataset import PictureSet
from xai_core.data.decoding import decode
from xai_core.errors import PictureUnreadable
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
