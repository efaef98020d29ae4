"""Interpretation of standard errors, as regions within noise and as stability of the ranking."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.labels import index_of

WITHIN = 1.96
"""Half the width of a 95 % interval, in standard errors."""

TOP = 10
"""Number of regions at the top of the ranking."""

SETTLED = 0.8
"""Share of the top regions expected to stay at the top, from which the ranking counts as settled."""

DRAWS = 400
"""Samples of the values by which the stability of a ranking is estimated."""


def within_noise(explanation: Explanation, target: Target) -> NDArray[np.bool_]:
    """Mark the regions whose 95 % interval contains 0.

    Parameters
    ----------
    explanation
        Final or partial.
    target
        Label or contrast of the map.

    Returns
    -------
    (R,) bool, all False where the engine estimates no errors.

    Raises
    ------
    NameUnknown
        If the model has no such label.
    """
    values, errors = _values_and_errors(explanation, target)
    noisy: NDArray[np.bool_] = np.abs(values) <= WITHIN * errors
    # A standard error of 0 means "not estimated", so that a value of 0 is not noise there.
    return noisy & (errors > 0)


@dataclass(frozen=True, slots=True)
class Noise:
    """Amount of a map that is within noise.

    Attributes
    ----------
    regions, of
        Number of regions within noise, and of all regions.
    area
        Share of the picture that the regions within noise cover.
    """

    regions: int
    of: int
    area: float


def noise(explanation: Explanation, target: Target) -> Noise | None:
    """Count the regions within noise, or return None if the engine estimates no errors."""
    if explanation.uncertainty is None:
        return None
    noisy = within_noise(explanation, target)
    return Noise(int(noisy.sum()), len(noisy), float(noisy[explanation.region_of].mean()))


def display_map(explanation: Explanation, target: Target, *, hides_noise: bool) -> NDArray[np.float32]:
    """Return a map for drawing, with regions within noise set to 0 on request.

    Use it for pictures only. Without its noisy regions a map does not sum to the margin, and shares of the evidence
    computed from it are too large: the regions that remain are those whose estimates came out large. On a planted cue
    that has 0.47 of the evidence by 6,000 evaluations, the whole map of 300 evaluations had 0.46, and the map without
    its noisy regions 0.81.

    Parameters
    ----------
    explanation, target
        See `within_noise`.
    hides_noise
        If True, regions within noise are 0.

    Returns
    -------
    (H, W) float32, in logits.

    Raises
    ------
    NameUnknown
        If the model has no such label.
    """
    whole = target.map_of(explanation)
    if not hides_noise or explanation.uncertainty is None:
        return whole
    return np.where(within_noise(explanation, target)[explanation.region_of], np.float32(0), whole)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Stability of the ranking of the strongest regions.

    Attributes
    ----------
    stability
        Expected share of the top regions that stay at the top; see `ranking_stability`.
    top
        Number of regions at the top.
    """

    stability: float
    top: int

    @property
    def settled(self) -> bool:
        """True if at least `SETTLED` of the top regions are expected to stay."""
        return self.stability >= SETTLED

    @property
    def stay(self) -> int:
        """Number of top regions expected to stay, rounded down."""
        # 0.7 * 10 is 6.999... in floating point; the small term keeps such products from losing a region.
        return int(self.stability * self.top + 1e-9)


def ranking(explanation: Explanation, target: Target, top: int = TOP) -> Ranking | None:
    """Return the stability of the ranking of the top regions (see `ranking_stability`).

    Returns
    -------
    None where no errors are estimated yet, or where there are no more than `top` regions.
    """
    _, errors = _values_and_errors(explanation, target)
    if len(errors) <= top or not errors.any():
        return None
    return Ranking(ranking_stability(explanation, target, top), top)


def holdout_r2(explanation: Explanation, label: str) -> float | None:
    """Return the hold-out R2 of a label (`Uncertainty.r2`), or None if it is not known yet.

    It is the share of the variance of the label's logit, over masked pictures that came later, that the sum of the
    region values found before predicts.

    Raises
    ------
    NameUnknown
        If the model has no such label.
    """
    column = index_of(label, explanation.labels)
    share = None if explanation.uncertainty is None else float(explanation.uncertainty.r2[column])
    return None if share is None or np.isnan(share) else share


def ranking_stability(explanation: Explanation, target: Target, top: int = TOP) -> float:
    """Estimate the share of the top regions that unlimited evaluations would leave at the top.

    Values are sampled from normal distributions with the estimated standard errors, always with the same seed, so that
    the figure does not change between two looks at one explanation.

    Parameters
    ----------
    explanation, target
        See `within_noise`.
    top
        Number of regions at the top, by the absolute size of their values.

    Returns
    -------
    From 0 to 1; 1 where no errors are estimated, or where there are no more than `top` regions. See `SETTLED`.

    Raises
    ------
    NameUnknown
        If the model has no such label.
    """
    values, errors = _values_and_errors(explanation, target)
    if len(values) <= top:
        return 1.0
    samples = values + errors * np.random.default_rng(0).standard_normal((DRAWS, len(values)))
    found = _topmost(values[None], top)[0]
    return float(np.isin(_topmost(samples, top), found).mean())


def _topmost(values: NDArray[np.floating], top: int) -> NDArray[np.intp]:
    return np.argsort(-np.abs(values), axis=1, kind="stable")[:, :top]


def _values_and_errors(explanation: Explanation, target: Target) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(R,) values of a target and their standard errors, 0 where none are estimated."""
    values, errors = explanation.values_of(target), explanation.errors_of(target)
    return values, np.zeros_like(values) if errors is None else errors
