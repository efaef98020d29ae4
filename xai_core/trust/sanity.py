"""Does a map change when the model forgets what it learned? One that does not shows the picture, not the model.

J. Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018, arXiv:1810.03292.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from xai_core.explain.explanation import Explanation
from xai_core.trust.agreement import agreement
from xai_core.trust.target import Target

WINDOW = 7
"""Side of the windows in which structural similarity compares, in pixels; scikit-image's default."""

ALIKE, APART = 0.6, 0.3
"""Rank correlation of |values| from which a map shows the picture rather than the model, and below which it shows what
the model has learned."""

Word = Literal["learned", "partly", "picture"]


@dataclass(frozen=True, slots=True)
class Similarity:
    """How alike two maps are: 1 the same, 0 not at all.

    Attributes
    ----------
    rank
        Spearman's correlation of their pixels, signs included.
    rank_of_size
        The same of |values|: which places matter, whichever way. A model without memory may keep the places and flip
        the signs.
    structure
        Structural similarity of |values|, scaled by the largest; NaN for pictures smaller than a window.
    """

    rank: float
    rank_of_size: float
    structure: float

    @property
    def word(self) -> Word:
        """Where a map comes from that is so much like that of a model without memory."""
        if self.rank_of_size >= ALIKE:
            return "picture"
        return "partly" if self.rank_of_size >= APART else "learned"


def similarity(first: NDArray[np.floating], second: NDArray[np.floating]) -> Similarity:
    """Compare two (H, W) maps of one picture."""
    return Similarity(
        rank=float(agreement([first, second])[0, 1]),
        rank_of_size=float(agreement([np.abs(first), np.abs(second)])[0, 1]),
        structure=_structure(np.abs(first), np.abs(second)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """A map with another model's of the same picture, and how alike they are.

    Attributes
    ----------
    real, forgetful : (H, W) float32
        Maps by the model, and by the one that has forgotten; each in its own logits.
    """

    real: NDArray[np.float32]
    forgetful: NDArray[np.float32]
    similarity: Similarity


def compared(real: Explanation, forgetful: Explanation, target: Target) -> Check:
    """Compare what a model's memory is to the map of a label or a contrast.

    Parameters
    ----------
    real, forgetful
        Of one picture with the same settings, by the model and by `GradientNetwork.forgetful`.
    target
        Which map.
    """
    maps = target.map_of(real), target.map_of(forgetful)
    return Check(*maps, similarity(*maps))


def _structure(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    if min(first.shape) < WINDOW:
        return float("nan")
    scaled = [each / max(float(each.max()), float(np.finfo(np.float32).tiny)) for each in (first, second)]
    return float(structural_similarity(*scaled, win_size=WINDOW, data_range=1.0))  # type: ignore[no-untyped-call]
