"""Values of regions by Bayesian regression, place by place, with factorisations that all labels share.

At each place p the changes c_p of its share in the logits are fitted by a sum over the shown regions. With X the
coalitions, m_p the prior mean and U_p the factor of the prior covariance (see `place_prior`) the values are

    beta_p = m_p + U_p (U_p' X'X U_p + ridge_p I)^-1 U_p' X' (c_p - X m_p),

where ridge_p is a ratio times the mean information trace(U_p' X'X U_p) / n of one coalition. Values of the picture are
the sums over places. The ratio, the unexplained variance divided by the explained one, is the same at all places and
maximises their marginal likelihood (D. J. C. MacKay, "Bayesian Interpolation", Neural Computation 1992).
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


class PlaceEquations:
    """Normal equations of one set of coalitions, shared by places and labels.

    Parameters
    ----------
    prior
        Prior of P places.
    shown : (n, R) float64
        Coalitions without nuisances (`nuisance.projected`).
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
        shown: NDArray[np.float64],
        changes: NDArray[np.float64],
        whole: NDArray[np.float64],
        freedom: int,
    ) -> None:
        self._prior = prior
        self._shown = shown
        self._freedom = max(1, freedom)
        places, labels = whole.shape
        self._mean = prior.windows[..., None] * whole[:, None]
        # c_p - X m_p, what the prior mean leaves unexplained.
        means = self._mean.transpose(1, 0, 2).reshape(-1, places * labels)
        self._left = changes.reshape(-1, places * labels) - shown @ means
        self._squares = (self._left**2).sum(axis=0).reshape(places, labels)
        right = (shown.T @ self._left).reshape(-1, places, labels).transpose(1, 0, 2)
        kind = prior.factors.dtype
        single = prior.factors.dtype == np.float32
        self._potrf: Callable[..., Any] = spotrf if single else dpotrf
        self._trsm: Callable[..., Any] = strsm if single else dtrsm
        turned = prior.factors.transpose(0, 2, 1)
        self._targets = turned @ right.astype(kind)
        self._moves = turned @ ((shown.T @ shown).astype(kind) @ prior.factors)
        traces = np.trace(self._moves, axis1=1, axis2=2).astype(np.float64) / max(1, len(shown))
        # As long as no two regions were ever shown apart the moves are 0, and any positive scale will do.
        self._scales = np.where(traces > np.finfo(np.float32).tiny, traces, 1.0)

    def likeliest(self, ratio: float, labels: NDArray[np.intp] | None = None) -> float:
        """Return the ratio near a given one with the highest marginal likelihood.

        The logarithms of the likelihoods are summed over the places and over some labels, None for all.
        """
        chosen = np.arange(self._squares.shape[1]) if labels is None else labels
        tried = [step * ratio for step in STEPS if BOUNDS[0] <= step * ratio <= BOUNDS[1]]
        return min(tried, key=lambda tried_ratio: self._surprise(tried_ratio, chosen))

    def fit(self, ratio: float) -> Fit:
        """Return the values and their deviations for a ratio of unexplained to explained variance."""
        places, labels = self._squares.shape
        changes = np.empty((places, len(self._prior.shares), labels))
        unexplained = np.empty((places, labels))
        spreads = np.empty((places, len(self._prior.shares)))
        for place, factor in enumerate(self._prior.factors):
            lower = self._factorised(place, ratio)
            # With L L' the matrix in brackets, W = L^-1 U' gives U (L L')^-1 U' = W' W, the posterior covariance.
            root = self._trsm(1.0, lower, factor.T, lower=1)
            along = self._trsm(1.0, lower, self._targets[place], lower=1)
            changes[place] = root.T @ along
            spreads[place] = np.sqrt(np.einsum("qr,qr->r", root, root))
            unexplained[place] = self._unexplained(place, along)
        values = (self._mean + changes).sum(axis=0)
        # float32 leaves a rest of the seventh digit.
        rest = self._mean.sum(axis=(0, 1)) - values.sum(axis=0)
        values += np.outer(self._prior.shares, rest)
        # For a noise of 1 the prior covariance is U U' / ridge.
        left = (ratio * self._scales @ (spreads**2).sum(axis=1)) / (self._prior.factors**2).sum(dtype=np.float64)
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
        places = len(self._squares)
        # A weak prior around `RATIO`, for which a factor of 2 is nothing unusual.
        surprise = float(np.log2(ratio / RATIO) ** 2)
        for place in range(places):
            lower = self._factorised(place, ratio)
            left = self._unexplained(place, self._trsm(1.0, lower, self._targets[place], lower=1))[labels]
            sizes = lower.diagonal().astype(np.float64) ** 2 / (ratio * self._scales[place])
            misfit = self._freedom * np.log(np.maximum(left, np.finfo(float).tiny)).mean()
            surprise += float(misfit + np.log(sizes).sum()) / places
        return surprise

    def _unexplained(self, place: int, along: NDArray[np.floating]) -> NDArray[np.float64]:
        left: NDArray[np.float64] = self._squares[place] - (along.astype(np.float64) ** 2).sum(axis=0)
        return left

    def _factorised(self, place: int, ratio: float) -> NDArray[np.floating]:
        """Lower Cholesky factor of the moves of a place with the ridge of a ratio."""
        matrix = self._moves[place].copy()
        matrix[np.diag_indices_from(matrix)] += ratio * self._scales[place]
        # The transpose of the symmetric matrix lies in memory as LAPACK wants it.
        lower: NDArray[np.floating] = self._potrf(matrix.T, lower=1, overwrite_a=1)[0]
        return lower
