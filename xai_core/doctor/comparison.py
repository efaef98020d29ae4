"""Paired comparison of two preprocessings on the same labelled pictures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core.doctor.binomial import p_at_least


@dataclass(frozen=True, slots=True)
class Comparison:
    """Answers of the same model to the same pictures, preprocessed as given and in another way.

    Attributes
    ----------
    pictures
        Number of pictures N.
    given, other
        Number of right answers with the given and with the other preprocessing.
    by_chance
        Number of right answers of the other one if its guesses had nothing to do with the pictures.
    p_right
        McNemar's exact test of the right answers, one-sided for the other one being better.
    p_loss
        Wilcoxon's signed-rank test of the log-probabilities of the truth, one-sided likewise.
    """

    pictures: int
    given: int
    other: int
    by_chance: float
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
    # It takes longer to import than a sound model takes to check, and only alternatives that look better need it.
    from scipy.stats import wilcoxon  # noqa: PLC0415

    rows = np.arange(len(truth))
    right_given = given.argmax(axis=1) == truth
    guess = other.argmax(axis=1)
    right_other = guess == truth
    gained, lost = int((right_other & ~right_given).sum()), int((right_given & ~right_other).sum())
    # McNemar: pictures that both get right or both get wrong say nothing about which one is better. Under equality the
    # others fall on either side like a fair coin.
    p_right = p_at_least(gained, gained + lost, 0.5)
    change = other[rows, truth] - given[rows, truth]
    p_loss = float(wilcoxon(change, alternative="greater").pvalue) if np.any(change) else 1.0
    labels = given.shape[1]
    by_chance = float(np.bincount(truth, minlength=labels) @ np.bincount(guess, minlength=labels)) / len(truth)
    return Comparison(
        pictures=len(truth),
        given=int(right_given.sum()),
        other=int(right_other.sum()),
        by_chance=by_chance,
        p_right=p_right,
        p_loss=p_loss,
    )
