"""One picture under several masks: which ones are compared, and how far the maps agree.

Evidence is always against what hidden parts show, so that each mask asks another question. What all of them answer
alike does not hang on that choice.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from xai_core.settings import ExplainSettings

BLURS_PX = (8, 16, 32, 64, 128, 192)
"""Sides of the blurs that are compared; those that do not fit a model's input become its side."""

OWN = "own"
"""Name of a mask of the reader's that is none of the row's."""

LARGELY, PARTLY = 0.7, 0.4
"""Rank correlation from which maps are said to agree largely, and in part."""

Word = Literal["largely", "in part", "hardly"]


def mask_row(settings: ExplainSettings, input_size: tuple[int, int]) -> dict[str, ExplainSettings]:
    """The masks that are compared, by their names in links; all else stays as it is set.

    Parameters
    ----------
    settings
        As the reader has them. Their mask comes first where it is none of the row's.
    input_size
        Height and width of the model's input in pixels.
    """
    plain = replace(settings, mask="mean", colour=None)
    sides = sorted({min(side, *input_size) for side in BLURS_PX})
    row = {f"blur{side}": replace(plain, mask="blur", blur_px=side) for side in sides}
    row |= {"inpaint": replace(plain, mask="inpaint_telea"), "mean": plain}
    return row if own_name(settings, row) in row else {OWN: settings} | row


def own_name(settings: ExplainSettings, row: dict[str, ExplainSettings]) -> str:
    """Name of the reader's own mask in a row."""
    return next((name for name, each in row.items() if _hides_alike(each, settings)), OWN)


def _hides_alike(first: ExplainSettings, second: ExplainSettings) -> bool:
    if (first.mask, first.colour) != (second.mask, second.colour):
        return False
    return not first.blurs or first.blur_px == second.blur_px


def agreement(maps: Sequence[NDArray[np.floating]]) -> NDArray[np.float64]:
    """Spearman's rank correlation of each map with each: 1 the same order of places, 0 none in common.

    Parameters
    ----------
    maps : n of (H, W) float
        Of one picture. Pixels of one value share a rank.

    Returns
    -------
    (n, n) float64 with ones on its diagonal. A map that is all one value agrees with no other: 0.
    """
    away = np.stack([rankdata(each) for each in maps])
    away -= away.mean(axis=1, keepdims=True)
    length = np.sqrt((away**2).sum(axis=1))
    each: NDArray[np.float64] = (away @ away.T) / np.maximum(np.outer(length, length), np.finfo(np.float64).tiny)
    np.fill_diagonal(each, 1.0)
    return each


def word_for(correlation: float) -> Word:
    """Say how far two maps agree.

    >>> word_for(0.71), word_for(0.5), word_for(-0.9)
    ('largely', 'in part', 'hardly')
    """
    if correlation >= LARGELY:
        return "largely"
    return "in part" if correlation >= PARTLY else "hardly"
