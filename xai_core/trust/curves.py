"""Insertion and deletion curves of a map.

They follow the model's score while the pixels that the map values most are shown first (insertion) or hidden first
(deletion): V. Petsiuk, A. Das, K. Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", BMVC
2018, arXiv:1806.07421. Unlike there, both curves use the mask of the explanation, so that they share their two ends.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core.explain.target import Target
from xai_core.model.spec import ModelSpec
from xai_core.trust.plan import EvaluationPlan

STEPS = 32
"""Steps of equal area from the hidden to the whole picture: 33 points a curve."""

EVALUATIONS = 2 * STEPS
"""Evaluations of both curves together, which share their ends."""

MIN_SPAN = 1.0
"""Logits that showing the picture must add; below it the scaled curves would divide by nearly nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Insertion and deletion curve of one map, from nothing changed to everything changed.

    Attributes
    ----------
    shares : (33,) float64
        Share of the picture that has been shown or hidden.
    insertion, deletion : (33,) float64
        The target's score in logits, while the most valued pixels are shown first, starting from the hidden picture,
        and while they are hidden first, starting from the whole picture.
    insertion_p, deletion_p : (33,) float64
        The target's probability at the same points.
    """

    shares: NDArray[np.float64]
    insertion: NDArray[np.float64]
    deletion: NDArray[np.float64]
    insertion_p: NDArray[np.float64]
    deletion_p: NDArray[np.float64]

    @property
    def span(self) -> float:
        """Logits that showing the whole picture adds to the score (full - base)."""
        return float(self.insertion[-1] - self.insertion[0])

    @property
    def insertion_area(self) -> float:
        """Mean of (score - base) / (full - base) during insertion, NaN below `MIN_SPAN`."""
        return self._area(self.insertion)

    @property
    def deletion_area(self) -> float:
        """Mean of (score - base) / (full - base) during deletion, NaN below `MIN_SPAN`."""
        return self._area(self.deletion)

    @property
    def gain(self) -> float:
        """Insertion area minus deletion area, about 0 for a random order."""
        return self.insertion_area - self.deletion_area

    @property
    def relevance_gain(self) -> float:
        """Symmetric relevance gain, the area under LIF minus that under MIF, of the probability.

        Pixels are hidden with the least influential first (LIF), and with the most influential first (MIF).
        S. Bluecher, J. Vielhaben, N. Strodthoff, "Decoupling Pixel Flipping and Occlusion Strategy for Consistent XAI
        Benchmarks", Transactions on Machine Learning Research 2024, arXiv:2401.06654.
        """
        # Hiding the least influential pixels first passes through the same masked pictures as showing the most
        # influential ones first, in reverse. So the area under LIF is that under the insertion curve, and no
        # evaluation is needed beyond those of the two curves.
        return float(np.trapezoid(self.insertion_p, self.shares) - np.trapezoid(self.deletion_p, self.shares))

    def scaled(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return scores of either curve as shares of the way from base to full."""
        shares: NDArray[np.float64] = (scores - self.insertion[0]) / self.span
        return shares

    def _area(self, scores: NDArray[np.float64]) -> float:
        return float(np.trapezoid(self.scaled(scores), self.shares)) if self.span >= MIN_SPAN else float("nan")


def pixels_by_value(shap_map: NDArray[np.floating], region_of: NDArray[np.integer] | None = None) -> NDArray[np.intp]:
    """Return the pixels in the order of their values, the largest first.

    Parameters
    ----------
    shap_map : (H, W) float
        Map of a label or a contrast.
    region_of : (H, W) int
        Regions that the values belong to. Where values are equal, one region's pixels come before another's.

    Returns
    -------
    (H * W,) indices into the flattened picture. Ties go by region, then row by row, so the order is always the same.
    """
    regions = np.zeros(shap_map.size, np.intp) if region_of is None else region_of.ravel()
    # lexsort is stable and sorts by its last key first: by falling value, then by region, then by position.
    return np.lexsort((regions, -shap_map.ravel()))


def random_order(region_of: NDArray[np.integer], seed: int) -> NDArray[np.intp]:
    """Return the pixels in a random order of their regions, the order of an uninformative map.

    Parameters
    ----------
    region_of : (H, W) int
        Regions, numbered from 0.
    seed
        Seed of the order.

    Returns
    -------
    (H * W,) indices into the flattened picture.
    """
    # Whole regions, because single pixels in random order would be no fair baseline: fine grain disturbs a model more
    # than the same area hidden in one piece.
    ranks = np.random.default_rng(seed).permutation(int(region_of.max()) + 1)
    return np.argsort(ranks[region_of].ravel(), kind="stable")


def curves_plan(order: NDArray[np.intp], target: Target, spec: ModelSpec) -> EvaluationPlan[Curves]:
    """Return the evaluation plan of both curves for one order of pixels.

    Parameters
    ----------
    order : (H * W,) int
        Indices into the flattened picture, the most valued first; see `pixels_by_value`.
    target
        Label or contrast whose score is followed.
    spec
        Specification of the model, whose input has H x W pixels.
    """
    cuts = np.rint(np.linspace(0, order.size, STEPS + 1)).astype(np.intp)

    # Coalitions 0 to STEPS are the points of insertion, its two ends included. Those after them are the inner points
    # of deletion, whose ends are the same two pictures.
    def coalition(number: int) -> NDArray[np.bool_]:
        inserting = number <= STEPS
        shown = np.full(order.size, not inserting)
        shown[order[: cuts[number if inserting else number - STEPS]]] = inserting
        return shown.reshape(spec.input_size)

    def conclude(logits: NDArray[np.float32]) -> Curves:
        score, p = target.score(logits, spec.labels), target.probability(logits, spec.labels)
        return Curves(cuts / order.size, *_split_curves(score), *_split_curves(p))

    return EvaluationPlan(EVALUATIONS, coalition, conclude, partial=True)


def _split_curves(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return insertion and deletion from the evaluated points, in the order of `curves_plan`."""
    insertion = points[: STEPS + 1]
    return insertion, np.concatenate([insertion[-1:], points[STEPS + 1 :], insertion[:1]])
