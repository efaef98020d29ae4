"""What if parts of the picture were hidden: what a map foretells, and what the model says. One evaluation."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import SettingRefused
from xai_core.explain.evaluate import Asked
from xai_core.explain.explanation import Explanation
from xai_core.explain.preview import pictured
from xai_core.masking import composer_maker
from xai_core.trust.curves import falling
from xai_core.trust.plan import Plan
from xai_core.trust.target import probabilities


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """One masked picture, as foretold and as it is.

    Attributes
    ----------
    shown : (H, W) bool
        What was left of the picture.
    before, predicted, actual : (L,) float64
        Logits of the whole picture, what the explanation makes of the masked one, and what the model says of it.
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
        """(L,) probabilities that the explanation foretells."""
        return probabilities(self.predicted)

    @property
    def p_actual(self) -> NDArray[np.float64]:
        """(L,) probabilities that the model gives."""
        return probabilities(self.actual)


def without_regions(region_of: NDArray[np.integer], regions: Iterable[int]) -> NDArray[np.bool_]:
    """(H, W) bool: everything shown but these regions.

    Raises
    ------
    SettingRefused
        If there is no such region.
    """
    return ~only_regions(region_of, regions)


def only_regions(region_of: NDArray[np.integer], regions: Iterable[int]) -> NDArray[np.bool_]:
    """(H, W) bool: nothing shown but these regions.

    Raises
    ------
    SettingRefused
        If there is no such region.
    """
    chosen, most = sorted(set(regions)), int(region_of.max())
    if chosen and not 0 <= chosen[0] <= chosen[-1] <= most:
        wrong = chosen[0] if chosen[0] < 0 else chosen[-1]
        raise SettingRefused("region", wrong, f"0 to {most}, the regions of this explanation")
    return np.isin(region_of, chosen)


def top_share(
    shap_map: NDArray[np.floating], share: float, region_of: NDArray[np.integer] | None = None
) -> NDArray[np.bool_]:
    """(H, W) bool: the part of the picture that a map values most, True there.

    Parameters
    ----------
    shap_map : (H, W) float
        Of a label or a contrast.
    share
        Of the picture's area, from 0 to 1.
    region_of : (H, W) int
        Of equal values, one region's pixels come before another's.

    Raises
    ------
    SettingRefused
        If the share is outside its range.
    """
    if not 0 <= share <= 1:
        raise SettingRefused("share", share, "0 (nothing) to 1 (the whole picture)")
    top = np.zeros(shap_map.size, np.bool_)
    top[falling(shap_map, region_of)[: round(share * shap_map.size)]] = True
    return top.reshape(shap_map.shape)


def outline(chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(H, W) bool: the pixels of a part of the picture that touch what is not of it, or the picture's edge."""
    inside = np.pad(chosen, 1)
    return chosen & ~(inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:])


def masked_view(asked: Asked, shown: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """What the model is shown of a picture, for the eye.

    Parameters
    ----------
    asked
        Which picture and mask.
    shown : (H, W) bool
        What is left of it.

    Returns
    -------
    (H, W, 3) uint8
    """
    spec = asked.runtime.spec
    return pictured(composer_maker(asked.view, spec, asked.settings)().compose([shown])[0], spec)


def what_if_plan(explanation: Explanation, shown: NDArray[np.bool_]) -> Plan[WhatIf]:
    """What a masked picture needs: itself, once.

    Parameters
    ----------
    explanation
        What foretells: hiding a region takes its values away, and hiding a part of it that part of them.
    shown : (H, W) bool
        What is left of the picture.

    Raises
    ------
    SettingRefused
        If the mask is of another size than the explanation.
    """
    region_of = explanation.region_of
    if shown.shape != region_of.shape:
        raise SettingRefused("The mask's size", shown.shape, f"{region_of.shape}, that of the explanation")
    left = np.bincount(region_of.ravel(), shown.ravel()) / np.bincount(region_of.ravel())
    predicted = explanation.base.astype(np.float64) + left @ explanation.values.astype(np.float64)

    def conclude(logits: NDArray[np.float32]) -> WhatIf:
        return WhatIf(shown, explanation.full.astype(np.float64), predicted, logits[0].astype(np.float64))

    return Plan(1, lambda _place: shown, conclude)
