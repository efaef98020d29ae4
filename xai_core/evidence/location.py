"""Location of the evidence in a picture, in a few numbers per map."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

CENTRE = float(np.sqrt(0.5))
"""Ratio of the side of the central half to the side of the picture; the half is one of the area."""

STRONG = 0.5
"""Share of the evidence in the strongest pixels, out of which the strongest spot is formed."""


def strongest_spot(shap_map: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return the mask, (H, W) bool, of the strongest connected spot.

    It is empty if nothing is positive.
    """
    evidence = np.maximum(shap_map, 0).astype(np.float64)
    return _largest_spot(evidence) if evidence.any() else np.zeros(evidence.shape, np.bool_)


def share_in(shap_map: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    """Return the share of a map's positive values inside a mask, both (H, W).

    It is 0 if nothing is positive.
    """
    evidence = np.maximum(shap_map, 0).astype(np.float64)
    total = float(evidence.sum())
    return float(evidence[mask].sum() / total) if total else 0.0


@dataclass(frozen=True, slots=True)
class Share:
    """Shares of one part of a picture.

    Attributes
    ----------
    evidence
        Share of a map's positive values that lies in the part.
    area
        Share of the picture that the part covers. It equals `evidence` for evenly distributed evidence.
    """

    evidence: float
    area: float


def shares_by(shap_map: NDArray[np.float32], label_mask: NDArray[np.uint8]) -> dict[int, Share]:
    """Measure how the positive values of a map are distributed over the parts of a picture.

    Parameters
    ----------
    shap_map : (H, W) float32
        SHAP value per pixel in logits, of a label or a contrast.
    label_mask : (H, W) uint8
        Number of the part that each pixel belongs to.

    Returns
    -------
    The shares of each part, by its number in rising order. Areas sum to 1. Shares of the evidence sum to 1 too, or are
    all 0 if the map has no positive values.

    Raises
    ------
    ValueError
        If map and mask differ in height or width.
    """
    if shap_map.shape != label_mask.shape:
        raise ValueError(f"The map is {shap_map.shape} and the mask is {label_mask.shape}; use the model's input.")
    evidence = np.maximum(shap_map, 0).astype(np.float64)
    held = np.bincount(label_mask.ravel(), evidence.ravel())
    pixels = np.bincount(label_mask.ravel())
    total = float(held.sum())
    return {
        int(part): Share(float(held[part] / total) if total else 0.0, float(pixels[part] / label_mask.size))
        for part in np.flatnonzero(pixels)
    }


def central_half(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the mask, (H, W) bool, of the central rectangle with half of the picture's area.

    The area is exact to within a row or column.
    """
    height, width = shape
    inside = np.zeros((height, width), np.bool_)
    top, left = round(height * (1 - CENTRE) / 2), round(width * (1 - CENTRE) / 2)
    inside[top : height - top, left : width - left] = True
    return inside


def _largest_spot(evidence: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the mask of the connected spot of strong pixels with the most evidence.

    Pixels are connected by their sides.
    """
    falling = np.sort(evidence, axis=None)[::-1]
    needed = int(np.searchsorted(np.cumsum(falling), STRONG * falling.sum()))
    # A threshold, not a number of pixels: pixels of a region share one value, so that a region is in or out as a whole.
    labels, count = ndimage.label(evidence >= falling[min(needed, falling.size - 1)])
    held = ndimage.sum_labels(evidence, labels, np.arange(1, count + 1))
    spot: NDArray[np.bool_] = labels == int(np.argmax(held)) + 1
    return spot
