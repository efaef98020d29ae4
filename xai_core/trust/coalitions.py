"""Random ways of hiding parts of a picture that no method uses to find its values."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

LEAST_SHOWN, MOST_SHOWN = 0.2, 0.8
"""Shares of the picture: with less or more hidden the model says much the same whatever it is."""

COARSE, FINE = 5, 13
"""Cells a side of the two grids; odd, so that their lines are not those of any halving."""

GRAIN = 1 / 12
"""Standard deviation of the smoothing that makes blobs, as a share of the picture's shorter side."""

MOST_RECTANGLES = 6

Shape = tuple[int, int]


def random_coalitions(shape: Shape, each: int, seed: int) -> dict[str, list[NDArray[np.bool_]]]:
    """Masks of four kinds: random rectangles hidden, cells of a coarse and of a fine grid, and smooth blobs.

    Parameters
    ----------
    shape
        Height and width in pixels.
    each
        Masks of each kind.
    seed
        The same seed gives the same masks, and more of them go on where fewer ended.

    Returns
    -------
    For each name of `KINDS` that many (H, W) masks, True where shown: 0.2 to 0.8 of the picture. (Only a picture of
    fewer pixels than a grid has cells may miss that range, by less than one pixel.)
    """
    return {
        kind: [_within(draw, shape, np.random.default_rng([seed, number, place])) for number in range(each)]
        for place, (kind, draw) in enumerate(KINDS.items())
    }


def _within(
    draw: Callable[[Shape, float, np.random.Generator], NDArray[np.bool_]], shape: Shape, random: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw until the share that is shown is as wanted."""
    slack = 1 / (shape[0] * shape[1])
    while True:
        shown = draw(shape, random.uniform(LEAST_SHOWN, MOST_SHOWN), random)
        if LEAST_SHOWN - slack <= shown.mean() <= MOST_SHOWN + slack:
            return shown


def _rectangles(shape: Shape, _share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    """All is shown but a few rectangles, which may overlap."""
    shown = np.ones(shape, np.bool_)
    for _ in range(int(random.integers(1, MOST_RECTANGLES + 1))):
        rows = np.sort(random.integers(0, shape[0] + 1, 2))
        columns = np.sort(random.integers(0, shape[1] + 1, 2))
        shown[rows[0] : rows[1], columns[0] : columns[1]] = False
    return shown


def _cells(shape: Shape, share: float, random: np.random.Generator, side: int) -> NDArray[np.bool_]:
    rows, columns = (np.arange(length) * min(side, length) // length for length in shape)
    cells = random.random((side, side)) < share
    return cells[np.ix_(rows, columns)]


def _coarse(shape: Shape, share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    return _cells(shape, share, random, COARSE)


def _fine(shape: Shape, share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    return _cells(shape, share, random, FINE)


def _blobs(shape: Shape, share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    """Where smoothed noise is highest."""
    noise = ndimage.gaussian_filter(random.normal(size=shape), GRAIN * min(shape))
    highest = np.argsort(-noise.ravel(), kind="stable")[: round(share * noise.size)]
    shown = np.zeros(noise.size, np.bool_)
    shown[highest] = True
    return shown.reshape(shape)


KINDS = {"rectangles": _rectangles, "coarse cells": _coarse, "fine cells": _fine, "blobs": _blobs}
"""How each kind is drawn, given the share to be shown."""
