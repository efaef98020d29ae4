"""Means over pictures, and how sure they are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 5000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % interval by the percentile bootstrap.

    Attributes
    ----------
    mean, low, high
        NaN where there is nothing to average.
    count
        Pictures that it rests on.
    """

    mean: float
    low: float
    high: float
    count: int


def interval(values: NDArray[np.floating], seed: int = 0) -> Interval:
    """Mean of one value a picture, with the interval that other draws of pictures would give.

    Paired figures are compared by the interval of their differences: what makes one picture harder than another is
    then in neither.

    Parameters
    ----------
    values : (N,) float
        NaN where a picture has none; such pictures are left out.
    seed
        Of the resampling.
    """
    known = values[~np.isnan(values)].astype(np.float64)
    if not len(known):
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    draws = np.random.default_rng(seed).integers(0, len(known), (RESAMPLES, len(known)))
    low, high = np.quantile(known[draws].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(known.mean()), float(low), float(high), len(known))
