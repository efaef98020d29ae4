"""How far values that were found before foresee what coalitions do that come after."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LEAST = 24
"""Coalitions of a block from which something is said."""


class Foresight:
    """Of one block of coalitions by the values from before it, but for the mean of the block.

    Parameters
    ----------
    values : (R, L)
        Of the regions of the block, in logits; None where none had been found.
    labels
        How many.

    Attributes
    ----------
    count
        Coalitions that were foreseen.
    """

    def __init__(self, values: NDArray[np.float64] | None, labels: int) -> None:
        self.count = 0
        self._values = values
        self._sums = np.zeros((2, labels))
        self._squares = np.zeros((2, labels))

    @property
    def enough(self) -> bool:
        """Whether there were enough coalitions to say something."""
        return self.count >= LEAST

    def take(self, shown: NDArray[np.bool_], logits: NDArray[np.float64]) -> None:
        """Look at a coalition: (R,) and (L,)."""
        if self._values is None:
            return
        both = np.stack([logits, logits - self._values[shown].sum(axis=0)])
        self._sums += both
        self._squares += both**2
        self.count += 1

    def variations(self) -> NDArray[np.float64]:
        """(2, L): sums of squares of the logits about their mean, and of what was not foreseen of them; 0 is 0."""
        found = self._squares - self._sums**2 / max(1, self.count)
        # What rounding leaves of equal logits is no variation.
        return np.where(found[:1] > np.finfo(np.float32).eps * self._squares[:1], found, 0)


def foreseen(blocks: Sequence[Foresight]) -> NDArray[np.float64]:
    """(L,): `Uncertainty.r2` by the last two of some blocks, in time, that have enough coalitions."""
    said = [block.variations() for block in blocks if block.enough][-2:]
    whole, rest = np.sum(said, axis=0) if said else 0 * blocks[0].variations()
    return np.where(whole > 0, 1 - rest / np.where(whole > 0, whole, 1), np.nan)
