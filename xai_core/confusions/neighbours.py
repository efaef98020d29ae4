"""Nearest pictures by the angle between their centred embeddings."""

import numpy as np
from numpy.typing import NDArray

from xai_core.progress import Progress, ignore_progress

BLOCK = 512
"""Pictures that are compared with all others at once, which bounds memory: 512 x 25,247 cosines are 52 MB."""


def directions(
    embeddings: NDArray[np.floating], middle: NDArray[np.float32] | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return centred embeddings of length 1, and the middle that was taken away.

    They are centred, because all embeddings share a large positive part after a ReLU.

    Parameters
    ----------
    embeddings : (N, D) floats
        Finite numbers.
    middle : (D,) float32
        Middle of other embeddings by the same model, with which these are to be compared; None for their own mean.

    Returns
    -------
    (N, D) float32 and (D,) float32. An embedding in the middle has no direction and stays 0.
    """
    unit = np.array(embeddings, np.float32)
    if middle is None:
        middle = unit.mean(axis=0) if len(unit) else np.zeros(unit.shape[1], np.float32)
    unit -= middle
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-12)
    return unit, middle


def nearest(
    units: NDArray[np.float32],
    known: NDArray[np.float32] | None = None,
    *,
    count: int,
    progress: Progress = ignore_progress,
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return the nearest pictures of each picture.

    Parameters
    ----------
    units : (N, D) float32
        From `directions`.
    known : (M, D) float32
        Pictures among which the nearest are searched; None for the same ones, each without itself.
    count
        Number of nearest pictures.
    progress
        Receives the numbers of pictures done and planned after every block.

    Returns
    -------
    Rows of `known`, (N, K) with the nearest first, and their cosines. K is `count`, or less where there are fewer.
    """
    pool = units if known is None else known
    kept = max(0, min(count, len(pool) - (known is None)))
    rows, cosines = np.zeros((len(units), kept), np.intp), np.zeros((len(units), kept), np.float32)
    if not kept:
        return rows, cosines
    for start in range(0, len(units), BLOCK):
        found = units[start : start + BLOCK] @ pool.T
        own = np.arange(len(found))
        if known is None:
            found[own, start + own] = -np.inf
        best = np.argpartition(found, -kept, axis=1)[:, -kept:]
        near = np.take_along_axis(found, best, axis=1)
        # By row among equal cosines, so that the order never depends on the partition.
        order = np.lexsort((best, -near), axis=1)
        rows[start : start + BLOCK] = np.take_along_axis(best, order, axis=1)
        cosines[start : start + BLOCK] = np.take_along_axis(near, order, axis=1)
        progress(start + len(own), len(units))
    return rows, cosines
