"""Score of a place where somebody thinks that the evidence lies."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

AREA = 0.1
"""Size of the place, as a share of the picture."""


@dataclass(frozen=True, slots=True)
class PlaceScore:
    """Evidence within a disc.

    Attributes
    ----------
    share
        Share of the positive evidence that the disc holds, 0 to 1.
    best
        Largest share that a disc of this size can hold; 0 if there is no positive evidence.
    """

    share: float
    best: float

    @property
    def points(self) -> int:
        """Share in percent of the best one, 0 to 100."""
        return round(100 * self.share / self.best) if self.best else 0


def disc(shape: tuple[int, ...], x: float, y: float) -> NDArray[np.bool_]:
    """Mark the pixels of a disc that would cover `AREA` of the picture if nothing of it lay outside.

    Parameters
    ----------
    shape
        Height and width of the picture in pixels.
    x, y
        Centre, as shares of width and height.

    Returns
    -------
    (H, W) bool.
    """
    height, width = shape[:2]
    down, across = np.ogrid[:height, :width]
    near: NDArray[np.bool_] = np.hypot(down + 0.5 - y * height, across + 0.5 - x * width) <= _radius(height, width)
    return near


def place_score(evidence: NDArray[np.float32], x: float, y: float) -> PlaceScore:
    """Measure how much of the positive evidence of a map (H, W) lies around a place.

    Parameters
    ----------
    evidence : (H, W)
        Map in logits per pixel.
    x, y
        The place, as shares of width and height.
    """
    positive = np.maximum(evidence, 0).astype(np.float64)
    total = float(positive.sum())
    if not total > 0:
        return PlaceScore(0.0, 0.0)
    reach = int(_radius(*evidence.shape)) + 1
    down, across = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.hypot(down, across) <= _radius(*evidence.shape)
    share = float(positive[disc(evidence.shape, x, y)].sum()) / total
    # Discs around pixels only; the place itself may lie between them and hold slightly more.
    best = float(fftconvolve(positive, kernel.astype(np.float64), mode="same").max()) / total
    return PlaceScore(share, max(best, share))


def _radius(height: int, width: int) -> float:
    return float(np.sqrt(AREA * height * width / np.pi))
