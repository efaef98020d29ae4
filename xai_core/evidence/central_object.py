"""Location of the central object of a picture, from the picture alone.

Explanations have no part in it. Otherwise "the evidence lies on the object" would be true by construction.

A pixel belongs to the object the more, the less its colour resembles any colour at the rim of the picture and the
nearer it is to the middle. The half of the pixels with the largest weights have a weighted centroid and a spread. The
object is the ellipse with the same centroid and spread. It serves to align pictures and is no outline.
On 250 pictures of the demo its centre is off the painted food's by 0.057 of the side on average (the middle of the
picture is off by 0.083). It follows the food: the correlation is 0.74 vertically and 0.64 horizontally, and 0.47 for
the size.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

SIDE = 48
"""Pixels of the side of the reduced picture; more pixels give no better estimate."""

RIM = 1 / 8
"""Width of the rim as a share of the side."""

COLOURS = 6
"""Number of typical colours of the rim."""

MIDDLE = 0.25
"""Standard deviation of the central weight as a share of the side."""

_BLUR_PX = 0.75
_STEPS = 3
# Quantile of the rim's pixels from which a new colour starts. The last 5 % are outliers, typical of nothing.
_OUTLIERS = 0.95


@dataclass(frozen=True, slots=True)
class CentralObject:
    """Upright ellipse with centre and half-axes as shares of the picture's height and width."""

    y: float
    x: float
    half_height: float
    half_width: float

    def mask(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Return the mask, (H, W) bool, of the pixels inside the ellipse."""
        y, x = _middles(shape[0])[:, None], _middles(shape[1])[None]
        inside: NDArray[np.bool_] = ((y - self.y) / self.half_height) ** 2 + ((x - self.x) / self.half_width) ** 2 <= 1
        return inside


def central_object(view: NDArray[np.uint8]) -> CentralObject:
    """Estimate the location of the central object.

    Parameters
    ----------
    view : (H, W, 3) uint8
        The picture as the model sees it.

    Returns
    -------
    An ellipse; for a picture of one colour, a large one in the middle.
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
    """Return the picture reduced to (SIDE, SIDE, 3), each pixel the mean of a cell."""
    rows, columns = (np.linspace(0, size, SIDE + 1).astype(np.intp) for size in view.shape[:2])
    # In a picture smaller than the grid some cells are empty. reduceat then gives the pixel at their start.
    sums = np.add.reduceat(np.add.reduceat(view.astype(np.float64), rows[:-1], axis=0), columns[:-1], axis=1)
    counts = np.maximum(np.diff(rows), 1)[:, None] * np.maximum(np.diff(columns), 1)[None]
    small: NDArray[np.float64] = ndimage.gaussian_filter(sums / counts[..., None], (_BLUR_PX, _BLUR_PX, 0))
    return small


def _unlike_the_rim(small: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance of each cell's colour to the nearest colour of the rim, (SIDE, SIDE)."""
    width = round(RIM * SIDE)
    at_rim = np.ones((SIDE, SIDE), np.bool_)
    at_rim[width:-width, width:-width] = False
    rim = small[at_rim]
    colours = _typical(rim)
    return np.asarray(_distances(small.reshape(-1, 3), colours).min(axis=1).reshape(SIDE, SIDE))


def _typical(rim: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the typical colours of the rim, (COLOURS, 3), by k-means without random numbers.

    The first centre is near the median, each further one is far from those before.
    """
    chosen = [rim[np.linalg.norm(rim - np.median(rim, axis=0), axis=1).argmin()]]
    while len(chosen) < COLOURS:
        apart = _distances(rim, np.array(chosen)).min(axis=1)
        chosen.append(rim[np.argsort(apart, kind="stable")[int(_OUTLIERS * len(rim))]])
    colours = np.array(chosen)
    for _ in range(_STEPS):
        nearest = _distances(rim, colours).argmin(axis=1)
        for colour in np.unique(nearest):
            colours[colour] = rim[nearest == colour].mean(axis=0)
    return colours


def _distances(points: NDArray[np.float64], colours: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(points[:, None] - colours, axis=-1))


def _middles(size: int) -> NDArray[np.float64]:
    return (np.arange(size) + 0.5) / size


def _spread(weights: NDArray[np.float64]) -> tuple[float, float]:
    """Return the centroid and the half-axis of a filled ellipse with the same spread."""
    middles = _middles(len(weights))
    centre = float(np.average(middles, weights=weights))
    # The variance of a filled ellipse along an axis is a quarter of the squared half-axis.
    return centre, 2 * float(np.sqrt(np.average((middles - centre) ** 2, weights=weights)))
