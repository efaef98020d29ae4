"""Does a map change when the model forgets what it learned? One that does not shows the picture, not the model.

J. Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018, arXiv:1810.03292.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from skimage.metrics import structural_similarity

from xai_core.explain.computation import Question, explain
from xai_core.model.runtime import Runtime
from xai_core.trust.target import Target

WINDOW = 7
"""Side of the windows in which structural similarity compares, in pixels; scikit-image's default."""


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


def similarity(first: NDArray[np.floating], second: NDArray[np.floating]) -> Similarity:
    """Compare two (H, W) maps of one picture."""
    return Similarity(
        rank=_rank_correlation(first, second),
        rank_of_size=_rank_correlation(np.abs(first), np.abs(second)),
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


def checked(
    question: Question,
    forgetful: Mapping[str, Runtime],
    target: Target,
    *,
    progress: Callable[[int, int], None] = lambda _done, _planned: None,
) -> dict[str, Check]:
    """Explain a picture as the model sees it, and as it is seen by the same model without its memory.

    Parameters
    ----------
    question
        Which explanation is checked. All explanations come from and go to its store.
    forgetful
        Models without memory by name; see `GradientNetwork.forgetful`.
    target
        Which map.
    progress
        Called with evaluations done and planned, over all explanations.

    Raises
    ------
    SettingRefused, ExplanationFailed
        See `computation.explain`.
    """
    planned = question.settings.evaluations * (1 + len(forgetful))

    def explained(place: int, runtime: Runtime) -> NDArray[np.float32]:
        before = place * question.settings.evaluations
        asked = replace(question, runtime=runtime)
        found, _ = explain(asked, progress=lambda done, _planned: progress(before + done, planned))
        return target.map_of(found)

    real = explained(0, question.runtime)
    others = {name: explained(place, runtime) for place, (name, runtime) in enumerate(forgetful.items(), start=1)}
    return {name: Check(real, other, similarity(real, other)) for name, other in others.items()}


def _rank_correlation(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Spearman's, pixels of one value sharing a rank; 0 where a map is all one value."""
    ranks = [rankdata(each.ravel()) for each in (first, second)]
    if any(np.ptp(each) == 0 for each in ranks):
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _structure(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    if min(first.shape) < WINDOW:
        return float("nan")
    scaled = [each / max(float(each.max()), float(np.finfo(np.float32).tiny)) for each in (first, second)]
    return float(structural_similarity(*scaled, win_size=WINDOW, data_range=1.0))  # type: ignore[no-untyped-call]
