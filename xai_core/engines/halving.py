"""Axis-aligned halving of a picture, as shap does it: the tree over which Owen values are found."""

import numpy as np
from numpy.typing import NDArray

from xai_core.masking import Rect


def halved(rect: Rect) -> tuple[Rect, Rect]:
    """Two halves across the longer side, rows where both are equal; an odd row or column goes to the upper or left one.

    The lower or right one comes first. shap halves from the top and left; but its tree numbers the pixels backwards
    (`ind + M` in `_jit_build_partition_tree`, where pixel 0 is number M - 1), so that it lies on the picture turned by
    180 degrees.
    """
    top, bottom, left, right = rect
    if bottom - top >= right - left:
        row = bottom - (bottom - top) // 2
        return (row, bottom, left, right), (top, row, left, right)
    column = right - (right - left) // 2
    return (top, bottom, column, right), (top, bottom, left, column)


class Halving:
    """The part of a picture's halving that has been looked at.

    Attributes
    ----------
    rects, pixels
        Rectangle and number of pixels of every node. Node 0 is the picture; a node comes before its halves.
    """

    def __init__(self, whole: Rect) -> None:
        self.rects: list[Rect] = []
        self.pixels: list[int] = []
        self._halves: list[tuple[int, int] | None] = []
        self._add(whole)

    def halves(self, node: int) -> tuple[int, int]:
        """Nodes of the two halves of a node, which from now on is no leaf."""
        halves = self._halves[node]
        if halves is None:
            first, second = halved(self.rects[node])
            self._halves[node] = halves = self._add(first), self._add(second)
        return halves

    def spread(self, credit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pass the (nodes, L) credit of every halved node down to its halves, by their number of pixels."""
        for node, halves in enumerate(self._halves):
            for half in halves or ():
                credit[half] += credit[node] * (self.pixels[half] / self.pixels[node])
        return credit

    def painted(self, shape: tuple[int, int]) -> tuple[NDArray[np.int32], list[int]]:
        """Nodes that were not halved, and which of them each pixel lies in."""
        leaves = [node for node, halves in enumerate(self._halves) if halves is None]
        region_of = np.empty(shape, np.int32)
        for region, leaf in enumerate(leaves):
            top, bottom, left, right = self.rects[leaf]
            region_of[top:bottom, left:right] = region
        return region_of, leaves

    def _add(self, rect: Rect) -> int:
        top, bottom, left, right = rect
        self.rects.append(rect)
        self.pixels.append((bottom - top) * (right - left))
        self._halves.append(None)
        return len(self.rects) - 1
