"""Words for the location of evidence in a picture."""

import numpy as np
from numpy.typing import NDArray

from xai_core.evidence.location import central_half, share_in
from xai_core.language import mark, tr

MIDDLE = 0.65
"""Share of the evidence in the central half from which on it lies "in the middle"; evenly distributed it is 0.5."""

OFF = 0.08
"""Distance of the centroid from the middle, as a share of the side, from which on it lies on that side."""


_SIDES = {
    (-1, -1): mark("at the upper left"),
    (-1, 0): mark("at the top"),
    (-1, 1): mark("at the upper right"),
    (0, -1): mark("at the left"),
    (0, 1): mark("at the right"),
    (1, -1): mark("at the lower left"),
    (1, 0): mark("at the bottom"),
    (1, 1): mark("at the lower right"),
}
"""Location by the signs of the centroid's distances from the middle, downwards and to the right."""


def location_phrase(contrast: NDArray[np.float32]) -> str:
    """Describe where the positive values of a map lie, in the reader's language.

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
        return tr("nowhere")
    central = share_in(contrast, central_half(contrast.shape))
    if central >= MIDDLE:
        return tr("in the middle")
    y, x = (_centroid(positive.sum(axis=1 - axis)) - 0.5 for axis in (0, 1))
    down, right = (0 if abs(offset) < OFF else 1 if offset > 0 else -1 for offset in (y, x))
    if down or right:
        return tr(_SIDES[down, right])
    # The centroid is in the middle and the evidence is not: it lies on all sides.
    return tr("along the rim") if central <= 1 - MIDDLE else tr("all over the picture")


def _centroid(weights: NDArray[np.float64]) -> float:
    return float(np.average((np.arange(len(weights)) + 0.5) / len(weights), weights=weights))
