"""Means over pictures with bootstrap intervals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 5000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """Mean with its 95 % interval by the percentile bootstrap.

    Attributes
    ----------
    mean, low, high
        Mean and ends of the interval. NaN if there is nothing to average.
    count
        Number of pictures in the mean.
    """

    mean: float
    low: float
    high: float
    count: int


def bootstrap_interval(values: NDArray[np.floating], seed: int = 0) -> Interval:
    """Return the mean of one value a picture, with its interval over other samples of pictures.

    To compare two methods, pass the differences of their values on the same pictures. The difficulty of a picture then
    cancels out, and the interval is narrower than that of either method.

    Parameters
    ----------
    values : (N,) float
        Values of the pictures. Pictures whose value is NaN are left out.
    seed
        Seed of the resampling.
    """
    known = values[~np.isnan(values)].astype(np.float64)
    if not len(known):
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    # The percentile method of B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
    # scipy.stats.bootstrap draws the same resamples from this seed, but it refuses a single picture and rounds the
    # quantiles differently in the last bit.
    draws = np.random.default_rng(seed).integers(0, len(known), (RESAMPLES, len(known)))
    low, high = np.quantile(known[draws].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(known.mean()), float(low), float(high), len(known))
