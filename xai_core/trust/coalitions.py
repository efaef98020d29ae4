"""Random coalitions that test a map.

No method uses such coalitions to find its values.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

MIN_SHOWN, MAX_SHOWN = 0.2, 0.8
"""Bounds of the shown share; beyond them the model's answer is nearly the same whatever is hidden."""

COARSE_CELLS, FINE_CELLS = 5, 13
"""Cells a side of the two grids.

Both are odd, so that their lines differ from those of the `partition` engine, which halves the picture.
"""

BLOB_SIGMA = 1 / 12
"""Standard deviation of the smoothing that makes blobs, as a share of the picture's shorter side."""

MAX_RECTANGLES = 6

Shape = tuple[int, int]


def random_coalitions(shape: Shape, per_kind: int, seed: int) -> dict[str, list[NDArray[np.bool_]]]:
    """Return random masks of four kinds.

    They hide rectangles, cells of a coarse and of a fine grid, and blobs.

    Parameters
    ----------
    shape
        Height and width in pixels.
    per_kind
        Number of masks of each kind.
    seed
        The same seed gives the same masks. A longer list begins with the shorter one.

    Returns
    -------
    For each name of `KINDS` a list of (H, W) masks, True where shown. They show 0.2 to 0.8 of the picture. In a picture
    with fewer pixels than a grid has cells, the share may miss that range by less than one pixel.
    """
    # A generator of its own for each mask: the n-th mask of a kind does not depend on how many there are.
    return {
        kind: [_sample_mask(draw, shape, np.random.default_rng([seed, number, index])) for number in range(per_kind)]
        for index, (kind, draw) in enumerate(KINDS.items())
    }


def _sample_mask(
    draw: Callable[[Shape, float, np.random.Generator], NDArray[np.bool_]], shape: Shape, random: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw masks until one shows a share of the picture within the bounds."""
    # Rejection sampling, because the share that rectangles and cells show is known only once they are drawn. The
    # tolerance of one pixel is for tiny pictures, which have few possible shares.
    tolerance = 1 / (shape[0] * shape[1])
    while True:
        shown = draw(shape, random.uniform(MIN_SHOWN, MAX_SHOWN), random)
        if MIN_SHOWN - tolerance <= shown.mean() <= MAX_SHOWN + tolerance:
            return shown


def _rectangles(shape: Shape, _share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    """Hide a few rectangles, which may overlap."""
    shown = np.ones(shape, np.bool_)
    for _ in range(int(random.integers(1, MAX_RECTANGLES + 1))):
        rows = np.sort(random.integers(0, shape[0] + 1, 2))
        columns = np.sort(random.integers(0, shape[1] + 1, 2))
        shown[rows[0] : rows[1], columns[0] : columns[1]] = False
    return shown


def _cells(shape: Shape, share: float, random: np.random.Generator, side: int) -> NDArray[np.bool_]:
    """Show the cells of a grid independently of each other."""
    rows, columns = (np.arange(length) * min(side, length) // length for length in shape)
    cells = random.random((side, side)) < share
    return cells[np.ix_(rows, columns)]


def _coarse(shape: Shape, share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    return _cells(shape, share, random, COARSE_CELLS)


def _fine(shape: Shape, share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    return _cells(shape, share, random, FINE_CELLS)


def _blobs(shape: Shape, share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    """Show the pixels where smoothed noise is highest."""
    noise = ndimage.gaussian_filter(random.normal(size=shape), BLOB_SIGMA * min(shape))
    highest = np.argsort(-noise.ravel(), kind="stable")[: round(share * noise.size)]
    shown = np.zeros(noise.size, np.bool_)
    shown[highest] = True
    return shown.reshape(shape)


KINDS = {"rectangles": _rectangles, "coarse cells": _coarse, "fine cells": _fine, "blobs": _blobs}
"""Functions that draw a mask of each kind with a given share shown."""
