"""Areas on a map of pictures, as polygons that fit into a link."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from skimage.measure import approximate_polygon, points_in_poly

MOST_CORNERS = 40
"""Corners of a polygon in a link."""

_MOST_DRAWN = 2_000  # corners of an outline from the browser; more are thinned out, because each costs time
_FARTHEST, _LEAST = 1e6, 1e-3  # far beyond the map, and less than a link writes

Polygon = tuple[tuple[float, float], ...]


def box(x: Sequence[float], y: Sequence[float]) -> Polygon:
    """Return a box by two opposite corners.

    >>> box([0, 2], [5, 1])
    ((0.0, 1.0), (2.0, 1.0), (2.0, 5.0), (0.0, 5.0))
    """
    (left, right), (low, high) = sorted(map(float, x)), sorted(map(float, y))
    return ((left, low), (right, low), (right, high), (left, high))


def simplified(x: Sequence[float], y: Sequence[float]) -> Polygon:
    """Return a drawn outline with at most `MOST_CORNERS` corners (Douglas and Peucker 1973).

    Coordinates come from a browser. Without an area, or with numbers that are none, there is no outline: ().
    """
    corners = np.column_stack([x, y]).astype(np.float64)
    corners = corners[:: -(-len(corners) // _MOST_DRAWN) or 1]
    if len(corners) < 3 or not (np.abs(corners) < _FARTHEST).all() or np.ptp(corners, axis=0).max() < _LEAST:
        return ()
    closed = np.vstack([corners, corners[:1]])
    tolerance = 0.002 * float(np.ptp(corners, axis=0).max())
    while True:
        found = approximate_polygon(closed, tolerance)[:-1]  # type: ignore[no-untyped-call]
        if len(found) <= MOST_CORNERS:
            return tuple((float(one), float(two)) for one, two in found) if len(found) > 2 else ()
        tolerance *= 1.5


def area_text(polygons: Sequence[Polygon]) -> str:
    """Return polygons as text for a link.

    >>> area_text([((0, 1), (2.04, 1), (2, 5.26))])
    '0,1,2,1,2,5.3'
    """
    parts = ([f"{number:.1f}".removesuffix(".0") for corner in each for number in corner] for each in polygons)
    return "_".join(map(",".join, parts))


def parse_area(text: str) -> tuple[Polygon, ...] | None:
    """Return the polygons of a text from `area_text`, None if it is none.

    >>> parse_area("0,1,2,1,2,5.3")
    (((0.0, 1.0), (2.0, 1.0), (2.0, 5.3)),)
    >>> parse_area("0,1,2,1"), parse_area("0,1,2,1,2,nan"), parse_area("somewhere")
    (None, None, None)
    """
    found = []
    for part in text.split("_"):
        try:
            numbers = [float(number) for number in part.split(",")]
        except ValueError:
            return None
        if len(numbers) < 6 or len(numbers) % 2 or not np.isfinite(numbers).all():
            return None
        found.append(tuple(zip(numbers[::2], numbers[1::2], strict=True)))
    return tuple(found)


def inside(places: NDArray[np.floating], polygons: Sequence[Polygon]) -> NDArray[np.bool_]:
    """Return which places are in one of some polygons.

    Parameters
    ----------
    places : (N, 2) floats
        NaN is nowhere.
    polygons
        From `parse_area`.

    Returns
    -------
    (N,) bool
    """
    found = np.zeros(len(places), np.bool_)
    known = np.flatnonzero(np.isfinite(places).all(axis=1))
    for each in polygons:
        corners = np.asarray(each, np.float64)
        found[known] |= points_in_poly(np.asarray(places[known], np.float64), corners)  # type: ignore[no-untyped-call]
    return found
