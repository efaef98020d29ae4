"""Patches, the squares of pictures with the densest evidence."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core.evidence import location

SIDE = 1 / 3
"""Side of a patch as a share of the picture's shorter side; one for all, so that patches can be compared."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Square of a picture.

    Attributes
    ----------
    image_id
        Id of the picture.
    top, left, side
        In pixels of the model's input.
    value
        Evidence for the class inside, in logits: the sum of the positive contrast.
    share
        Share of the picture's evidence for the class.
    area
        Share of the picture that the patch covers. `share / area` is 1 for evenly distributed evidence.
    """

    image_id: str
    top: int
    left: int
    side: int
    value: float
    share: float
    area: float

    def mask(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Return the mask, (H, W) bool, of the pixels inside the patch."""
        within = np.zeros(shape[:2], np.bool_)
        within[self.top : self.top + self.side, self.left : self.left + self.side] = True
        return within


def strongest_patch(image_id: str, contrast: NDArray[np.float32]) -> Patch | None:
    """Choose the square that holds most of the strongest connected spot of a map.

    Parameters
    ----------
    image_id
        Id of the picture.
    contrast : (H, W) float32
        In logits per pixel; positive values are evidence for the class.

    Returns
    -------
    The patch. Of several with the same evidence, it is the one nearest to the spot's centroid. None if nothing is
    positive.
    """
    strong = location.strongest_spot(contrast)
    if not strong.any():
        return None
    positive = np.maximum(contrast, 0).astype(np.float64)
    side = max(1, round(SIDE * min(contrast.shape)))
    held = _windows(np.where(strong, positive, 0), side)
    # Values of a region are equal, so that many squares may tie; sums of floats are compared with some slack.
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
    """Return the sum over every square, (H - side + 1, W - side + 1), by its upper left corner."""
    # Summed-area table: four look-ups give the sum over any rectangle.
    sums = np.pad(values.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    held: NDArray[np.float64] = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return held
