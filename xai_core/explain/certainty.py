"""What standard errors mean for the reader of an explanation: what is within noise, and whether its ranking holds."""

import numpy as np
from numpy.typing import NDArray

from xai_core.explain.explanation import Explanation
from xai_core.labels import index_of

WITHIN = 1.96
"""Standard errors from a value to the ends of its 95 % interval."""

TOP = 10
"""Regions whose ranking is looked at."""

SETTLED = 0.8
"""Share of the top regions that is expected to stay at the top, from which the ranking counts as settled."""

DRAWS = 400


def within_noise(explanation: Explanation, a: str, b: str | None = None) -> NDArray[np.bool_]:
    """Say which regions may as well be worth nothing: their 95 % intervals hold 0.

    Parameters
    ----------
    explanation
        Whole or so far.
    a, b
        The contrast: why `a` rather than `b`; without `b`, what speaks for `a`.

    Returns
    -------
    (R,) bool; none where nothing is estimated.

    Raises
    ------
    NameUnknown
        If the model has no such label.
    """
    values, errors = _contrast(explanation, a, b)
    noisy: NDArray[np.bool_] = np.abs(values) <= WITHIN * errors
    return noisy & (errors > 0)


def ranking_holds(explanation: Explanation, a: str, b: str | None = None, top: int = TOP) -> float:
    """Return the share of the top regions that would be expected among the top ones again with endless evaluations.

    By draws of values that their standard errors allow, always the same draws.

    Parameters
    ----------
    explanation, a, b
        See `within_noise`.
    top
        How many regions are at the top, by the size of their values.

    Returns
    -------
    From 0 to 1, which it is where nothing is estimated or there are no more regions. See `SETTLED`.

    Raises
    ------
    NameUnknown
        If the model has no such label.
    """
    values, errors = _contrast(explanation, a, b)
    if len(values) <= top:
        return 1.0
    drawn = values + errors * np.random.default_rng(0).standard_normal((DRAWS, len(values)))
    first = _topmost(values[None], top)[0]
    return float(np.isin(_topmost(drawn, top), first).mean())


def _topmost(values: NDArray[np.floating], top: int) -> NDArray[np.intp]:
    return np.argsort(-np.abs(values), axis=1, kind="stable")[:, :top]


def _contrast(explanation: Explanation, a: str, b: str | None) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(R,) values and their standard errors, 0 where nothing is estimated."""
    column = index_of(a, explanation.labels)
    values = explanation.values[:, column]
    if b is None:
        errors = None if explanation.errors is None else explanation.errors[:, column]
    else:
        values = values - explanation.values[:, index_of(b, explanation.labels)]
        errors = explanation.contrast_errors(a, b)
    return values, np.zeros_like(values) if errors is None else errors
