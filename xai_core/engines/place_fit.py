"""Values of regions by Bayesian regression, place by place, with factorisations that all labels share.

At each place p the changes c_p of its share in the logits are fitted by a sum over the shown regions. With X the
coalitions, m_p the mean and S_p the covariance of the prior (see `place_prior`) the values are

    beta_p = m_p + S_p X' (X S_p X' + ridge_p I)^-1 (c_p - X m_p),

where ridge_p is a ratio times the mean variance trace(X S_p X') / n of one coalition. More coalitions than regions are
first rotated into as many rows as there are regions. That changes no value, and what lies outside their span counts as
unexplained. Values of the picture are the sums over places. The ratio, the unexplained variance divided by the
explained one, is the same at all places and maximises their marginal likelihood (D. J. C. MacKay, "Bayesian
Interpolation", Neural Computation 1992).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dtrsm, strsm
from scipy.linalg.lapack import dpotrf, spotrf

from xai_core.engines.place_prior import PlacePrior

RATIO = 1.0
"""Ratio of unexplained to explained variance, before it is estimated."""

STEPS = (0.5, 1.0, 2.0)
"""Factors by which one estimation may change the ratio."""

BOUNDS = (2.0**-6, 2.0**4)
"""Smallest and largest ratio."""

LEAST = 1e-9
"""Smallest variance of a coalition that is no rounding error, as a share of the prior variance of all regions."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Values of R regions for K labels, with their posterior deviations.

    Attributes
    ----------
    values : (R, K) float64
        Values in logits, summed over places.
    spreads : (P, R) float64
        Posterior standard deviation of the value of each region at each place, for a noise of 1.
    noise : (P, K, P, K) float64
        Covariance between places and labels of the logits that the values leave unexplained, in square logits.
    undecided
        Posterior variance as a share of the prior variance, each summed over places and regions. 1 without data.
    """

    values: NDArray[np.float64]
    spreads: NDArray[np.float64]
    noise: NDArray[np.float64]
    undecided: float

    def covariance(self) -> NDArray[np.float64]:
        """Return the (R, K, K) posterior covariance between labels of the value of each region, in square logits.

        The deviations of the places are joined by the correlation of their noise.
        """
        # sum over q of noise[p, k, q, l] * spreads[q, r], and then the same over p.
        joined = np.tensordot(self.noise, self.spreads, axes=(2, 0))
        found: NDArray[np.float64] = np.einsum("pklr,pr->rkl", joined, self.spreads)
        return found


class Design:
    """Coalitions, reduced to at most R rows with the same information about the values.

    Parameters
    ----------
    shown : (n, R) float64
        Coalitions without nuisances (`nuisance.projected`).

    Attributes
    ----------
    shown : (n, R) float64
        The coalitions X.
    rows : (m, R) float64
        Q'X with orthonormal columns Q, X itself if n <= R.
    """

    def __init__(self, shown: NDArray[np.float64]) -> None:
        self.shown = shown
        self.rows = shown
        # B with X B = Q, None if Q is the identity.
        self._basis: NDArray[np.float64] | None = None
        if len(shown) > shown.shape[1]:
            squares, basis = np.linalg.eigh(shown.T @ shown)
            sizes = np.sqrt(np.maximum(squares, 0))
            self.rows = sizes[:, None] * basis.T
            # Directions that no coalition tells apart have a size of rounding errors.
            known = sizes > 1e-6 * sizes.max()
            self._basis = basis * np.divide(1, sizes, out=np.zeros_like(sizes), where=known)

    def rotated(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return Q'y, (m, C), for columns y, (n, C), so that they fit `rows`."""
        return columns if self._basis is None else self._basis.T @ (self.shown.T @ columns)


