"""Hold-out R2 of region values, computed on coalitions that came after the values."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LEAST = 24
"""Smallest number of coalitions of a block for which an R2 is reported."""


class HoldoutR2:
    """Score of earlier values as predictors of the logits of one later block of coalitions.

    The values were fitted before this block, so no coalition is scored by values that were fitted to it. The mean of
    the block is left out because every block has an intercept of its own (`regression.Equations`).

    Parameters
    ----------
    values : (R, L)
        Values of the regions of the block, in logits; None if there are none yet.
    labels
        Number of labels.

    Attributes
    ----------
    count
        Number of coalitions that were predicted.
    """

    def __init__(self, values: NDArray[np.float64] | None, labels: int) -> None:
        self.count = 0
        self._values = values
        # Row 0 is of the logits, row 1 of the residuals: logits minus prediction.
        self._sums = np.zeros((2, labels))
        self._squares = np.zeros((2, labels))

    @property
    def enough(self) -> bool:
        """True if there are enough coalitions to report an R2."""
        return self.count >= LEAST

    def take(self, shown: NDArray[np.bool_], logits: NDArray[np.float64]) -> None:
        """Add a coalition, given as (R,) shown regions and (L,) logits."""
        if self._values is None:
            return
        both = np.stack([logits, logits - self._values[shown].sum(axis=0)])
        self._sums += both
        self._squares += both**2
        self.count += 1

    def variations(self) -> NDArray[np.float64]:
        """Return the (2, L) sums of squared deviations from the mean, of the logits and of the residuals.

        They are 0 for a label whose logit does not vary.
        """
        found = self._squares - self._sums**2 / max(1, self.count)
        # The difference of two large sums leaves a rounding error where all logits are equal.
        return np.where(found[:1] > np.finfo(np.float32).eps * self._squares[:1], found, 0)


def pooled_r2(blocks: Sequence[HoldoutR2]) -> NDArray[np.float64]:
    """Return `Uncertainty.r2`, (L,), from the last two blocks in time that have enough coalitions."""
    found = [block.variations() for block in blocks if block.enough][-2:]
    whole, rest = np.sum(found, axis=0) if found else 0 * blocks[0].variations()
    # R2 = 1 - (sum of squared residuals) / (sum of squared deviations); not defined where nothing varies.
    return np.where(whole > 0, 1 - rest / np.where(whole > 0, whole, 1), np.nan)
