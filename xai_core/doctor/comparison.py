"""Paired comparison of two preprocessings on the same labelled pictures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, wilcoxon


@dataclass(frozen=True, slots=True)
class Comparison:
    """Answers of the same model to the same pictures, preprocessed as given and in another way.

    Attributes
    ----------
    pictures
        Number of pictures N.
    given, other
        Number of right answers with the given and with the other preprocessing.
    p_right
        McNemar's exact test of the right answers, one-sided for the other one being better.
    p_loss
        Wilcoxon's signed-rank test of the log-probabilities of the truth, one-sided likewise.
    """

    pictures: int
    given: int
    other: int
    p_right: float
    p_loss: float

    @property
    def gain(self) -> float:
        """Share of the pictures by which the other preprocessing is right more often."""
        return (self.other - self.given) / self.pictures


def compare(given: NDArray[np.floating], other: NDArray[np.floating], truth: NDArray[np.int64]) -> Comparison:
    """Compare two sets of log-probabilities (N, L) of the same N pictures.

    Parameters
    ----------
    given, other : (N, L) float
        Log-probabilities with the given and with the other preprocessing.
    truth : (N,) int64
        Column of the true class.
    """
    rows = np.arange(len(truth))
    right_given = given.argmax(axis=1) == truth
    right_other = other.argmax(axis=1) == truth
    gained, lost = int((right_other & ~right_given).sum()), int((right_given & ~right_other).sum())
    # McNemar: pictures that both get right or both get wrong say nothing about which one is better. Under equality the
    # others fall on either side like a fair coin.
    p_right = float(binomtest(gained, gained + lost, alternative="greater").pvalue) if gained + lost else 1.0
    change = other[rows, truth] - given[rows, truth]
    p_loss = float(wilcoxon(change, alternative="greater").pvalue) if np.any(change) else 1.0
    return Comparison(len(truth), int(right_given.sum()), int(right_other.sum()), p_right, p_loss)
