"""Checks of a model's outputs that need no other preprocessing."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from xai_core.doctor.binomial import p_at_least
from xai_core.doctor.finding import Finding
from xai_core.language import deferred

MIN_PICTURES = 30
"""Readable pictures below which nothing is concluded."""

SATURATED = 0.999
"""Probability from which an answer counts as saturated."""

MALFUNCTIONS = ("not finite", "constant")
"""Faults that no preprocessing explains."""

_CONSTANT = 1e-4  # spread of a logit over pictures, relative to the spread over classes


def check_outputs(logits: NDArray[np.floating], truth: NDArray[np.int64]) -> tuple[Finding, ...]:
    """Find outputs that are not finite, constant, saturated, or no better than chance.

    Parameters
    ----------
    logits : (N, L) float
        Logits of N labelled pictures.
    truth : (N,) int64
        Column of the true class.
    """
    finite = np.isfinite(logits).all(axis=1)
    if not finite.all():
        return (_not_finite(int((~finite).sum()), len(logits)),)
    if len(logits) < MIN_PICTURES:
        return ()
    values = logits.astype(np.float64)
    right = int((values.argmax(axis=1) == truth).sum())
    if float(values.std(axis=0).max()) <= _CONSTANT * max(float(values.std()), 1e-12):
        return (_constant(len(logits)),)
    confidence = softmax(values, axis=1).max(axis=1)
    accuracy = right / len(logits)
    found = []
    if float((confidence > SATURATED).mean()) > 0.9 and accuracy < 0.9:
        found.append(_saturated(float((confidence > SATURATED).mean()), accuracy))
    if p_at_least(right, len(logits), 1 / logits.shape[1]) > 0.01:
        found.append(_chance(right, len(logits), logits.shape[1]))
    return tuple(found)


def _not_finite(bad: int, total: int) -> Finding:
    return Finding(
        kind="outputs",
        fault="not finite",
        sentence=deferred(
            "The model's outputs are not finite (NaN or infinite) for {bad:,} of {total:,} pictures.",
            bad=bad,
            total=total,
        ),
        cure=deferred(
            "Check that the weights are finite and that value range, mean and std are those of the training."
        ),
    )


def _constant(total: int) -> Finding:
    return Finding(
        kind="outputs",
        fault="constant",
        sentence=deferred("The model gives the same outputs for all {total:,} pictures.", total=total),
        cure=deferred(
            "Check that the weights are those of the trained network, and that the pictures reach its input."
        ),
    )


def _saturated(share: float, accuracy: float) -> Finding:
    return Finding(
        kind="outputs",
        fault="saturated",
        sentence=deferred(
            "The model is more than {limit:.1%} sure of {share:.0%} of its answers, and {accuracy:.0%} are right.",
            limit=SATURATED,
            share=share,
            accuracy=accuracy,
        ),
        cure=deferred("Check the value range: a network that expects 0 to 1 saturates on 0 to 255."),
    )


def _chance(right: int, total: int, labels: int) -> Finding:
    return Finding(
        kind="outputs",
        fault="chance",
        sentence=deferred(
            "The model is right on {right:,} of {total:,} pictures, which is no better than guessing among {labels:,} "
            "classes.",
            right=right,
            total=total,
            labels=labels,
        ),
        cure=deferred("Check the weights, the preprocessing and the order of the labels."),
    )
