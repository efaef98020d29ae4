"""Spot that holds most of the evidence, and random spots of its shape."""

import numpy as np
from numpy.typing import NDArray


def shifted_spot(spot: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return a spot of the same shape and area in a random place, mirrored at random.

    Parameters
    ----------
    spot : (H, W) bool
    rng
        Source of random numbers.

    Returns
    -------
    (H, W) bool. The spot leaves the picture on one side and comes in on the other, so that every place is equally
    likely and the area stays.
    """
    height, width = spot.shape
    shift = int(rng.integers(height)), int(rng.integers(width))
    flipped = spot[:: rng.choice([-1, 1]), :: rng.choice([-1, 1])]
    return np.roll(flipped, shift, axis=(0, 1))


def strongest_part(contrast: NDArray[np.float32], share: float) -> NDArray[np.bool_]:
    """Return the smallest part of a picture that holds a share of the evidence for the guess.

    Parameters
    ----------
    contrast : (H, W) float32
        In logits per pixel; positive values are evidence for the guess.
    share
        Share of the sum of the positive values, 0 to 1.

    Returns
    -------
    (H, W) bool; pixels of one region are in or out together. It is empty if nothing is positive.
    """
    evidence = np.maximum(contrast, 0).astype(np.float64)
    if not evidence.any():
        return np.zeros(contrast.shape, np.bool_)
    falling = np.sort(evidence, axis=None)[::-1]
    sums = np.cumsum(falling)
    last = int(np.searchsorted(sums, share * sums[-1] * (1 - 1e-9)))
    # A threshold and not a number of pixels, so that equal pixels are treated alike.
    found: NDArray[np.bool_] = (evidence > 0) & (evidence >= falling[min(last, falling.size - 1)])
    return found
