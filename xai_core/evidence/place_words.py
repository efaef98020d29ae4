"""Where in a picture something lies, in words."""

import numpy as np
from numpy.typing import NDArray

from xai_core.evidence.location import central_half, share_in

MIDDLE = 0.65
"""Part of the evidence within the central half from which on it lies in the middle; evenly strewn it would be 0.5."""

OFF = 0.08
"""A centroid that is off the middle by this part of the side lies on that side."""


def whereabouts(contrast: NDArray[np.float32]) -> str:
    """Say where what is positive in a map lies.

    Parameters
    ----------
    contrast : (H, W) float32

    Returns
    -------
    "in the middle", "at the lower right", "along the rim", "all over the picture" or the like; "nowhere" where nothing
    is positive.
    """
    positive = np.maximum(contrast, 0).astype(np.float64)
    if not positive.any():
        return "nowhere"
    central = share_in(contrast, central_half(contrast.shape))
    if central >= MIDDLE:
        return "in the middle"
    y, x = (_centroid(positive.sum(axis=1 - axis)) - 0.5 for axis in (0, 1))
    vertical = "" if abs(y) < OFF else "lower" if y > 0 else "upper"
    across = "" if abs(x) < OFF else "right" if x > 0 else "left"
    if vertical and across:
        return f"at the {vertical} {across}"
    if vertical:
        return "at the bottom" if y > 0 else "at the top"
    if across:
        return f"at the {across}"
    return "along the rim" if central <= 1 - MIDDLE else "all over the picture"


def _centroid(weights: NDArray[np.float64]) -> float:
    return float(np.average((np.arange(len(weights)) + 0.5) / len(weights), weights=weights))
