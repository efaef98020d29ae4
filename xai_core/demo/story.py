"""The guided story: a mistake whose cause is known, because it was painted, and the same scene without it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from xai_core import render
from xai_core.confusions.companions import companions
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
    """A planted cause, the mistake it is told with, and a picture of the same class that the model gets right.

    `companion` is None where the model gets no picture of the class right.
    """

    cause: Cause
    mistake: str
    companion: str | None

    @property
    def whole_picture(self) -> bool:
        """Whether the cue is a cast of light, which has no outline."""
        return CUES[self.cause.cue].whole_picture


@dataclass(frozen=True, slots=True, eq=False)
class Repainting:
    """A scene without its cue, (h, w, 3) uint8 as the model sees it, and what the model says of that."""

    view: NDArray[np.uint8]
    guess: str
    p_guess: float


def is_demo(study: Study) -> bool:
    """Whether a study is the demo's, with its pictures painted by the kitchen."""
    return study.name == first_run.STUDY and (study.data.root / TABLE).is_file()


def stories(study: Study) -> tuple[Story, ...]:
    """The causes that can be told with a mistake of this study, in the order of `CAUSES`; none unless `is_demo`."""
    if not is_demo(study):
        return ()
    told = [(cause, first_run.story_mistake(study, cause)) for cause in CAUSES]
    return tuple(Story(cause, mistake, _companion(study, cause, mistake)) for cause, mistake in told if mistake)


def _companion(study: Study, cause: Cause, mistake: str) -> str | None:
    """Of the pictures that are explained when the app opens, the nearest without the cue, else the nearest."""
    near = companions(study.table, study.embeddings, mistake, cause.truth, count=first_run.COMPANIONS)
    planted = causes_of(study)["planted"]
    return min(near, key=lambda each: bool(planted[each]), default=None)


def cue_mask(study: Study, image_id: str) -> NDArray[np.bool_]:
    """(h, w) bool of the model's input: where the planted cue of a picture lies; nowhere for a cast of light.

    Raises
    ------
    PictureUnreadable
        If the picture's mask has gone or is damaged.
    """
    return region_masks(study, image_id)["planted cue"]


def outlined(view: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Leave a part of a picture as it is, draw a line round it and make the rest pale and grey.

    Parameters
    ----------
    view : (h, w, 3) uint8
    mask : (h, w) bool
        The part; a picture without any stays as it is.

    Returns
    -------
    (h, w, 3) uint8
    """
    if not mask.any():
        return view
    shown = np.where(mask[..., None], view, np.rint(render.pale_grey(view))).astype(np.uint8)
    shown[ndimage.binary_dilation(mask) & ~mask] = palette.MASK_COLOURS[palette.CUE]
    return shown


def without_cue(study: Study, runtime: Runtime, image_id: str) -> Repainting:
    """Paint a picture of the demo again without its cue, and ask the model about it.

    Raises
    ------
    StudyRefused
        If the study's pictures were not painted by the kitchen.
    ExplanationFailed
        If the model fails.
    """
    photo = next(repainted(causes_of(study), [image_id], without_cue=True))
    view = preprocess.view(photo, runtime.spec)
    logits = runtime.logits(preprocess.normalised(view, runtime.spec)[None])[0].astype(np.float64)
    odds = np.exp(logits - logits.max())
    best = int(odds.argmax())
    return Repainting(view, runtime.spec.labels[best], float(odds[best] / odds.sum()))
