"""Test whether suspect evidence is the cause, by hiding it in all mistakes of a pair."""

from collections.abc import Sequence

import numpy as np

from xai_core.errors import PictureUnreadable
from xai_core.explain.question import explain
from xai_core.explain.store import ExplanationStore
from xai_core.explain.target import Target
from xai_core.model.runtime import Runtime
from xai_core.progress import Progress, ignore_progress
from xai_core.repair.suspects.cause_effects import CauseTest, conclude
from xai_core.repair.suspects.hiding import (
    FILLINGS,
    SPOTS,
    HiddenPicture,
    SpotOf,
    hidden_parts,
    hiding_question,
)
from xai_core.repair.suspects.ranking import PairPictures
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.study import Study
from xai_core.trust.check_questions import CheckedPicture
from xai_core.trust.plan import run_plan


def cause_test(
    study: Study,
    pictures: PairPictures,
    settings: ExplainSettings,
    runtime: Runtime,
    *,
    fillings: Sequence[str] = FILLINGS,
    spot_of: SpotOf = SPOTS["part"],
    seed: int = 0,
    progress: Progress = ignore_progress,
) -> CauseTest:
    """Hide a spot in all mistakes of a pair, and equally large random spots.

    Parameters
    ----------
    study, runtime
        The study and its model.
    pictures
        Mistakes and right answers, from `pictures_to_explain`.
    settings
        Settings of the explanations that the spots come from; stored ones cost nothing.
    fillings
        Names of masks.
    spot_of
        Function from the contrast of a picture to the spot to hide.
    seed
        Seed of the random spots.
    progress
        Receives the numbers of pictures done and planned.

    Raises
    ------
    StudyRefused
        If no mistake can be read.
    ExplanationFailed
        If the model fails.
    """
    target = Target(pictures.guess, pictures.truth)
    store = ExplanationStore(study.explanations)
    ids = [*pictures.mistakes, *pictures.right]
    found: list[HiddenPicture] = []
    for number, image_id in enumerate(ids):
        progress(number, len(ids))
        try:
            view = study.model_view(image_id)
        except PictureUnreadable:
            continue
        explanation, _ = explain(view.question(runtime, settings, store))
        parts = hidden_parts(spot_of(target.map_of(explanation)), image_id, seed)
        picture = CheckedPicture(runtime, view.view, view.picture_hash, settings, store)
        questions = [hiding_question(picture, parts, filling) for filling in fillings]
        after = np.stack([run_plan(question.picture, question.plan) for question in questions])
        found.append(HiddenPicture(image_id, parts[0], explanation.full, after))
    progress(len(ids), len(ids))
    return conclude(study.labels, pictures, found, fillings, seed=seed)
