"""Overlap of the evidence with a known cause of the mistakes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from xai_core.evidence.location import share_in
from xai_core.evidence.patches import Patch
from xai_core.evidence.permutation_test import SIGNIFICANCE_LEVEL


@dataclass(frozen=True, slots=True)
class CueOverlap:
    """Shares of the evidence and of the area that lie on a known cue.

    They are means over the pictures that show the cue.

    Attributes
    ----------
    pictures
        Number of pictures that show the cue.
    area
        Share of the picture that the cue covers.
    evidence
        Share of the positive contrast that lies on the cue.
    patches
        Share of the patches that the cue covers.
    more
        Number of pictures in which the cue's share of the evidence is larger than its share of the area.
    p_value
        Probability of at least that many pictures if each were as likely to hold less (sign test).
    """

    pictures: int
    area: float
    evidence: float
    patches: float
    more: int
    p_value: float

    @property
    def times(self) -> float:
        """Ratio of `evidence` to `area`, which is 1 for evenly distributed evidence."""
        return self.evidence / self.area

    @property
    def found(self) -> bool:
        """True if the evidence points at the cue in more pictures than chance explains."""
        return self.times > 1 and self.p_value < SIGNIFICANCE_LEVEL


def cue_overlap(
    contrasts: Sequence[NDArray[np.float32]],
    cues: Sequence[NDArray[np.bool_]],
    patches: Sequence[Patch | None],
) -> CueOverlap | None:
    """Measure how much of the evidence lies on a cue.

    Parameters
    ----------
    contrasts : each (H, W) float32
    cues : each (H, W) bool
        Location of the cue in the same pictures. Pictures without it do not count.
    patches
        Patches of the same pictures, None for a picture without one.

    Returns
    -------
    The overlap; None if no picture shows the cue.
    """
    shown = [row for row in zip(contrasts, cues, patches, strict=True) if row[1].any()]
    if not shown:
        return None
    evidence = np.array([share_in(contrast, cue) for contrast, cue, _ in shown])
    area = np.array([cue.mean() for _, cue, _ in shown])
    covered = [float(cue[patch.mask(cue.shape)].mean()) for _, cue, patch in shown if patch]
    more = int((evidence > area).sum())
    return CueOverlap(
        pictures=len(shown),
        area=float(area.mean()),
        evidence=float(evidence.mean()),
        patches=float(np.mean(covered)) if covered else 0.0,
        more=more,
        p_value=float(binomtest(more, len(shown), alternative="greater").pvalue),
    )
