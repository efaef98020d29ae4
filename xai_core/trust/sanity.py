"""Sanity check of a map by randomising the network's weights.

A map that stays the same when the weights are random shows the picture, not the model. This is the model parameter
randomisation test of J. Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018, arXiv:1810.03292.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.trust.agreement import rank_correlations

WINDOW = 7
"""Side of the windows in which structural similarity compares, in pixels; scikit-image's default."""

FAILS_FROM, PASSES_BELOW = 0.6, 0.3
"""Rank correlation of |values| from which a map fails the test, and below which it passes."""

SanityVerdict = Literal["learned", "partly", "picture"]
"""Source of a map's content: the model's training, that in part, or only the picture."""


@dataclass(frozen=True, slots=True)
class Similarity:
    """Similarity of two maps by three measures of Adebayo et al.

    Each is 1 for equal maps and 0 for unrelated ones.

    Attributes
    ----------
    rank
        Spearman's correlation of all pixels, signs included.
    rank_of_size
        Spearman's correlation of the |values| of all pixels: the same locations matter, with either sign.
    structure
        Structural similarity (SSIM) of |values|, each map scaled by its largest; NaN for pictures smaller than a
        window.
    """

    rank: float
    rank_of_size: float
    structure: float

    @property
    def verdict(self) -> SanityVerdict:
        """Verdict on a map that is this similar to the map of a network with random weights."""
        # |values| decide: random weights may keep the locations that stand out in the picture and flip the signs, so
        # that the signed correlation is near 0 although the map shows no more than the picture.
        if self.rank_of_size >= FAILS_FROM:
            return "picture"
        return "partly" if self.rank_of_size >= PASSES_BELOW else "learned"


def similarity(first: NDArray[np.floating], second: NDArray[np.floating]) -> Similarity:
    """Return the similarity of two (H, W) maps of one picture."""
    return Similarity(
        rank=float(rank_correlations([first, second])[0, 1]),
        rank_of_size=float(rank_correlations([np.abs(first), np.abs(second)])[0, 1]),
        structure=_ssim(np.abs(first), np.abs(second)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class RandomisationTest:
    """Map of a network beside that of the same network with randomised weights.

    Attributes
    ----------
    original, randomised : (H, W) float32
        Maps by the two networks, each in the logits of its own network.
    similarity
        Similarity of the two maps.
    """

    original: NDArray[np.float32]
    randomised: NDArray[np.float32]
    similarity: Similarity


def compare_randomised(original: Explanation, randomised: Explanation, target: Target) -> RandomisationTest:
    """Compare the map of a label or a contrast with the map by randomised weights.

    Parameters
    ----------
    original, randomised
        Explanations of one picture with the same settings, by the network and by one with randomised weights.
    target
        Label or contrast whose maps are compared.
    """
    maps = target.map_of(original), target.map_of(randomised)
    return RandomisationTest(*maps, similarity(*maps))


def _ssim(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    if min(first.shape) < WINDOW:
        return float("nan")
    # Logits of a network with random weights have any size, so only scaled maps can be compared.
    scaled = [shap_map / max(float(shap_map.max()), float(np.finfo(np.float32).tiny)) for shap_map in (first, second)]
    return float(structural_similarity(*scaled, win_size=WINDOW, data_range=1.0))  # type: ignore[no-untyped-call]
