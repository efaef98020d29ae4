"""Masked pictures of a cause test: a spot hidden by several fillings, and random spots of its shape beside it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from xai_core.evidence.patches import strongest_patch
from xai_core.language import mark
from xai_core.repair.suspects.random_spot import shifted_spot, strongest_part
from xai_core.trust.check_questions import CheckedPicture, PlanQuestion
from xai_core.trust.plan import EvaluationPlan

FILLINGS = (mark("blur"), mark("inpaint_telea"), mark("mean"))
"""Masks that fill the hidden spot: what they agree on is no artefact of one of them."""

CONTROLS = 4
"""Random spots of the same shape per picture; their mean is the control."""

EVALUATIONS = 1 + CONTROLS
"""Masked pictures for each picture and filling."""

SHARE = 0.8
"""Share of the evidence for the guess that the strongest part holds."""

SpotOf = Callable[[NDArray[np.float32]], NDArray[np.bool_]]
"""Function from a contrast, (H, W) float32 in logits per pixel, to the spot to hide, (H, W) bool."""


def strongest_square(contrast: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return the strongest square of a contrast, as Evidence shows it; empty if nothing is positive."""
    patch = strongest_patch("", contrast)
    return np.zeros(contrast.shape, np.bool_) if patch is None else patch.mask(contrast.shape)


SPOTS: Mapping[str, SpotOf] = {
    "part": lambda contrast: strongest_part(contrast, SHARE),
    "square": strongest_square,
}
"""Spots that each picture has of its own, by name."""


def hidden_parts(spot: NDArray[np.bool_], image_id: str, seed: int = 0) -> tuple[NDArray[np.bool_], ...]:
    """Return what is hidden in a picture, one masked picture each.

    Parameters
    ----------
    spot : (H, W) bool
    image_id
        Id of the picture. The random spots do not depend on the other pictures of a test.
    seed
        Seed of the random spots.

    Returns
    -------
    `EVALUATIONS` arrays, (H, W) bool and True where hidden: the spot, then the random ones.
    """
    rng = np.random.default_rng(int(hashlib.sha256(f"{seed} {image_id}".encode()).hexdigest()[:8], 16))
    return (spot, *(shifted_spot(spot, rng) for _ in range(CONTROLS)))


def hiding_question(
    picture: CheckedPicture, parts: Sequence[NDArray[np.bool_]], filling: str
) -> PlanQuestion[NDArray[np.float32]]:
    """Return the question for the logits of a picture with each of some parts hidden by a filling.

    Parameters
    ----------
    picture
        The picture. Of its settings only the width of the blur counts.
    parts
        From `hidden_parts`.
    filling
        Name of the mask.

    Returns
    -------
    Question whose answer is (len(parts), L) float32 logits.
    """
    filled = replace(picture, settings=replace(picture.settings, mask=filling, colour=None))
    digest = hashlib.sha256(np.packbits(np.stack(parts)).tobytes()).hexdigest()
    plan = EvaluationPlan(len(parts), lambda number: ~parts[number], lambda logits: logits)
    return PlanQuestion(filled, f"hidden parts {digest}", "logits", len(parts), lambda: plan)


@dataclass(frozen=True, slots=True, eq=False)
class HiddenPicture:
    """Logits of one picture before and after its parts were hidden.

    Attributes
    ----------
    image_id
        Id of the picture.
    spot : (H, W) bool
        The spot, True where hidden.
    before : (L,) float32
        Logits of the whole picture.
    after : (fillings, EVALUATIONS, L) float32
        Logits with the spot and with each random one hidden, for each filling.
    """

    image_id: str
    spot: NDArray[np.bool_]
    before: NDArray[np.float32]
    after: NDArray[np.float32]
