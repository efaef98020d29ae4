"""Values of regions by regularised least squares, for all labels at once.

The normal equations are running sums. The logits of coalitions are fitted by an intercept and one value for each
region, and the values of the shown regions are summed. Before anything is known, the total change of the picture is
spread evenly over its pixels. Every pixel's share may differ from that, independently of the others (ridge regression),
but the sum of the shares is fixed, so that values add up by construction. In large parts of the picture where values
turn out to vary more than elsewhere, the prior lets them vary more (automatic relevance determination: D. J. C. MacKay,
"Bayesian Interpolation", Neural Computation 1992; here for parts of the picture, not for single values).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, eigh

RATIO = 1.0
"""Variance of the logits that values leave unexplained, divided by the explained one, before it is estimated."""

RATIOS = 2.0 ** np.arange(-6, 4.5, 0.5)
"""Ratios among which `Equations.likeliest` chooses."""

INERTIA = 8.0
"""Number of values with the prior's variance that are added to those of a part before its relevance is estimated."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Values of regions with their standard errors.

    Attributes
    ----------
    values : (R, L) float64
        Values in logits.
    spread : (R,) float64
        Standard error of a value for a noise of 1.
    noise : (L, L) float64
        Covariance between labels of the unexplained logits, in square logits.
    """

    values: NDArray[np.float64]
    spread: NDArray[np.float64]
    noise: NDArray[np.float64]


class _Sums:
    """Normal equations X'X, X'Y and Y'Y of one block or of all earlier blocks.

    X is (coalitions, R), 1 where a region is shown, and Y is (coalitions, L). Those of earlier blocks are centred: each
    block had its own mean removed.
    """

    def __init__(self, regions: int, labels: int) -> None:
        self.rows = 0
        self.gram = np.zeros((regions, regions))
        self.cross = np.zeros((regions, labels))
        self.squares = np.zeros((labels, labels))


class Equations:
    """Running sums over coalitions, from which values follow.

    Each block of coalitions has an intercept of its own. The finer the hidden regions are scattered, the lower are the
    logits of what remains, whichever regions are shown; a common intercept would put that into the values.

    Parameters
    ----------
    regions, labels
        Number of regions and of labels.
    """

    def __init__(self, regions: int, labels: int) -> None:
        self._past = _Sums(regions, labels)
        self._begin_block(regions, labels)

    @property
    def rows(self) -> int:
        """Number of coalitions."""
        return self._past.rows + self._now.rows

    def add(self, shown: NDArray[np.bool_], logits: NDArray[np.float64]) -> None:
        """Add a coalition, given as (R,) bool and as the (L,) logits minus those of the hidden picture."""
        # One coalition at a time: float sums depend on the order, and a search that goes on must end at the same bits
        # as one from the start, in whatever portions the logits come.
        self._now.cross[shown] += logits
        self._now.squares += np.outer(logits, logits)
        self._now.rows += 1
        self._sum += logits
        # X'X is summed later, for many coalitions by one matrix product. Its terms are whole numbers and exact.
        self._pending.append(shown)

    def end_block(self, parents: NDArray[np.intp]) -> None:
        """End a block, and replace regions by their parts.

        Parameters
        ----------
        parents : (new R,) int
            Old region of each new region.
        """
        # In all coalitions so far the parts of a region were shown together. Their columns of X are equal, so the sums
        # of the parts are copies of those of the region, and nothing that was learned is lost.
        gram, cross, squares = self._centred()
        self._past.rows += self._now.rows
        self._past.gram, self._past.cross = gram[np.ix_(parents, parents)], cross[parents]
        self._past.squares = squares
        self._begin_block(len(parents), len(squares))

    def fit(self, shares: NDArray[np.float64], whole: NDArray[np.float64], ratio: float) -> Fit:
        """Solve for the values.

        With s the shares and d = diag(sqrt(s)), values are s * whole + d u, where u is the ridge solution of the
        equations of `_deviation_equations`: (M + ridge I) u = t.

        Parameters
        ----------
        shares : (R,) float64
            Prior variance of each region relative to the others, its share of the picture's pixels times its relevance.
            They sum to 1.
        whole : (L,) float64
            Sum of the values, in logits.
        ratio
            Unexplained variance divided by the explained one; see `RATIO`.
        """
        unit, expected = np.sqrt(shares), np.outer(shares, whole)
        moves, target, squares, scale = self._deviation_equations(unit, expected)
        ridge = ratio * scale
        moves[np.diag_indices_from(moves)] += ridge
        factor = cho_factor(moves, lower=True, overwrite_a=True, check_finite=False)
        inverse = cho_solve(factor, np.eye(len(moves)), check_finite=False)
        solved = inverse @ target
        # The posterior variances are those of the inverse, without its part along `unit`: that direction would change
        # the sum of values, which is known. M has eigenvalue 0 there, hence 1 / ridge.
        variances = shares * (inverse.diagonal() - shares / ridge)
        noise = (squares - target.T @ solved) / max(1, self.rows - 1)
        return Fit(expected + unit[:, None] * solved, np.sqrt(np.maximum(variances, 0)), noise)

    def likeliest(self, shares: NDArray[np.float64], whole: NDArray[np.float64], labels: NDArray[np.intp]) -> float:
        """Return the ratio of `RATIOS` with the highest evidence, given the logits of some labels.

        It maximises the marginal likelihood of ridge regression (MacKay 1992), averaged over the labels, with a weak
        prior around `RATIO` for which a factor of 2 is nothing unusual.

        Parameters
        ----------
        shares, whole
            As for `fit`.
        labels
            Indices of the labels.
        """
        moves, target, squares, scale = self._deviation_equations(np.sqrt(shares), np.outer(shares, whole))
        # In the eigenvectors of M the solution for every ridge is a division, so all ratios cost one decomposition.
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
        """Estimate the prior variance of each part, relative to the prior used by `fit` (one EM step).

        Parameters
        ----------
        shares, whole, ratio
            As for `fit`.
        labels
            Indices of the labels by whose values the variance is estimated.
        parts : (R,) int
            Part of the picture that each region lies in, numbered from 0 without gaps.

        Returns
        -------
        (parts,) float64, about 1 where values vary as the prior expects.
        """
        fit = self.fit(shares, whole, ratio)
        scale = self._deviation_equations(np.sqrt(shares), np.outer(shares, whole))[3]
        noise = np.maximum(fit.noise.diagonal()[labels], np.finfo(float).tiny)
        apart = (fit.values - np.outer(shares, whole))[:, labels]
        # Expected square of a deviation given the data: that of its estimate plus its posterior variance. Without the
        # second term parts with few data would shrink to 0 and stay there.
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
        """Return X'X, X'Y and Y'Y of all coalitions, with the mean of each block removed from its rows.

        Removing the means is the same as fitting one intercept for each block.
        """
        past, now, rows = self._past, self._now, max(1, self._now.rows)
        if self._pending:
            shown = np.array(self._pending, np.float64)
            now.gram += shown.T @ shown
            self._pending = []
        # X is 0 or 1, so the diagonal of X'X is the sum of its columns.
        times = now.gram.diagonal()
        return (
            past.gram + now.gram - np.outer(times, times / rows),
            past.cross + now.cross - np.outer(times, self._sum / rows),
            past.squares + now.squares - np.outer(self._sum, self._sum / rows),
        )

    def _deviation_equations(
        self, unit: NDArray[np.float64], expected: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float]:
        """Return the equations M u = t of the deviations of values from the prior's mean.

        Deviations are d u with d = diag(`unit`), the roots of the shares: on that scale all regions have the same prior
        variance. Changes of the sum of values are removed. They lie along `unit`, because the sum of d u is unit' u;
        with P = I - unit unit', M is P d X'X d P and t is P d X'(Y - X expected).

        Returns
        -------
        moves : (R, R)
            M.
        target : (R, L)
            t.
        squares : (L, L)
            Squares of Y - X expected.
        scale
            Trace of M per coalition, the mean information of one coalition about u.
        """
        gram, cross, squares = self._centred()
        predicted = gram @ expected
        squares = squares - expected.T @ cross - cross.T @ expected + expected.T @ predicted
        target = unit[:, None] * (cross - predicted)
        target -= np.outer(unit, unit @ target)
        # P A P written out: two rank-one terms instead of two products of (R, R) matrices.
        moves = gram * np.outer(unit, unit)
        across = moves @ unit
        moves += float(unit @ across) * np.outer(unit, unit) - np.outer(unit, across) - np.outer(across, unit)
        # As long as no two regions were ever shown apart M is 0, and any positive scale will do.
        scale = float(np.trace(moves)) / max(1, self.rows)
        return moves, target, squares, scale if scale > np.finfo(float).tiny else 1.0
