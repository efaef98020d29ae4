"""Arithmetic of the parts of logits at places that torch and ONNX Runtime share."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 1e-4
"""Largest error of a sum over places, relative to the size of the logits, in float32."""

ROUNDED_TOLERANCE = 2e-2
"""`TOLERANCE` where the network rounds to 16 or 8 bits between the places and the logits."""


def spread_rest(parts: NDArray[np.float32], logits: NDArray[np.float32], labels: Sequence[int]) -> NDArray[np.float32]:
    """Return the shares of places, which sum to the logits, by spreading evenly what the parts leave.

    The rest is the bias, the same for all pictures, and the rounding of the network.

    Parameters
    ----------
    parts : (n, P, K)
        Linear part w_k . F_p / P of each place p in each asked logit k.
    logits : (n, L)
    labels
        Positions of the K asked labels.

    Returns
    -------
    (n, P, K) float32
    """
    rest = logits[:, list(labels)] - parts.sum(axis=1)
    return np.asarray(parts + rest[:, None] / parts.shape[1], np.float32)


def relative_error(parts: NDArray[np.float32], logits: NDArray[np.float32], bias: NDArray[np.float64]) -> float:
    """Return the largest difference between logits and the sum of bias and parts, relative to the logits.

    Parameters
    ----------
    parts : (n, P, L)
        Parts for all labels.
    logits : (n, L)
    bias : (L,) or ()
    """
    # A network without a picture's influence has logits of size 0, and its parts are no proof of anything.
    size = max(float(np.abs(logits).max()), float(np.finfo(np.float32).tiny))
    error = float(np.abs(parts.sum(axis=1, dtype=np.float64) + bias - logits).max())
    return error / size if np.isfinite(error) else np.inf


def grid_of_tokens(count: int, size: tuple[int, int]) -> tuple[int, int]:
    """Return rows and columns of tokens in one row, those whose ratio is nearest to that of the picture.

    Parameters
    ----------
    count
        Number of tokens.
    size
        Height and width of the picture in pixels.
    """
    ratio = np.log(size[0] / size[1])
    grids = [(rows, count // rows) for rows in range(1, count + 1) if count % rows == 0]
    return min(grids, key=lambda grid: abs(float(np.log(grid[0] / grid[1]) - ratio)))
