"""Whether a number is another one in the mistakes than in correct pictures, or may be so by chance."""

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy.stats import permutation_test

RESAMPLES = 9999
"""Ways of dealing the pictures into two groups that are tried at most; where there are no more, all of them are."""

SURE = 0.05
"""A p-value below this is taken for more than chance."""

FEW = 5
"""Fewer pictures than this in a group say little."""

SIZES = ((0.147, "negligible"), (0.33, "small"), (0.474, "medium"), (1.0, "large"))
"""Cliff's delta in words, up to these amounts (Romano et al. 2006)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What two groups of pictures differ by.

    Attributes
    ----------
    mistakes, correct
        Pictures in each.
    mean_mistakes, mean_correct
        Their means.
    p_value
        Part of all ways of dealing the pictures into two such groups that have means at least as far apart
        (permutation test; two-sided: twice the part at the side where fewer are).
    exact
        Whether all these ways were tried, rather than `RESAMPLES` of them at random.
    delta
        Cliff's delta, -1 to 1: how much more often a mistake has the larger number than the smaller one, over all
        couples of a mistake and a correct picture.
    """

    mistakes: int
    correct: int
    mean_mistakes: float
    mean_correct: float
    p_value: float
    exact: bool
    delta: float

    @property
    def sure(self) -> bool:
        """Whether chance would seldom give such a difference."""
        return self.p_value < SURE

    @property
    def size(self) -> str:
        """Cliff's delta in a word."""
        return next(word for bound, word in SIZES if abs(self.delta) <= bound + 1e-12)

    @property
    def hopeless(self) -> bool:
        """Whether there are so few pictures that no difference whatever could be told from chance."""
        return 2 / comb(self.mistakes + self.correct, self.correct) >= SURE

    @property
    def few(self) -> bool:
        """Whether a group is so small that one picture more may turn the answer."""
        return min(self.mistakes, self.correct) < FEW


def difference(mistakes: NDArray[np.float64], correct: NDArray[np.float64], *, seed: int = 0) -> Difference | None:
    """Compare a number of the mistakes with the same number of correct pictures.

    Parameters
    ----------
    mistakes : (M,) float64
    correct : (C,) float64
    seed
        Of the ways that are tried where there are too many to try all.

    Returns
    -------
    The difference; None where a group is empty.
    """
    if not (len(mistakes) and len(correct)):
        return None
    count = comb(len(mistakes) + len(correct), len(correct))
    return Difference(
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
    tried = permutation_test(
        (mistakes, correct),
        _means_apart,
        permutation_type="independent",
        vectorized=True,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(seed),
    )
    return float(tried.pvalue)


def _p_value_of_one(mistakes: NDArray[np.float64], correct: NDArray[np.float64]) -> float:
    """A group of one, which scipy refuses: every picture is it once, so its place in the order of all decides."""
    one, rest = (mistakes, correct) if len(mistakes) == 1 else (correct, mistakes)
    everyone = np.concatenate([one, rest])
    return float(min(1.0, 2 * min((everyone >= one).mean(), (everyone <= one).mean())))


def _means_apart(mistakes: NDArray[np.float64], correct: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    apart: NDArray[np.float64] = mistakes.mean(axis=axis) - correct.mean(axis=axis)
    return apart
