"""Values of regions by regularised least squares, for all labels at once, from running normal equations.

The logits of coalitions are fitted by an intercept and one value a region, in which those that are shown are summed.
Before anything is known the picture's whole change lies evenly on its pixels; every pixel's share of it may be another,
independently (ridge regression), but their sum is what it is, so that values add up by construction. In large parts of
the picture where values turn out to vary more than elsewhere they may do so (automatic relevance determination:
D. J. C. MacKay, "Bayesian Interpolation", Neural Computation 1992; here by parts, not by single values).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, eigh

RATIO = 1.0
"""Variance of the logits that values leave unexplained, by the one that they explain, until it has been looked at."""

RATIOS = 2.0 ** np.arange(-6, 4.5, 0.5)
"""What is looked at."""

INERTIA = 8.0
"""Values that vary as everywhere, added to those of a part of the picture before its relevance is told from them."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Values and how sure they are.

    Attributes
    ----------
    values : (R, L) float64
        In logits.
    spread : (R,) float64
        Standard error of a value for a noise of 1.
    noise : (L, L) float64
        Covariance of what is left unexplained.
    """

    values: NDArray[np.float64]
    spread: NDArray[np.float64]
    noise: NDArray[np.float64]


class _Sums:
    """Of coalitions and logits of one block, or of all blocks that are over, each less its own mean."""

    def __init__(self, regions: int, labels: int) -> None:
        self.rows = 0
        self.gram = np.zeros((regions, regions))
        self.cross = np.zeros((regions, labels))
        self.squares = np.zeros((labels, labels))


class Equations:
    """Sums over coalitions from which values follow.

    Each block of coalitions has an intercept of its own: the finer what is hidden is strewn, the less a model makes of
    what is left, whichever regions they are.

    Parameters
    ----------
    regions, labels
        How many.
    """

    def __init__(self, regions: int, labels: int) -> None:
        self._past = _Sums(regions, labels)
        self._begin_block(regions, labels)

    @property
    def rows(self) -> int:
        """Coalitions taken up."""
        return self._past.rows + self._now.rows

    def add(self, shown: NDArray[np.bool_], logits: NDArray[np.float64]) -> None:
        """Take up a coalition: (R,) bool, and (L,) what it adds to the logits of the hidden picture."""
        # One by one: in whatever portions they come, the sums are the same to the last bit.
        self._now.cross[shown] += logits
        self._now.squares += np.outer(logits, logits)
        self._now.rows += 1
        self._sum += logits
        self._pending.append(shown)

    def end_block(self, parents: NDArray[np.intp]) -> None:
        """End a block, and replace regions by parts of them: (new R,) the region of each part.

        In the coalitions so far all parts of a region have been shown together.
        """
        gram, cross, squares = self._centred()
        self._past.rows += self._now.rows
        self._past.gram, self._past.cross = gram[np.ix_(parents, parents)], cross[parents]
        self._past.squares = squares
        self._begin_block(len(parents), len(squares))

    def fit(self, shares: NDArray[np.float64], whole: NDArray[np.float64], ratio: float) -> Fit:
        """Find the values.

        Parameters
        ----------
        shares : (R,) float64
            Of the regions in the picture's pixels, more where values vary more; they sum to 1.
        whole : (L,) float64
            What values sum to, in logits.
        ratio
            See `RATIO`.
        """
        unit, expected = np.sqrt(shares), np.outer(shares, whole)
        moves, target, squares, scale = self._moves(unit, expected)
        ridge = ratio * scale
        moves[np.diag_indices_from(moves)] += ridge
        factor = cho_factor(moves, lower=True, overwrite_a=True, check_finite=False)
        inverse = cho_solve(factor, np.eye(len(moves)), check_finite=False)
        solved = inverse @ target
        # What would change the sum is not unknown.
        variances = shares * (inverse.diagonal() - shares / ridge)
        noise = (squares - target.T @ solved) / max(1, self.rows - 1)
        return Fit(expected + unit[:, None] * solved, np.sqrt(np.maximum(variances, 0)), noise)

    def likeliest(self, shares: NDArray[np.float64], whole: NDArray[np.float64], labels: NDArray[np.intp]) -> float:
        """Return which of `RATIOS` is likeliest by the logits of some labels, and as a factor of 2 off is no wonder."""
        moves, target, squares, scale = self._moves(np.sqrt(shares), np.outer(shares, whole))
        sizes, axes = eigh(moves, overwrite_a=True, check_finite=False)
        along = (axes.T @ target[:, labels]) ** 2
        ridges = (RATIOS * scale)[:, None]
        left = np.maximum(squares.diagonal()[labels] - (1 / (sizes + ridges)) @ along, np.finfo(float).tiny)
        determinants = np.log1p(np.maximum(sizes, 0) / ridges).sum(axis=1)
        surprise = (self.rows - 1) * np.log(left).mean(axis=1) + determinants + np.log2(RATIOS / RATIO) ** 2
        return float(RATIOS[np.argmin(surprise)])

    def relevances(
        self,
        shares: NDArray[np.float64],
        whole: NDArray[np.float64],
        ratio: float,
        labels: NDArray[np.intp],
        parts: NDArray[np.intp],
    ) -> NDArray[np.float64]:
        """How much more than `fit` takes for granted values of some labels vary in each of some parts of the picture.

        One step of expectation maximisation: about 1 where it is as much.

        Parameters
        ----------
        shares, whole, ratio
            As in `fit`.
        labels
            Places of the labels.
        parts : (R,) int
            Which part a region lies in; there is a region in each.

        Returns
        -------
        (parts,) float64
        """
        fit = self.fit(shares, whole, ratio)
        scale = self._moves(np.sqrt(shares), np.outer(shares, whole))[3]
        noise = np.maximum(fit.noise.diagonal()[labels], np.finfo(float).tiny)
        apart = (fit.values - np.outer(shares, whole))[:, labels]
        square = ((apart**2 / noise).mean(axis=1) + fit.spread**2) * ratio * scale / shares
        seen = np.bincount(parts) * len(labels)
        varied = np.bincount(parts, square) * len(labels)
        found: NDArray[np.float64] = (INERTIA + varied) / (INERTIA + seen)
        return found

    def _begin_block(self, regions: int, labels: int) -> None:
        self._now = _Sums(regions, labels)
        self._sum = np.zeros(labels)
        self._pending: list[NDArray[np.bool_]] = []

    def _centred(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return what regions, regions and labels, and labels have in common, each less its mean in its block."""
        past, now, rows = self._past, self._now, max(1, self._now.rows)
        if self._pending:
            shown = np.array(self._pending, np.float64)
            now.gram += shown.T @ shown
            self._pending = []
        times = now.gram.diagonal()
        return (
            past.gram + now.gram - np.outer(times, times / rows),
            past.cross + now.cross - np.outer(times, self._sum / rows),
            past.squares + now.squares - np.outer(self._sum, self._sum / rows),
        )

    def _moves(
        self, unit: NDArray[np.float64], expected: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float]:
        """Return the equations of what values differ by from what was expected, and the mean square of a coalition.

        On the scale on which all pixels are alike (`unit`: the roots of the shares), and without what would change the
        sum of values: that lies in the direction of `unit` itself.
        """
        gram, cross, squares = self._centred()
        foreseen = gram @ expected
        squares = squares - expected.T @ cross - cross.T @ expected + expected.T @ foreseen
        target = unit[:, None] * (cross - foreseen)
        target -= np.outer(unit, unit @ target)
        moves = gram * np.outer(unit, unit)
        across = moves @ unit
        moves += float(unit @ across) * np.outer(unit, unit) - np.outer(unit, across) - np.outer(across, unit)
        # Where nothing has been told apart yet, any scale will do.
        scale = float(np.trace(moves)) / max(1, self.rows)
        return moves, target, squares, scale if scale > np.finfo(float).tiny else 1.0
