"""Sequence of the coalitions of the engine `regions`, from very coarse to fine."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core.engines.paley import balanced_block
from xai_core.engines.segmentation import Segmentation

COARSE_SHARE = 0.14
"""Share of the coalitions that show or hide very large regions.

They give a large even object its credit. In a picture with many holes a model recognises little of such an object, and
values from small regions alone add up to much less than the whole."""

COARSEST = (6, 12)
"""Numbers of very large regions, by turns."""

COARSE_WEIGHT = 1.5
"""Weight of a coalition of very large regions in the fit."""

FIRST = 64
"""Number of regions of the first block."""

LARGE, EVERY = 40, 3
"""Number of large regions that every third block shows or hides."""

GRAIN = 9.5
"""Number of regions of a block, divided by the square root of the evaluations before it."""


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """Coalition with its place in the design.

    Attributes
    ----------
    shown : (R,) bool
        True for a shown region.
    group
        Number of the group of coalitions that share an intercept in the fit.
    weight
        Weight in the fit.
    """

    shown: NDArray[np.bool_]
    group: int
    weight: float


class Schedule:
    """Sequence of coalitions of one picture.

    Coalition n depends on the seed, on n and on the tree of regions. It depends neither on logits nor on the size of
    batches.

    Parameters
    ----------
    tree
        Tree of regions.
    regions
        Nodes of the tree that are the R regions of the fit, in the order of their patches.
    seed
        Seed of the coins.
    """

    def __init__(self, tree: Segmentation, regions: list[int], seed: int) -> None:
        self._tree = tree
        self._regions = regions
        self._seed = seed
        self._draws: list[Draw] = []
        # Groups 0 and 1 are the very coarse coalitions, which come between the others one at a time. The blocks of the
        # others are groups of their own.
        self._coarse = [_Stream(tree, regions, (seed, 1 + turn)) for turn in range(len(COARSEST))]
        self._fine = _Stream(tree, regions, (seed, 0))

    def draw(self, number: int) -> Draw:
        """Return a coalition by its number, 0 for the first one after the hidden and the whole picture."""
        while len(self._draws) <= number:
            self._draws.append(self._next())
        return self._draws[number]

    def _next(self) -> Draw:
        number = len(self._draws)
        coarse = int(number * COARSE_SHARE)
        if int((number + 1) * COARSE_SHARE) > coarse:
            turn = coarse % len(COARSEST)
            # Six regions have 64 coalitions. Drawn more often, they would only repeat themselves.
            if self._coarse[turn].drawn >= 2 ** COARSEST[turn]:
                turn = len(COARSEST) - 1
            shown = self._coarse[turn].next(COARSEST[turn])
            return Draw(shown, turn, COARSE_WEIGHT)
        block = self._fine.block
        if block == 0:
            count = FIRST
        elif block % EVERY == 0:
            count = LARGE
        else:
            count = round(GRAIN * (number + 2) ** 0.5)
        shown = self._fine.next(count)
        return Draw(shown, len(COARSEST) + block, 1.0)


class _Stream:
    """Coalitions of balanced blocks, one after the other.

    Attributes
    ----------
    drawn
        Number of coalitions so far.
    """

    def __init__(self, tree: Segmentation, regions: list[int], seed: tuple[int, int]) -> None:
        self._tree = tree
        self._regions = regions
        self._seed = seed
        self._started = 0
        self._left: list[NDArray[np.bool_]] = []
        # Most blocks have one of a few counts.
        self._cuts: dict[int, tuple[int, NDArray[np.intp]]] = {}
        self.drawn = 0

    @property
    def block(self) -> int:
        """Number of the block of the next coalition."""
        return self._started if not self._left else self._started - 1

    def next(self, count: int) -> NDArray[np.bool_]:
        """Return the (R,) shown regions of the next coalition; a new block has up to `count` regions."""
        if not self._left:
            nodes, within = self._cut(min(count, len(self._regions) + 1))
            # A generator for each block: no coalition depends on how many random numbers were taken before.
            random = np.random.default_rng([*self._seed, self._started])
            self._left = list(balanced_block(nodes, random)[::-1].take(within, axis=1))
            self._started += 1
        self.drawn += 1
        return self._left.pop()

    def _cut(self, count: int) -> tuple[int, NDArray[np.intp]]:
        """Return the number of nodes of a cut, at most that of the regions, and the node of each region."""
        if count not in self._cuts:
            cut = sorted(self._tree.cut(count), key=lambda node: int(self._tree.first[node]))
            if len(cut) > len(self._regions):
                cut = self._regions
            # Patches of a node are consecutive and cuts are nested, so a binary search over the ends is enough.
            within = np.searchsorted(self._tree.end[cut], self._tree.first[self._regions], side="right")
            self._cuts[count] = len(cut), within
        return self._cuts[count]
