"""Calibration of the model's confidence, from a study's table of guesses."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xai_core.confusions.confusion import readable

BINS = 15
"""Number of equal steps of confidence, as in Guo et al. 2017 (On Calibration of Modern Neural Networks)."""


def reliability(table: pd.DataFrame, bins: int = BINS) -> pd.DataFrame:
    """Compare confidence and accuracy in steps of confidence.

    Parameters
    ----------
    table
        A study's table of guesses, one row per picture.
    bins
        Number of equal steps from 0 to 1. A confidence on an edge belongs to the step below it, 0 to the first.

    Returns
    -------
    One row per step with the columns `low`, `high`, `pictures`, `right` (number of correct guesses), `confidence` (mean
    p_guess) and `accuracy`. The last two are NaN in a step without pictures.
    """
    seen = readable(table)
    confidence = seen["p_guess"].to_numpy(np.float64)
    right = (seen["truth"] == seen["guess"]).to_numpy(np.float64)
    step = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    pictures = np.bincount(step, minlength=bins)
    edges = np.linspace(0, 1, bins + 1)
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "pictures": pictures,
            "right": np.bincount(step, right, bins).astype(int),
            "confidence": _mean(np.bincount(step, confidence, bins), pictures),
            "accuracy": _mean(np.bincount(step, right, bins), pictures),
        }
    )


def expected_calibration_error(steps: pd.DataFrame) -> float:
    """Return the expected calibration error (ECE).

    It is the mean gap between confidence and accuracy, weighted by the number of pictures in each step.

    Parameters
    ----------
    steps
        From `reliability`.

    Returns
    -------
    0 (confidence equals accuracy in every step) to 1; 0 for a study without readable pictures.
    """
    gap = (steps["confidence"] - steps["accuracy"]).abs().fillna(0.0)
    total = int(steps["pictures"].sum())
    return float((gap * steps["pictures"]).sum() / total) if total else 0.0


def _mean(sums: NDArray[np.number], counts: NDArray[np.intp]) -> NDArray[np.float64]:
    means: NDArray[np.float64] = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
    return means
