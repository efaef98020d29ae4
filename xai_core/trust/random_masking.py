"""Does a map predict what hiding a part of the picture does? Tried on random parts that no method has seen.

The more is hidden, the more the logit falls: a map that knows nothing of places and spreads its sum evenly has a raw
correlation of about 0.7 with what happens. So the effect of the hidden area is taken out before changes are compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from xai_core.model.spec import ModelSpec
from xai_core.trust.coalitions import random_coalitions
from xai_core.trust.plan import Plan
from xai_core.trust.target import Target

EACH = 16
"""Masks of each of the four kinds: 64 in all, and one evaluation of the whole picture."""

GOOD, FAIR = 0.7, 0.4
"""Correlation from which a map is called so: half of what happens foreseen (0.7 squared), and a sixth."""

Word = Literal["good", "fair", "poor"]


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """What hiding random parts of a picture did to a score; one set of trials judges every map of the picture.

    Attributes
    ----------
    shown : kind -> (n, H, W) bool
        The masks, True where shown.
    actual : kind -> (n,) float64
        Change of the score from the whole picture to the masked one, in logits; NaN where it is not known yet.
    """

    shown: Mapping[str, NDArray[np.bool_]]
    actual: Mapping[str, NDArray[np.float64]]

    @property
    def hidden(self) -> Mapping[str, NDArray[np.float64]]:
        """Part of the picture that each mask hides: kind -> (n,) float64."""
        return {kind: (~masks).mean(axis=(1, 2)) for kind, masks in self.shown.items()}

    def prediction(self, shap_map: NDArray[np.floating]) -> "Prediction":
        """Compare with what a map foretells: that hiding pixels takes their values away.

        Parameters
        ----------
        shap_map : (H, W) float
            Of the score that the trials are about.
        """
        values = shap_map.astype(np.float64)
        predicted = {kind: -np.tensordot(~masks, values, axes=2) for kind, masks in self.shown.items()}
        return Prediction(predicted, self.actual, self.hidden)


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Predicted against actual changes of a score, in logits.

    Attributes
    ----------
    predicted, actual : kind -> (n,) float64
    hidden : kind -> (n,) float64
        Part of the picture that was hidden.
    """

    predicted: Mapping[str, NDArray[np.float64]]
    actual: Mapping[str, NDArray[np.float64]]
    hidden: Mapping[str, NDArray[np.float64]]

    @property
    def correlation(self) -> float:
        """Mean over the kinds of the partial correlation of predicted with actual changes, given the hidden area.

        1 where a map foresees which parts matter, 0 where it foresees no more than their size does.
        """
        of_kinds = [
            _partial_correlation(self.predicted[kind], self.actual[kind], self.hidden[kind]) for kind in self.actual
        ]
        return float(np.mean(of_kinds))

    @property
    def slope(self) -> float:
        """Actual change a predicted logit, by least squares over all kinds: below 1 the map promises too much."""
        predicted, actual = (np.concatenate(list(each.values())) for each in (self.predicted, self.actual))
        away = predicted - predicted.mean()
        return float(away @ actual / (away @ away)) if _varies(away, predicted) else 0.0

    @property
    def word(self) -> Word:
        """How far the map can be trusted, in a word."""
        return word_for(self.correlation)


def word_for(correlation: float) -> Word:
    """Name a correlation.

    >>> word_for(0.71), word_for(0.5), word_for(-0.9)
    ('good', 'fair', 'poor')
    """
    if correlation >= GOOD:
        return "good"
    return "fair" if correlation >= FAIR else "poor"


def trials_plan(target: Target, spec: ModelSpec, *, each: int = EACH, seed: int = 0) -> Plan[Trials]:
    """What the trials of one picture need: one evaluation a mask, and one of the whole picture.

    Parameters
    ----------
    target
        Whose score is watched.
    spec
        Of the model.
    each
        Masks of each kind.
    seed
        Of the masks.
    """
    drawn = random_coalitions(spec.input_size, each, seed)
    shown = {kind: np.stack(masks) for kind, masks in drawn.items()}
    everything = np.concatenate([np.ones((1, *spec.input_size), np.bool_), *shown.values()])

    def conclude(logits: NDArray[np.float32]) -> Trials:
        score = target.score(logits, spec.labels)
        parts = np.split(score[1:] - score[0], len(shown))
        return Trials(shown, dict(zip(shown, parts, strict=True)))

    return Plan(len(everything), everything.__getitem__, conclude, partial=True)


def _partial_correlation(a: NDArray[np.float64], b: NDArray[np.float64], given: NDArray[np.float64]) -> float:
    """Correlation of what two series do beyond following a third in a straight line; 0 where one does nothing more."""
    rest_a, rest_b = _beyond(a, given), _beyond(b, given)
    return float(np.corrcoef(rest_a, rest_b)[0, 1]) if _varies(rest_a, a) and _varies(rest_b, b) else 0.0


def _beyond(values: NDArray[np.float64], given: NDArray[np.float64]) -> NDArray[np.float64]:
    line = np.stack([np.ones_like(given), given], axis=1)
    rest: NDArray[np.float64] = values - line @ np.linalg.lstsq(line, values, rcond=None)[0]
    return rest


def _varies(rest: NDArray[np.float64], values: NDArray[np.float64]) -> bool:
    # Rounding alone is no variation: a float32 map sums to slightly different numbers.
    return bool(np.ptp(rest) > 1e-6 * float(np.abs(values).max(initial=0.0)))
