"""Predicted and actual effect of hiding a chosen part of a picture.

It takes one evaluation.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import SettingRefused
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import probabilities
from xai_core.language import deferred
from xai_core.trust.curves import pixels_by_value
from xai_core.trust.plan import EvaluationPlan


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """Predicted and actual logits of one masked picture.

    Attributes
    ----------
    shown : (H, W) bool
        Mask of the picture, True where shown.
    before, predicted, actual : (L,) float64
        Logits of the whole picture, logits of the masked picture as the explanation predicts them, and as the model
        gives them.
    """

    shown: NDArray[np.bool_]
    before: NDArray[np.float64]
    predicted: NDArray[np.float64]
    actual: NDArray[np.float64]

    @property
    def p_before(self) -> NDArray[np.float64]:
        """(L,) probabilities of the whole picture."""
        return probabilities(self.before)

    @property
    def p_predicted(self) -> NDArray[np.float64]:
        """(L,) probabilities of the masked picture as the explanation predicts them."""
        return probabilities(self.predicted)

    @property
    def p_actual(self) -> NDArray[np.float64]:
        """(L,) probabilities of the masked picture as the model gives them."""
        return probabilities(self.actual)


def region_mask(region_of: NDArray[np.integer], regions: Iterable[int]) -> NDArray[np.bool_]:
    """Return an (H, W) bool array that is True in these regions.

    Raises
    ------
    SettingRefused
        If there is no such region.
    """
    chosen, last = sorted(set(regions)), int(region_of.max())
    if chosen and not 0 <= chosen[0] <= chosen[-1] <= last:
        wrong = chosen[0] if chosen[0] < 0 else chosen[-1]
        raise SettingRefused("region", wrong, deferred("0 to {last}, the regions of this explanation", last=last))
    return np.isin(region_of, chosen)


def top_share(
    shap_map: NDArray[np.floating], share: float, region_of: NDArray[np.integer] | None = None
) -> NDArray[np.bool_]:
    """Return an (H, W) bool array that is True in the most valued share of the picture.

    Parameters
    ----------
    shap_map : (H, W) float
        Map of a label or a contrast.
    share
        Share of the picture's area, from 0 to 1.
    region_of : (H, W) int
        Regions that the values belong to. The part then consists of whole regions, at least of one, and its area is as
        near to the share as they allow.

    Raises
    ------
    SettingRefused
        If the share is outside its range.
    """
    if not 0 <= share <= 1:
        raise SettingRefused("share", share, deferred("0 (nothing) to 1 (the whole picture)"))
    order, count = pixels_by_value(shap_map, region_of), round(share * shap_map.size)
    if region_of is not None and share:
        sorted_regions = region_of.ravel()[order]
        # Numbers of pixels at which a region ends. A region that is cut would have an edge that no map has drawn.
        ends = np.append(np.flatnonzero(np.diff(sorted_regions)) + 1, len(order))
        count = int(ends[np.abs(ends - count).argmin()])
    top = np.zeros(shap_map.size, np.bool_)
    top[order[:count]] = True
    return top.reshape(shap_map.shape)


def outline(part: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the (H, W) bool pixels of a part that touch the rest of the picture or its edge."""
    # A pixel is inside if its four neighbours belong to the part. The padding makes the picture's edge an outside.
    inside = np.pad(part, 1)
    return part & ~(inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:])


def what_if_plan(explanation: Explanation, shown: NDArray[np.bool_]) -> EvaluationPlan[WhatIf]:
    """Return the evaluation plan of a masked picture, which is that picture alone.

    Parameters
    ----------
    explanation
        Explanation that predicts. It predicts that hiding a region takes its values away, and hiding a part of a region
        that part of them.
    shown : (H, W) bool
        True where the picture is shown.

    Raises
    ------
    SettingRefused
        If the mask is of another size than the explanation.
    """
    region_of = explanation.region_of
    if shown.shape != region_of.shape:
        raise SettingRefused(
            deferred("The mask's size"),
            shown.shape,
            deferred("{size}, that of the explanation", size=region_of.shape),
        )
    # Share of each region that is shown. Values are additive: base + values of what is shown = predicted logits.
    shown_share = np.bincount(region_of.ravel(), shown.ravel()) / np.bincount(region_of.ravel())
    predicted = explanation.base.astype(np.float64) + shown_share @ explanation.values.astype(np.float64)

    def conclude(logits: NDArray[np.float32]) -> WhatIf:
        return WhatIf(shown, explanation.full.astype(np.float64), predicted, logits[0].astype(np.float64))

    return EvaluationPlan(1, lambda _number: shown, conclude)
