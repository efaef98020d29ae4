"""Where in a picture the evidence lies: one number a question, from one map."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

CENTRE = float(np.sqrt(0.5))
"""Side of the central half over the side of the picture: it holds half of the area."""

STRONG = 0.5
"""The strongest pixels that together hold this part of the evidence are what can form a spot."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the evidence for a label lies.

    Attributes
    ----------
    total
        Sum of the positive values, in logits.
    central
        Part of it within the central half of the picture; 0.5 is what evidence strewn evenly would give.
    spot
        Part of it in the largest connected spot of strong evidence; at most about `STRONG`.
    spot_area
        Part of the picture that this spot covers.
    """

    total: float
    central: float
    spot: float
    spot_area: float


def place(shap_map: NDArray[np.float32]) -> Place:
    """Describe where the positive values of a map lie; all shares are 0 where there are none.

    Parameters
    ----------
    shap_map : (H, W) float32
        SHAP value per pixel, in logits: of a label, or a contrast.
    """
    evidence = np.maximum(shap_map, 0).astype(np.float64)
    total = float(evidence.sum())
    if total == 0:
        return Place(0.0, 0.0, 0.0, 0.0)
    strong = spot(shap_map)
    return Place(
        total=total,
        central=share_in(shap_map, central_half(evidence.shape)),
        spot=float(evidence[strong].sum() / total),
        spot_area=float(strong.mean()),
    )


def spot(shap_map: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(H, W) bool: the largest connected spot of strong evidence; nowhere where nothing is positive."""
    evidence = np.maximum(shap_map, 0).astype(np.float64)
    return _largest_spot(evidence) if evidence.any() else np.zeros(evidence.shape, np.bool_)


def share_in(shap_map: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    """Part of the positive values of a map that lies within a mask, both (H, W); 0 where there are none."""
    evidence = np.maximum(shap_map, 0).astype(np.float64)
    total = float(evidence.sum())
    return float(evidence[mask].sum() / total) if total else 0.0


@dataclass(frozen=True, slots=True)
class Share:
    """What one part of a picture holds.

    Attributes
    ----------
    evidence
        Part of the positive values of a map that lies in it.
    area
        Part of the picture that it covers; equal to `evidence` where evidence is strewn evenly.
    """

    evidence: float
    area: float


def shares_by(shap_map: NDArray[np.float32], label_mask: NDArray[np.uint8]) -> dict[int, Share]:
    """Describe how the positive values of a map are shared out among the parts of a picture.

    Parameters
    ----------
    shap_map : (H, W) float32
        SHAP value per pixel, in logits: of a label, or a contrast.
    label_mask : (H, W) uint8
        Which part each pixel belongs to.

    Returns
    -------
    For each value that the mask has, in rising order, its share. Areas sum to 1, and so do the shares of the evidence
    unless the map has no positive values: then they are 0.

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
    """(H, W) bool: the rectangle in the middle that holds half of the picture's area, to within a row or column."""
    height, width = shape
    inside = np.zeros((height, width), np.bool_)
    top, left = round(height * (1 - CENTRE) / 2), round(width * (1 - CENTRE) / 2)
    inside[top : height - top, left : width - left] = True
    return inside


def _largest_spot(evidence: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The connected part (by sides) of the strongest pixels that holds most evidence."""
    falling = np.sort(evidence, axis=None)[::-1]
    enough = int(np.searchsorted(np.cumsum(falling), STRONG * falling.sum()))
    # Pixels of a region share one value, so that a region is in or out as a whole.
    labels, count = ndimage.label(evidence >= falling[min(enough, falling.size - 1)])
    held = ndimage.sum_labels(evidence, labels, np.arange(1, count + 1))
    spot: NDArray[np.bool_] = labels == int(np.argmax(held)) + 1
    return spot
