"""What standard errors mean for the reader of an explanation: what is within noise, and whether its ranking holds."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Noise:
    """How much of a map is within noise.

    Attributes
    ----------
    regions, of
        Regions within noise, and all.
    area
        Share of the picture that those within noise cover.
    """

    regions: int
    of: int
    area: float


def noise(explanation: Explanation, a: str, b: str | None = None) -> Noise | None:
    """Count what is within noise; None where nothing is estimated. See `within_noise`."""
    if explanation.uncertainty is None:
        return None
    noisy = within_noise(explanation, a, b)
    return Noise(int(noisy.sum()), len(noisy), float(noisy[explanation.region_of].mean()))


def drawn(explanation: Explanation, a: str, b: str | None = None, *, hides_noise: bool) -> NDArray[np.float32]:
    """Return a map as it is drawn: for the eye alone, for without what is within noise it sums to something else.

    Shares of the evidence in parts of a picture are of the whole map all the same: what is left without regions within
    noise is what came out large. On a planted cue that has 0.47 of the evidence by 6,000 evaluations, the whole map of
    300 had 0.46, and what was left of it 0.81.

    Parameters
    ----------
    explanation, a, b
        See `within_noise`.
    hides_noise
        Whether regions within noise are to have no colour: they are 0 then.

    Returns
    -------
    (H, W) float32, in logits.

    Raises
    ------
    NameUnknown
        If the model has no such label.
    """
    whole = explanation.map(a) if b is None else explanation.contrast(a, b)
    if not hides_noise or explanation.uncertainty is None:
        return whole
    return np.where(within_noise(explanation, a, b)[explanation.region_of], np.float32(0), whole)


@dataclass(frozen=True, slots=True)
class Ranking:
    """How far the strongest regions would be the strongest again.

    Attributes
    ----------
    holds
        From `ranking_holds`.
    top
        How many regions are meant.
    """

    holds: float
    top: int

    @property
    def settled(self) -> bool:
        """Whether enough of them would stay."""
        return self.holds >= SETTLED

    @property
    def stay(self) -> int:
        """How many of them would, rounded down, lest too much be said."""
        return int(self.holds * self.top + 1e-9)


def ranking(explanation: Explanation, a: str, b: str | None = None, top: int = TOP) -> Ranking | None:
    """Say whether the ranking of the top regions has settled; see `ranking_holds`.

    Returns
    -------
    None where nothing is estimated yet, or there are no more regions than are at the top.
    """
    _, errors = _contrast(explanation, a, b)
    if len(errors) <= top or not errors.any():
        return None
    return Ranking(ranking_holds(explanation, a, b, top), top)


def foreseen_share(explanation: Explanation, label: str) -> float | None:
    """Return the share of a label's variance that the sum of regions foresees: `Uncertainty.r2`; None if not known.

    Raises
    ------
    NameUnknown
        If the model has no such label.
    """
    place = index_of(label, explanation.labels)
    share = None if explanation.uncertainty is None else float(explanation.uncertainty.r2[place])
    return None if share is None or np.isnan(share) else share


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
    again = values + errors * np.random.default_rng(0).standard_normal((DRAWS, len(values)))
    first = _topmost(values[None], top)[0]
    return float(np.isin(_topmost(again, top), first).mean())


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
