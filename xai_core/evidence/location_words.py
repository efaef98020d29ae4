"""Words for the location of evidence in a picture."""

import numpy as np
from numpy.typing import NDArray

from xai_core.evidence.location import central_half, share_in

MIDDLE = 0.65
"""Share of the evidence in the central half from which on it lies "in the middle"; evenly distributed it is 0.5."""

OFF = 0.08
"""Distance of the centroid from the middle, as a share of the side, from which on it lies on that side."""


def location_phrase(contrast: NDArray[np.float32]) -> str:
    """Describe where the positive values of a map lie.

    Parameters
    ----------
    contrast : (H, W) float32

    Returns
    -------
    "in the middle", "at the lower right", "along the rim", "all over the picture" or similar; "nowhere" if nothing is
    positive.
    """
    positive = np.maximum(contrast, 0).astype(np.float64)
    if not positive.any():
        return "nowhere"
    central = share_in(contrast, central_half(contrast.shape))
    if central >= MIDDLE:
        return "in the middle"
    y, x = (_centroid(positive.sum(axis=1 - axis)) - 0.5 for axis in (0, 1))
    vertical = "" if abs(y) < OFF else "lower" if y > 0 else "upper"
    horizontal = "" if abs(x) < OFF else "right" if x > 0 else "left"
    if vertical and horizontal:
        return f"at the {vertical} {horizontal}"
    if vertical:
        return "at the bottom" if y > 0 else "at the top"
    if horizontal:
        return f"at the {horizontal}"
    # The centroid is in the middle and the evidence is not: it lies on all sides.
    return "along the rim" if central <= 1 - MIDDLE else "all over the picture"


def _centroid(weights: NDArray[np.float64]) -> float:
    return float(np.average((np.arange(len(weights)) + 0.5) / len(weights), weights=weights))
