"""Hold-out R2 of region values, computed on coalitions that came after the values."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LEAST = 24
"""Smallest number of coalitions for which an R2 is reported."""


class HoldoutR2:
    """Score of earlier values as predictors of the logits of later coalitions.

    The values were fitted before, so no coalition is scored by values that were fitted to it. The mean of each group of
    coalitions is left out, because every group has an intercept of its own in the fit (`nuisance.projected`).

    Parameters
    ----------
    values : (R, L)
        Values of the regions, in logits; None if there are none yet.
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
        self._labels = labels
        # Logits and residuals (logits minus prediction) of each coalition, by its group.
        self._pairs: defaultdict[int, list[NDArray[np.float64]]] = defaultdict(list)

    def take(self, shown: NDArray[np.bool_], logits: NDArray[np.float64], group: int = 0) -> None:
        """Add a coalition, given as (R,) shown regions, (L,) logits and the number of its group."""
        if self._values is None:
            return
        pair = np.empty((2, self._labels))
        pair[0] = logits
        np.subtract(logits, shown @ self._values, out=pair[1])
        self._pairs[group].append(pair)
        self.count += 1

    def variations(self) -> NDArray[np.float64]:
        """Return the (2, L) sums of squared deviations from the means, of the logits and of the residuals.

        They are 0 for a label whose logit does not vary.
        """
        squares = np.zeros((2, self._labels))
        for pairs in self._pairs.values():
            squares += np.var(pairs, axis=0) * len(pairs)
        largest = max((float(np.abs(pairs).max()) for pairs in self._pairs.values()), default=0.0)
        # Logits are float32, whose rounding alone is no variation.
        return np.where(squares[:1] > self.count * (4 * np.finfo(np.float32).eps * largest) ** 2, squares, 0)


def pooled_r2(windows: Sequence[HoldoutR2]) -> NDArray[np.float64]:
    """Return `Uncertainty.r2`, (L,), of all coalitions of some windows in time, NaN if there are too few."""
    whole, rest = np.sum([window.variations() for window in windows], axis=0)
    known = (whole > 0) & (sum(window.count for window in windows) >= LEAST)
    # R2 = 1 - (sum of squared residuals) / (sum of squared deviations); not defined where nothing varies.
    return np.where(known, 1 - rest / np.where(whole > 0, whole, 1), np.nan)
