"""Comparison of one picture's maps under several masks.

A value is evidence relative to what replaces the hidden regions, so each mask asks a slightly different question.
What the maps of all masks have in common does not depend on the choice of the mask.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from xai_core.settings.explain_settings import ExplainSettings

BLURS_PX = (8, 16, 32, 64, 128, 192)
"""Sides of the compared blurs in pixels; a side that exceeds the model's input is reduced to it."""

OWN_MASK = "own"
"""Name of the reader's mask where it is not one of the standard masks."""

LARGE_AGREEMENT, PARTIAL_AGREEMENT = 0.7, 0.4
"""Rank correlation from which maps agree largely, and in part."""

AgreementLevel = Literal["largely", "in part", "hardly"]


def compared_masks(settings: ExplainSettings, input_size: tuple[int, int]) -> dict[str, ExplainSettings]:
    """Return the settings of the compared masks by the names that links use.

    Everything but the mask stays as the reader has set it.

    Parameters
    ----------
    settings
        The reader's settings. Their mask comes first if it is not one of the standard masks.
    input_size
        Height and width of the model's input in pixels.
    """
    mean_colour = replace(settings, mask="mean", colour=None)
    sides = sorted({min(side, *input_size) for side in BLURS_PX})
    masks = {f"blur{side}": replace(mean_colour, mask="blur", blur_px=side) for side in sides}
    masks |= {"inpaint": replace(mean_colour, mask="inpaint_telea"), "mean": mean_colour}
    return masks if own_mask_name(settings, masks) in masks else {OWN_MASK: settings} | masks


def own_mask_name(settings: ExplainSettings, masks: dict[str, ExplainSettings]) -> str:
    """Return the name of the reader's own mask among the compared masks."""
    return next((name for name, candidate in masks.items() if _same_mask(candidate, settings)), OWN_MASK)


def _same_mask(first: ExplainSettings, second: ExplainSettings) -> bool:
    if (first.mask, first.colour) != (second.mask, second.colour):
        return False
    return not first.blurs or first.blur_px == second.blur_px


def rank_correlations(maps: Sequence[NDArray[np.floating]]) -> NDArray[np.float64]:
    """Return Spearman's rank correlation of every pair of maps.

    1 means that two maps order the pixels alike, 0 that their orders are unrelated.

    Parameters
    ----------
    maps : n arrays (H, W) float
        Maps of one picture. Pixels of equal value share a rank.

    Returns
    -------
    (n, n) float64 with ones on the diagonal. A constant map has correlation 0 with every other map.
    """
    # Spearman's coefficient is Pearson's of the ranks. scipy.stats.spearmanr is not used because it warns and returns
    # NaN for a constant map, which has no order; here the smallest positive divisor turns 0 / 0 into 0.
    centred = np.stack([rankdata(shap_map) for shap_map in maps])
    centred -= centred.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1))
    correlations: NDArray[np.float64] = (centred @ centred.T) / np.maximum(
        np.outer(length, length), np.finfo(np.float64).tiny
    )
    np.fill_diagonal(correlations, 1.0)
    return correlations


def agreement_level(correlation: float) -> AgreementLevel:
    """Return in words how far two maps agree.

    >>> agreement_level(0.71), agreement_level(0.5), agreement_level(-0.9)
    ('largely', 'in part', 'hardly')
    """
    if correlation >= LARGE_AGREEMENT:
        return "largely"
    return "in part" if correlation >= PARTIAL_AGREEMENT else "hardly"
