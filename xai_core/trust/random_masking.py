"""Faithfulness correlation of a map, measured on random maskings.

A map predicts that hiding pixels takes their values away from the score. Random parts of the picture are hidden and
the predicted changes are compared with the measured ones, in the way of "faithfulness correlation" (U. Bhatt,
A. Weller, J. Moura, "Evaluating and Aggregating Feature-based Model Explanations", IJCAI 2020, arXiv:2005.00631). The
maskings are random and of four kinds, none of which a method uses to find its values.

The logit falls with the hidden area: an uninformative map that spreads its sum evenly has a raw correlation of about
0.7 with the measured changes. So the correlation is taken after the effect of the hidden area is removed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from xai_core.explain.target import Target
from xai_core.model.spec import ModelSpec
from xai_core.trust.coalitions import random_coalitions
from xai_core.trust.plan import EvaluationPlan

MASKS_PER_KIND = 16
"""Masks of each of the four kinds: 64 in all, and one evaluation of the whole picture."""

GOOD, FAIR = 0.7, 0.4
"""Correlations from which a map is good and fair: it predicts half of the variance (0.7 squared), and a sixth."""

FaithfulnessLevel = Literal["good", "fair", "poor"]


@dataclass(frozen=True, slots=True, eq=False)
class RandomMaskings:
    """Effect of random maskings on a score.

    One set of maskings tests every map of the picture.

    Attributes
    ----------
    shown : kind -> (n, H, W) bool
        The masks, True where shown.
    measured : kind -> (n,) float64
        Measured change of the score from the whole picture to the masked one, in logits; NaN where still unknown.
    """

    shown: Mapping[str, NDArray[np.bool_]]
    measured: Mapping[str, NDArray[np.float64]]

    @property
    def hidden(self) -> Mapping[str, NDArray[np.float64]]:
        """Share of the picture that each mask hides (kind -> (n,) float64)."""
        return {kind: (~masks).mean(axis=(1, 2)) for kind, masks in self.shown.items()}

    def prediction(self, shap_map: NDArray[np.floating]) -> "Prediction":
        """Return the changes that a map predicts, beside the measured ones.

        Parameters
        ----------
        shap_map : (H, W) float
            Map of the score that the maskings were measured for.
        """
        values = shap_map.astype(np.float64)
        # Values are additive, so hiding pixels is predicted to change the score by minus the sum of their values.
        predicted = {kind: -np.tensordot(~masks, values, axes=2) for kind, masks in self.shown.items()}
        return Prediction(predicted, self.measured, self.hidden)


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Predicted and measured changes of a score, in logits.

    Attributes
    ----------
    predicted, measured : kind -> (n,) float64
        Changes that the map predicts, and changes of the model's score.
    hidden : kind -> (n,) float64
        Share of the picture that was hidden.
    """

    predicted: Mapping[str, NDArray[np.float64]]
    measured: Mapping[str, NDArray[np.float64]]
    hidden: Mapping[str, NDArray[np.float64]]

    @property
    def correlation(self) -> float:
        """Faithfulness correlation.

        It is the partial correlation of predicted and measured changes given the hidden area, averaged over the kinds:
        1 for a perfect prediction, 0 for one that depends only on the hidden area.
        """
        # Averaged rather than pooled, so that differences between the kinds do not pass for prediction.
        per_kind = [
            _partial_correlation(self.predicted[kind], self.measured[kind], self.hidden[kind]) for kind in self.measured
        ]
        return float(np.mean(per_kind))

    @property
    def slope(self) -> float:
        """Measured change per predicted logit, by least squares over all kinds.

        Below 1 the map predicts too much.
        """
        predicted, measured = (np.concatenate(list(changes.values())) for changes in (self.predicted, self.measured))
        centred = predicted - predicted.mean()
        return float(centred @ measured / (centred @ centred)) if _varies(centred, predicted) else 0.0

    @property
    def level(self) -> FaithfulnessLevel:
        """Faithfulness in words."""
        return faithfulness_level(self.correlation)


def faithfulness_level(correlation: float) -> FaithfulnessLevel:
    """Return a faithfulness correlation in words.

    >>> faithfulness_level(0.71), faithfulness_level(0.5), faithfulness_level(-0.9)
    ('good', 'fair', 'poor')
    """
    if correlation >= GOOD:
        return "good"
    return "fair" if correlation >= FAIR else "poor"


def random_masking_plan(
    target: Target, spec: ModelSpec, *, per_kind: int = MASKS_PER_KIND, seed: int = 0
) -> EvaluationPlan[RandomMaskings]:
    """Return the evaluation plan of one picture's random maskings.

    It has one evaluation a mask, and one of the whole picture.

    Parameters
    ----------
    target
        Label or contrast whose score is measured.
    spec
        Specification of the model.
    per_kind
        Number of masks of each kind.
    seed
        Seed of the masks.
    """
    coalitions = random_coalitions(spec.input_size, per_kind, seed)
    shown = {kind: np.stack(masks) for kind, masks in coalitions.items()}
    # The whole picture first: all changes are relative to its score, so even the first partial answers have them.
    everything = np.concatenate([np.ones((1, *spec.input_size), np.bool_), *shown.values()])

    def conclude(logits: NDArray[np.float32]) -> RandomMaskings:
        score = target.score(logits, spec.labels)
        changes = np.split(score[1:] - score[0], len(shown))
        return RandomMaskings(shown, dict(zip(shown, changes, strict=True)))

    return EvaluationPlan(len(everything), everything.__getitem__, conclude, partial=True)


def _partial_correlation(a: NDArray[np.float64], b: NDArray[np.float64], given: NDArray[np.float64]) -> float:
    """Return the correlation of two series after linear regression of each on a third.

    It is 0 where a series is a linear function of the third, because nothing is left to correlate.
    """
    rest_a, rest_b = _residual(a, given), _residual(b, given)
    return float(np.corrcoef(rest_a, rest_b)[0, 1]) if _varies(rest_a, a) and _varies(rest_b, b) else 0.0


def _residual(values: NDArray[np.float64], given: NDArray[np.float64]) -> NDArray[np.float64]:
    line = np.stack([np.ones_like(given), given], axis=1)
    rest: NDArray[np.float64] = values - line @ np.linalg.lstsq(line, values, rcond=None)[0]
    return rest


def _varies(rest: NDArray[np.float64], values: NDArray[np.float64]) -> bool:
    # Rounding alone is no variation: sums of a float32 map differ in their last digits, and a correlation of such
    # residuals would be noise.
    return bool(np.ptp(rest) > 1e-6 * float(np.abs(values).max(initial=0.0)))
