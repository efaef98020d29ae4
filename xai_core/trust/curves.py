"""Deletion and insertion: what the model says while a map's pixels are hidden or shown, the most valued first.

V. Petsiuk, A. Das, K. Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", BMVC 2018,
arXiv:1806.07421. Both curves use the mask of the explanation, so that they have the same two ends.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core.model.spec import ModelSpec
from xai_core.trust.plan import Plan
from xai_core.trust.target import Target

STEPS = 32
"""Steps of equal area from nothing to the whole picture: 33 points a curve."""

EVALUATIONS = 2 * STEPS
"""Of both curves together: they share their ends, the hidden and the shown picture."""

LEAST_SPAN = 1.0
"""Logits that showing the picture must add; below, shares of that change would be shares of next to nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """The two curves of one map, points from nothing changed to everything changed.

    Attributes
    ----------
    shares : (33,) float64
        Part of the picture that has been shown or hidden.
    insertion, deletion : (33,) float64
        The target's score in logits while the most valued pixels are shown first, starting from the hidden picture;
        and while they are hidden first, starting from the shown one.
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
        """What showing the whole picture adds to the score: full - base, in logits."""
        return float(self.insertion[-1] - self.insertion[0])

    @property
    def insertion_area(self) -> float:
        """Mean of (score - base) / (full - base) while pixels are shown; NaN where the span is below LEAST_SPAN."""
        return self._area(self.insertion)

    @property
    def deletion_area(self) -> float:
        """Mean of (score - base) / (full - base) while pixels are hidden; NaN where the span is below LEAST_SPAN."""
        return self._area(self.deletion)

    @property
    def gain(self) -> float:
        """Insertion minus deletion, of the scaled logit: 0 for a random order, NaN as they are."""
        return self.insertion_area - self.deletion_area

    @property
    def relevance_gain(self) -> float:
        """Symmetric relevance gain: area under LIF minus area under MIF, of the probability.

        Pixels are hidden with the least influential first (LIF), and with the most influential first (MIF).
        S. Bluecher, J. Vielhaben, N. Strodthoff, "Decoupling Pixel Flipping and Occlusion Strategy for Consistent XAI
        Benchmarks", Transactions on Machine Learning Research 2024, arXiv:2401.06654. To hide the least influential
        pixels first is to show the most influential ones first, backwards: LIF is the insertion curve of this mask.
        """
        return float(np.trapezoid(self.insertion_p, self.shares) - np.trapezoid(self.deletion_p, self.shares))

    def scaled(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores of either curve as shares of the way from base to full."""
        shares: NDArray[np.float64] = (scores - self.insertion[0]) / self.span
        return shares

    def _area(self, scores: NDArray[np.float64]) -> float:
        return float(np.trapezoid(self.scaled(scores), self.shares)) if self.span >= LEAST_SPAN else float("nan")


def falling(shap_map: NDArray[np.floating], region_of: NDArray[np.integer] | None = None) -> NDArray[np.intp]:
    """Pixels in the order of their values, the largest first.

    Parameters
    ----------
    shap_map : (H, W) float
        Of a label or a contrast.
    region_of : (H, W) int
        Where values belong to regions: of equal values, one region's pixels come before another's.

    Returns
    -------
    (H * W,) places in the flattened picture. Ties go by region, then row by row, so that the order is always the same.
    """
    regions = np.zeros(shap_map.size, np.intp) if region_of is None else region_of.ravel()
    return np.lexsort((regions, -shap_map.ravel()))


def random_order(region_of: NDArray[np.integer], seed: int) -> NDArray[np.intp]:
    """Pixels in an order without meaning: region after region, as a map that knows nothing would have them.

    Single pixels strewn at random would not do: grain disturbs a model more than anything that is hidden in one piece.

    Parameters
    ----------
    region_of : (H, W) int
        The regions, numbered from 0.
    seed
        Of the order.

    Returns
    -------
    (H * W,) places in the flattened picture.
    """
    ranks = np.random.default_rng(seed).permutation(int(region_of.max()) + 1)
    return np.argsort(ranks[region_of].ravel(), kind="stable")


def curves_plan(order: NDArray[np.intp], target: Target, spec: ModelSpec) -> Plan[Curves]:
    """What both curves of an order of pixels need.

    Parameters
    ----------
    order : (H * W,) int
        Places in the flattened picture, the most valued first; see `falling`.
    target
        What the order is for.
    spec
        Of the model: its input has H x W pixels.
    """
    cuts = np.rint(np.linspace(0, order.size, STEPS + 1)).astype(np.intp)

    def coalition(place: int) -> NDArray[np.bool_]:
        inserting = place <= STEPS
        shown = np.full(order.size, not inserting)
        shown[order[: cuts[place if inserting else place - STEPS]]] = inserting
        return shown.reshape(spec.input_size)

    def conclude(logits: NDArray[np.float32]) -> Curves:
        score, p = target.score(logits, spec.labels), target.probability(logits, spec.labels)
        return Curves(cuts / order.size, *_both(score), *_both(p))

    return Plan(EVALUATIONS, coalition, conclude, partial=True)


def _both(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Insertion and deletion of the points that were evaluated: the latter begins and ends with ends of the former."""
    insertion = points[: STEPS + 1]
    return insertion, np.concatenate([insertion[-1:], points[STEPS + 1 :], insertion[:1]])