class PlaceEquations:
    """Gaussian regression on one set of coalitions, shared by places and labels.

    Parameters
    ----------
    prior
        Prior of P places.
    design
        The n coalitions.
    changes : (n, P, K) float64
        Shares of the places in the logits, also without nuisances.
    whole : (P, K) float64
        Sum of the values at each place, its change from the hidden to the whole picture.
    freedom
        Degrees of freedom of the rows.
    """

    def __init__(
        self,
        prior: PlacePrior,
        design: Design,
        changes: NDArray[np.float64],
        whole: NDArray[np.float64],
        freedom: int,
    ) -> None:
        self._prior = prior
        self._shown = design.shown
        self._freedom = max(1, freedom)
        places, labels = whole.shape
        self._mean = prior.windows[..., None] * whole[:, None]
        # c_p - X m_p, what the prior mean leaves unexplained.
        means = self._mean.transpose(1, 0, 2).reshape(-1, places * labels)
        self._left = changes.reshape(-1, places * labels) - design.shown @ means
        targets = design.rotated(self._left)
        # Squares outside the span of the coalitions, which no values can explain. 0 for up to R coalitions.
        beyond = np.maximum((self._left**2).sum(axis=0) - (targets**2).sum(axis=0), 0)
        self._beyond = beyond.reshape(places, labels)
        kind = prior.covariances.dtype
        single = kind == np.float32
        self._potrf: Callable[..., Any] = spotrf if single else dpotrf
        self._trsm: Callable[..., Any] = strsm if single else dtrsm
        rows = design.rows.astype(kind)
        self._targets = targets.reshape(-1, places, labels).transpose(1, 0, 2).astype(kind)
        # With T for the rows, S_p T' of each place, (P, R, m), and T S_p T', (P, m, m).
        regions = rows.shape[1]
        self._reach = (prior.covariances.reshape(-1, regions) @ rows.T).reshape(places, regions, len(rows))
        self._moves = rows @ self._reach
        traces = np.trace(self._moves, axis1=1, axis2=2).astype(np.float64) / max(1, len(changes))
        # Of coalitions that the nuisances explain only rounding errors are left. Any scale will do for moves of 0.
        known = traces > LEAST * prior.variances.sum(axis=1)
        self._reach[~known], self._moves[~known] = 0, 0
        self._scales = np.where(known, traces, 1.0)

    def likeliest(self, ratio: float, labels: NDArray[np.intp] | None = None) -> float:
        """Return the ratio near a given one with the highest marginal likelihood.

        The logarithms of the likelihoods are summed over the places and over some labels, None for all.
        """
        chosen = np.arange(self._beyond.shape[1]) if labels is None else labels
        tried = [step * ratio for step in STEPS if BOUNDS[0] <= step * ratio <= BOUNDS[1]]
        return min(tried, key=lambda tried_ratio: self._surprise(tried_ratio, chosen))

    def fit(self, ratio: float) -> Fit:
        """Return the values and their deviations for a ratio of unexplained to explained variance."""
        places, labels = self._beyond.shape
        changes = np.empty((places, len(self._prior.shares), labels))
        unexplained = np.empty((places, labels))
        variances = np.empty((places, len(self._prior.shares)))
        for place, reach in enumerate(self._reach):
            lower = self._factorised(place, ratio)
            # With L L' the matrix in brackets and W = L^-1 X S, the posterior covariance is (S - W' W) / ridge.
            root = self._trsm(1.0, lower, reach.T, lower=1)
            along = self._trsm(1.0, lower, self._targets[place], lower=1)
            changes[place] = root.T @ along
            variances[place] = self._prior.variances[place] - np.einsum("mr,mr->r", root, root)
            unexplained[place] = self._unexplained(place, ratio, along)
        values = (self._mean + changes).sum(axis=0)
        # float32 leaves a rest of the seventh digit.
        rest = self._mean.sum(axis=(0, 1)) - values.sum(axis=0)
        values += np.outer(self._prior.shares, rest)
        variances = np.maximum(variances, 0)
        spreads = np.sqrt(variances / (ratio * self._scales)[:, None])
        left = variances.sum() / self._prior.variances.sum()
        return Fit(values, spreads, self._noise(changes, unexplained), float(left))

    def _noise(self, changes: NDArray[np.float64], unexplained: NDArray[np.float64]) -> NDArray[np.float64]:
        """(P, K, P, K) covariance of the noise, the correlation of residuals scaled to the unexplained variances."""
        places, labels = unexplained.shape
        moved = self._shown @ changes.transpose(1, 0, 2).reshape(-1, places * labels)
        residuals = (self._left - moved).astype(np.float32)
        products = (residuals.T @ residuals).astype(np.float64)
        deviations = np.sqrt(np.maximum(products.diagonal(), np.finfo(np.float32).tiny))
        scale = np.sqrt(np.maximum(unexplained.ravel(), 0) / self._freedom) / deviations
        return (products * np.outer(scale, scale)).reshape(places, labels, places, labels)

    def _surprise(self, ratio: float, labels: NDArray[np.intp]) -> float:
        """Return the negative logarithm of the marginal likelihood, up to a constant and a factor."""
        places = len(self._beyond)
        # A weak prior around `RATIO`, for which a factor of 2 is nothing unusual.
        surprise = float(np.log2(ratio / RATIO) ** 2)
        for place in range(places):
            lower = self._factorised(place, ratio)
            along = self._trsm(1.0, lower, self._targets[place], lower=1)
            left = self._unexplained(place, ratio, along)[labels]
            sizes = lower.diagonal().astype(np.float64) ** 2 / (ratio * self._scales[place])
            misfit = self._freedom * np.log(np.maximum(left, np.finfo(float).tiny)).mean()
            surprise += float(misfit + np.log(sizes).sum()) / places
        return surprise

    def _unexplained(self, place: int, ratio: float, along: NDArray[np.floating]) -> NDArray[np.float64]:
        """(K,) squares that the values leave unexplained, with the squares of the values by the prior."""
        ridge = ratio * self._scales[place]
        left: NDArray[np.float64] = self._beyond[place] + ridge * (along.astype(np.float64) ** 2).sum(axis=0)
        return left

    def _factorised(self, place: int, ratio: float) -> NDArray[np.floating]:
        """Lower Cholesky factor of the moves of a place with the ridge of a ratio."""
        matrix = self._moves[place].copy()
        matrix.reshape(-1)[:: len(matrix) + 1] += ratio * self._scales[place]
        # The transpose of the symmetric matrix lies in memory as LAPACK wants it.
        lower: NDArray[np.floating] = self._potrf(matrix.T, lower=1, overwrite_a=1)[0]
        return lower
