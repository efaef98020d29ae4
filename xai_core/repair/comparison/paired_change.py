"""Change of a yes-or-no outcome on the same pictures, with McNemar's test and an interval."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, norm

LEVEL = 0.95
"""Confidence level of intervals."""


@dataclass(frozen=True, slots=True)
class PairedChange:
    """Counts of an outcome, such as "right", before and after on the same pictures.

    Attributes
    ----------
    pictures
        Number of pictures.
    before, after
        Number of pictures with the outcome.
    gained, lost
        Number of pictures that have the outcome only after, and only before.
    """

    pictures: int
    before: int
    after: int
    gained: int
    lost: int

    @classmethod
    def of(cls, before: NDArray[np.bool_], after: NDArray[np.bool_]) -> "PairedChange":
        """Count an outcome, (N,) bool before and after, of the same pictures in the same order."""
        return cls(
            pictures=len(before),
            before=int(before.sum()),
            after=int(after.sum()),
            gained=int((after & ~before).sum()),
            lost=int((before & ~after).sum()),
        )

    @property
    def difference(self) -> float:
        """Share of the pictures with the outcome after, minus that before; 0 without pictures."""
        return (self.after - self.before) / self.pictures if self.pictures else 0.0

    @property
    def p_value(self) -> float:
        """Two-sided p-value of McNemar's exact test; 1 where no picture changes.

        Only pictures that change count. If the change had no direction, each would be as likely to gain the outcome as
        to lose it (Q. McNemar, Psychometrika 1947).
        """
        changed = self.gained + self.lost
        return float(binomtest(self.gained, changed).pvalue) if changed else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of `difference`.

        It is Wald's interval for matched pairs with half a picture added to each of the four cells, which keeps its
        level in small samples too (A. Agresti and Y. Min, Statistics in Medicine 2005).
        """
        count = self.pictures + 2
        gained, lost = self.gained + 0.5, self.lost + 0.5
        middle = (gained - lost) / count
        error = float(np.sqrt(gained + lost - (gained - lost) ** 2 / count)) / count
        reach = float(norm.ppf((1 + LEVEL) / 2)) * error
        return max(-1.0, middle - reach), min(1.0, middle + reach)

    def to_json(self) -> dict[str, object]:
        """Return counts, difference, interval and p-value as plain JSON values."""
        return {
            "pictures": self.pictures,
            "before": self.before,
            "after": self.after,
            "gained": self.gained,
            "lost": self.lost,
            "difference": self.difference,
            "interval": list(self.interval),
            "p_value": self.p_value,
        }


def share_interval(count: int, total: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share; 0 to 1 where there is nothing to count."""
    if total == 0:
        return 0.0, 1.0
    found = binomtest(count, total).proportion_ci(LEVEL, method="wilson")
    return float(found.low), float(found.high)
