"""Guided story of a mistake whose cause is known because it was painted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from xai_core import render
from xai_core.demo import first_run
from xai_core.demo.causes import CAUSES, Cause
from xai_core.demo.painting import palette
from xai_core.demo.painting.cues import CUES
from xai_core.demo.verify import TABLE, causes_of, region_masks, repainted
from xai_core.model import preprocess
from xai_core.model.runtime import Runtime
from xai_core.study.study import Study


@dataclass(frozen=True, slots=True)
class Story:
    """Planted cause with a mistake and a correct picture that show it.

    Attributes
    ----------
    cause
        Planted cause.
    mistake
        Image id of a mistake that carries the cue.
    companion
        Image id of a correctly classified picture of the same class without the cue; None if there is none.
    """

    cause: Cause
    mistake: str
    companion: str | None

    @property
    def whole_picture(self) -> bool:
        """True if the cue is coloured light, which has no outline."""
        return CUES[self.cause.cue].whole_picture


@dataclass(frozen=True, slots=True, eq=False)
class Repainting:
    """Scene that was painted again without its cue, and the prediction for it.

    Attributes
    ----------
    view : (H, W, 3) uint8
        Scene as the model sees it.
    guess, p_guess
        Most probable class and its probability.
    """

    view: NDArray[np.uint8]
    guess: str
    p_guess: float


def is_demo(study: Study) -> bool:
    """Return True for the study of the demo, whose pictures are painted."""
    return study.name == first_run.STUDY and (study.data.root / TABLE).is_file()


def stories(study: Study) -> tuple[Story, ...]:
    """Return a story for each cause with a mistake in this study.

    They are in the order of `CAUSES`, those with coloured light last. A map cannot point at light.

    Returns
    -------
    The stories; none for a study other than the demo's.
    """
    if not is_demo(study):
        return ()
    mistakes = [(cause, first_run.story_mistake(study, cause)) for cause in CAUSES]
    found = [
        Story(cause, mistake, first_run.story_companion(study, cause, mistake))
        for cause, mistake in mistakes
        if mistake
    ]
    return tuple(sorted(found, key=lambda story: story.whole_picture))


def cue_mask(study: Study, image_id: str) -> NDArray[np.bool_]:
    """Return the pixels of the model's input on which the planted cue lies, (H, W) bool.

    All are False for coloured light.

    Raises
    ------
    PictureUnreadable
        If the picture's mask is missing or damaged.
    """
    return region_masks(study, image_id)["planted cue"]


def outlined(view: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Outline a part of a picture and turn the rest pale and grey.

    Parameters
    ----------
    view : (H, W, 3) uint8
    mask : (H, W) bool
        Part to outline. If it is empty, the picture is returned as it is.

    Returns
    -------
    (H, W, 3) uint8
    """
    if not mask.any():
        return view
    shown = np.where(mask[..., None], view, np.rint(render.pale_grey(view))).astype(np.uint8)
    shown[ndimage.binary_dilation(mask) & ~mask] = palette.MASK_COLOURS[palette.CUE]
    return shown


def without_cue(study: Study, runtime: Runtime, image_id: str) -> Repainting:
    """Paint a picture of the demo again without its cue, and predict it.

    Raises
    ------
    StudyRefused
        If the study's pictures are not painted ones.
    ExplanationFailed
        If the model fails.
    """
    photo = next(repainted(causes_of(study), [image_id], without_cue=True))
    view = preprocess.view(photo, runtime.spec)
    logits = runtime.logits(preprocess.normalise(view, runtime.spec)[None])[0].astype(np.float64)
    odds = np.exp(logits - logits.max())
    best = int(odds.argmax())
    return Repainting(view, runtime.spec.labels[best], float(odds[best] / odds.sum()))
