"""What the model goes by, cut out: the part of each picture where its evidence is densest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core.evidence import location

SIDE = 1 / 3
"""Side of a patch, as part of the picture's shorter side: all patches are of one size, so that they compare."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A square of a picture.

    Attributes
    ----------
    image_id
        Of the picture.
    top, left, side
        In pixels of the model's input.
    value
        What speaks for the class within, in logits: the sum of the positive contrast.
    share
        Part of all that speaks for it in the picture.
    area
        Part of the picture that the patch covers; `share` over it is 1 where evidence lies evenly.
    """

    image_id: str
    top: int
    left: int
    side: int
    value: float
    share: float
    area: float

    def mask(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """(H, W) bool: the pixels of the picture that it covers."""
        within = np.zeros(shape[:2], np.bool_)
        within[self.top : self.top + self.side, self.left : self.left + self.side] = True
        return within


def patch(image_id: str, contrast: NDArray[np.float32]) -> Patch | None:
    """Choose the square that holds most of the strongest connected spot of a map.

    Parameters
    ----------
    image_id
        Of the picture.
    contrast : (H, W) float32
        In logits per pixel; what is positive speaks for the class.

    Returns
    -------
    The patch; of several that hold the same, the one nearest to the spot's centroid. None where nothing is positive.
    """
    strong = location.spot(contrast)
    if not strong.any():
        return None
    positive = np.maximum(contrast, 0).astype(np.float64)
    side = max(1, round(SIDE * min(contrast.shape)))
    held = _windows(np.where(strong, positive, 0), side)
    candidates = np.argwhere(held >= held.max() * (1 - 1e-9))
    centroid = np.argwhere(strong).mean(axis=0)
    top, left = candidates[np.linalg.norm(candidates + (side - 1) / 2 - centroid, axis=1).argmin()]
    value = float(positive[top : top + side, left : left + side].sum())
    return Patch(
        image_id=image_id,
        top=int(top),
        left=int(left),
        side=side,
        value=value,
        share=value / float(positive.sum()),
        area=side**2 / contrast.size,
    )


def _windows(values: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """(H - side + 1, W - side + 1): sums over every square, by the corner at its upper left."""
    sums = np.pad(values.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    held: NDArray[np.float64] = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return held
