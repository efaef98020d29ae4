"""Likeness of two photographs after one is laid over the other."""

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE_PX = 64
"""Longer side of the grey pictures that are compared."""

_SHRINKS = tuple(1 - 0.05 * step for step in range(10))
"""Sizes of the part, from as large as fits to a little over a half."""

_SMALLEST_PX = 20
_FLAT = 3.0  # standard deviation in grey values below which a picture has nothing to compare
_WORTH_REFINING = 0.6
_LARGEST_SHEAR, _LARGEST_STEP = 0.1, 6.0
_STEPS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 40, 1e-4)


@dataclass(frozen=True, slots=True, order=True)
class Likeness:
    """Agreement of two pictures.

    Attributes
    ----------
    correlation
        Correlation of the grey values where the pictures overlap, -1 to 1; 1 for copies.
    mirrored
        True if one has to be mirrored for it.
    """

    correlation: float
    mirrored: bool


def small_grey(photo: Image.Image) -> NDArray[np.uint8]:
    """Return a picture in grey, (H, W) uint8 with a longer side of `SIDE_PX`."""
    grey = np.asarray(photo.convert("L"))
    factor = SIDE_PX / max(grey.shape)
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def colour_cast(photo: Image.Image) -> NDArray[np.float64]:
    """Return the mean of red and of blue above green, (2,) in steps of 255."""
    red, green, blue = np.asarray(photo.convert("RGB").resize((16, 16), Image.Resampling.BOX), float).mean(axis=(0, 1))
    return np.array([red - green, blue - green])


def likeness(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Likeness:
    """Lay either picture over the other as a whole or as a part of it, also mirrored, and return the best agreement.

    The part is searched at several sizes (normalised cross-correlation) and then fitted by an affine motion (ECC,
    Evangelidis and Psarakis 2008).

    Parameters
    ----------
    first, second : (H, W) uint8
        From `small_grey`.
    """
    if min(first.std(), second.std()) < _FLAT:
        return Likeness(0.0, mirrored=False)
    found = Likeness(-1.0, mirrored=False)
    best: tuple[NDArray[np.uint8], NDArray[np.uint8], tuple[int, int]] | None = None
    for mirrored, swapped in product((False, True), (False, True)):
        other = np.ascontiguousarray(second[:, ::-1]) if mirrored else second
        whole, part = (other, first) if swapped else (first, other)
        for template in _templates(part, whole):
            scores = cv2.matchTemplate(whole, template, cv2.TM_CCOEFF_NORMED)
            _, score, _, place = cv2.minMaxLoc(scores)
            if np.isfinite(score) and score > found.correlation:
                found, best = Likeness(float(score), mirrored), (whole, template, (place[0], place[1]))
    if best is None or found.correlation < _WORTH_REFINING:
        return found
    return Likeness(max(found.correlation, _refined(*best)), found.mirrored)


def _templates(part: NDArray[np.uint8], whole: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Return a picture at all sizes at which it is searched in another."""
    height, width = part.shape
    largest = min(whole.shape[0] / height, whole.shape[1] / width)
    found = []
    for shrink in _SHRINKS:
        size = (round(width * largest * shrink), round(height * largest * shrink))
        if min(size) < _SMALLEST_PX:
            break
        template = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
        if template.std() >= _FLAT:
            found.append(template)
    return found


def _refined(whole: NDArray[np.uint8], template: NDArray[np.uint8], place: tuple[int, int]) -> float:
    """Return the correlation after a small affine motion from the place that was found."""
    start = np.array([[1, 0, place[0]], [0, 1, place[1]]], np.float32)
    try:
        _, motion = cv2.findTransformECC(template, whole, start.copy(), cv2.MOTION_AFFINE, _STEPS)
    except cv2.error:  # it found no motion; what the search found then counts
        return -1.0
    # A free motion makes any two pictures agree by shrinking one to a smooth spot of the other.
    change = motion - start
    if (
        np.abs(change[:, :2]).max() > _LARGEST_SHEAR
        or np.abs(change @ (*template.shape[::-1], 1)).max() > _LARGEST_STEP
    ):
        return -1.0
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (template.shape[1], template.shape[0])
    warped = cv2.warpAffine(whole, motion, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return float(np.corrcoef(template.ravel(), warped.ravel())[0, 1]) if warped.std() >= _FLAT else -1.0
