"""Where a cause is known: how much of the evidence lies on it, against how much of the pictures it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from xai_core.evidence.difference import SURE
from xai_core.evidence.location import share_in
from xai_core.evidence.patches import Patch


@dataclass(frozen=True, slots=True)
class OnCue:
    """How much of what speaks for the guess lies on a known cue; means over the pictures that show it.

    Attributes
    ----------
    pictures
        Pictures that show the cue.
    area
        Part of a picture that it covers.
    evidence
        Part of the positive contrast that lies on it.
    patches
        Part of the patches that it covers.
    more
        Pictures in which it holds more of the evidence than of the area.
    p_value
        How often at least so many of the pictures would, if each were as likely to hold less (sign test).
    """

    pictures: int
    area: float
    evidence: float
    patches: float
    more: int
    p_value: float

    @property
    def times(self) -> float:
        """`evidence` over `area`: 1 is what evidence strewn evenly would give."""
        return self.evidence / self.area

    @property
    def found(self) -> bool:
        """Whether the evidence points at the cue: in more pictures than chance would give."""
        return self.times > 1 and self.p_value < SURE


def on_cue(
    contrasts: Sequence[NDArray[np.float32]],
    cues: Sequence[NDArray[np.bool_]],
    patches: Sequence[Patch | None],
) -> OnCue | None:
    """Measure how much of the evidence lies on a cue.

    Parameters
    ----------
    contrasts : each (H, W) float32
    cues : each (H, W) bool
        Where it is in the same pictures; pictures without it do not count.
    patches
        Of the same pictures, where they have one.

    Returns
    -------
    The figures; None where no picture shows the cue.
    """
    shown = [each for each in zip(contrasts, cues, patches, strict=True) if each[1].any()]
    if not shown:
        return None
    evidence = np.array([share_in(contrast, cue) for contrast, cue, _ in shown])
    area = np.array([cue.mean() for _, cue, _ in shown])
    covered = [float(cue[patch.mask(cue.shape)].mean()) for _, cue, patch in shown if patch]
    more = int((evidence > area).sum())
    return OnCue(
        pictures=len(shown),
        area=float(area.mean()),
        evidence=float(evidence.mean()),
        patches=float(np.mean(covered)) if covered else 0.0,
        more=more,
        p_value=float(binomtest(more, len(shown), alternative="greater").pvalue),
    )
