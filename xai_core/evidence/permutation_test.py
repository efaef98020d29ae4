"""Permutation test of a number between mistakes and correct pictures."""

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from xai_core.language import mark

RESAMPLES = 9999
"""Largest number of divisions into two groups that are tried; if there are no more, all of them are tried."""

SIGNIFICANCE_LEVEL = 0.05
"""Bound of the p-value below which a difference counts as more than chance."""

FEW = 5
"""Number of pictures in a group below which a result is weak."""

SIZES = ((0.147, mark("negligible")), (0.33, mark("small")), (0.474, mark("medium")), (1.0, mark("large")))
"""Cliff's delta in words, by upper bounds of its amount (Romano et al. 2006)."""


@dataclass(frozen=True, slots=True)
class GroupDifference:
    """Difference of a number between two groups of pictures.

    Attributes
    ----------
    mistakes, correct
        Number of pictures in each group.
    mean_mistakes, mean_correct
        Mean of each group.
    p_value
        Share of all divisions of the pictures into two such groups whose means are at least as far apart (permutation
        test). It is two-sided: twice the smaller of the two sides.
    exact
        True if all divisions were tried, False if `RESAMPLES` random ones were.
    delta
        Cliff's delta, -1 to 1. Over all pairs of a mistake and a correct picture, it is how much more often the mistake
        has the larger number than the smaller one.
    """

    mistakes: int
    correct: int
    mean_mistakes: float
    mean_correct: float
    p_value: float
    exact: bool
    delta: float

    @property
    def significant(self) -> bool:
        """True if chance would seldom give such a difference."""
        return self.p_value < SIGNIFICANCE_LEVEL

    @property
    def size(self) -> str:
        """Cliff's delta in a word, a text for `tr`."""
        # With some slack, because a mean of signs such as 33/100 may be rounded above the bound.
        return next(word for bound, word in SIZES if abs(self.delta) <= bound + 1e-12)

    @property
    def undecidable(self) -> bool:
        """True if the groups are so small that no difference at all could be significant."""
        # The most extreme division is one of all, and as much again for the other side.
        return 2 / comb(self.mistakes + self.correct, self.correct) >= SIGNIFICANCE_LEVEL

    @property
    def few(self) -> bool:
        """True if a group is so small that one more picture may change the answer."""
        return min(self.mistakes, self.correct) < FEW


def group_difference(
    mistakes: NDArray[np.float64], correct: NDArray[np.float64], *, seed: int = 0
) -> GroupDifference | None:
    """Compare a number of the mistakes with the same number of correct pictures.

    Parameters
    ----------
    mistakes : (M,) float64
    correct : (C,) float64
    seed
        Seed of the random divisions, used if there are too many to try all.

    Returns
    -------
    The difference; None if a group is empty.
    """
    if not (len(mistakes) and len(correct)):
        return None
    count = comb(len(mistakes) + len(correct), len(correct))
    return GroupDifference(
        mistakes=len(mistakes),
        correct=len(correct),
        mean_mistakes=float(mistakes.mean()),
        mean_correct=float(correct.mean()),
        p_value=_p_value(mistakes, correct, seed),
        exact=count <= RESAMPLES,
        delta=float(np.sign(mistakes[:, None] - correct[None]).mean()),
    )


def _p_value(mistakes: NDArray[np.float64], correct: NDArray[np.float64], seed: int) -> float:
    if min(len(mistakes), len(correct)) == 1:
        return _p_value_of_one(mistakes, correct)
    from scipy.stats import permutation_test  # noqa: PLC0415 - the first page need not wait for it

    # Independent samples: under the null hypothesis the number does not depend on the group, so that every division of
    # the pictures is equally likely. For random divisions scipy counts the observed one too, (k + 1) / (n + 1), so that
    # the p-value is never 0 (Phipson and Smyth 2010).
    tried = permutation_test(
        (mistakes, correct),
        _mean_difference,
        permutation_type="independent",
        vectorized=True,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(seed),
    )
    return float(tried.pvalue)


def _p_value_of_one(mistakes: NDArray[np.float64], correct: NDArray[np.float64]) -> float:
    """Return the p-value for a group of one picture, which scipy refuses.

    Each picture is that one in one division. The difference of the means rises with its number, so that its rank among
    all pictures gives the p-value.
    """
    one, rest = (mistakes, correct) if len(mistakes) == 1 else (correct, mistakes)
    everyone = np.concatenate([one, rest])
    return float(min(1.0, 2 * min((everyone >= one).mean(), (everyone <= one).mean())))


def _mean_difference(mistakes: NDArray[np.float64], correct: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    difference: NDArray[np.float64] = mistakes.mean(axis=axis) - correct.mean(axis=axis)
    return difference
