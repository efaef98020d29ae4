"""Axis-aligned halving of a picture as in shap, the tree over which Owen values are computed."""

import numpy as np
from numpy.typing import NDArray

from xai_core.model.runtime import Rect


def halved(rect: Rect) -> tuple[Rect, Rect]:
    """Return the two halves of a rectangle, the lower or right one first.

    The longer side is divided, and rows where both are equal. An odd row or column goes to the upper or left half.
    shap halves from the top and left; but its tree numbers the pixels backwards (`ind + M` in
    `_jit_build_partition_tree`, where pixel 0 is number M - 1), so that it lies on the picture turned by 180 degrees.
    """
    top, bottom, left, right = rect
    if bottom - top >= right - left:
        row = bottom - (bottom - top) // 2
        return (row, bottom, left, right), (top, row, left, right)
    column = right - (right - left) // 2
    return (top, bottom, column, right), (top, bottom, left, column)


class Halving:
    """Part of a picture's halving that has been explored.

    Attributes
    ----------
    rects, pixels
        Rectangle and number of pixels of every node. Node 0 is the picture, and a node comes before its halves.
    """

    def __init__(self, whole: Rect) -> None:
        self.rects: list[Rect] = []
        self.pixels: list[int] = []
        self._halves: list[tuple[int, int] | None] = []
        self._add(whole)

    def halves(self, node: int) -> tuple[int, int]:
        """Return the two halves of a node, and add them to the tree if they are new."""
        halves = self._halves[node]
        if halves is None:
            first, second = halved(self.rects[node])
            self._halves[node] = halves = self._add(first), self._add(second)
        return halves

    def spread(self, credit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pass the (nodes, L) credit of every divided node down to its halves, in proportion to their pixels.

        The credit of a divided node is its value from contexts in which it is still a leaf.
        """
        # A node comes before its halves, so one pass reaches the leaves.
        for node, halves in enumerate(self._halves):
            for half in halves or ():
                credit[half] += credit[node] * (self.pixels[half] / self.pixels[node])
        return credit

    def region_map(self, shape: tuple[int, int]) -> tuple[NDArray[np.int32], list[int]]:
        """Return the leaf that each pixel lies in, (H, W) int32 indices, and the leaves that they index."""
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
