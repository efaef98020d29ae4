"""Study of the demo, which is made on the first start of the app."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from xai_core.confusions.companions import companions
from xai_core.demo import paint_dataset
from xai_core.demo.causes import CAUSES, Cause
from xai_core.demo.painting.painter import SEED, VERSION
from xai_core.demo.verify import TABLE, causes_of, planted_mistakes
from xai_core.errors import NameUnknown, StudyRefused
from xai_core.explain.question import explain
from xai_core.explain.store import ExplanationStore
from xai_core.language import mark
from xai_core.progress import Progress, ignore_progress
from xai_core.settings.explain_settings import USUAL_EVALUATIONS, ExplainSettings
from xai_core.study.build import create_study
from xai_core.study.precompute import COMPANIONS, settings_for, without_explanation
from xai_core.study.study import Study, open_study

STUDY = "demo-kitchen"
TITLE = "Demo kitchen: painted dishes"
MODEL = Path(__file__).with_name("kitchen.safetensors")
"""Shipped checkpoint. docs/demo.md says how it was trained."""

TEST = 25
"""Test pictures per class."""

LEAST_CONFIDENCE = 0.4
"""Smallest probability of the wrong class in a story."""

Step = Callable[[str, str], AbstractContextManager[Progress]]
"""Function that shows the progress of a step, called with the action and the unit of what is counted."""


def data_folder(studies: Path) -> Path:
    """Return the folder of the painted pictures.

    It lies beside the studies. Its name starts with a dot, so that it is not listed as a study, and has the version and
    the seed of the pictures, so that other ones are painted into another folder.
    """
    return studies / f".kitchen-{VERSION}-{SEED}"


def prepare(studies: Path, step: Step) -> Study:
    """Paint, predict and explain what is missing of the demo, and return its study.

    Parameters
    ----------
    studies
        Folder of all studies.
    step
        Function that shows the progress of one step.

    Raises
    ------
    XaiError
        If the disk, the shipped checkpoint or a damaged study prevents it.
    """
    root = data_folder(studies)
    # The table is written last, so its presence means that all pictures are painted.
    if not (root / paint_dataset.FOLDER / TABLE).is_file():
        with step(mark("Painting the dishes"), "pictures") as progress:
            paint_dataset.paint_all(root, train=0, test=TEST, workers=os.cpu_count() or 1, progress=progress)
    study = _open_if_sound(studies)
    if study is None:
        with step(mark("Predicting"), "pictures") as progress:
            study = create_study(STUDY, studies, data=root, model=MODEL, title=TITLE, progress=progress)
    _explain_story(study, step)
    return study


def settings(study: Study) -> ExplainSettings:
    """Return the settings of the explanations that are ready when the app opens."""
    return ExplainSettings.fitting(study.spec.input_size, len(study.labels), evaluations=USUAL_EVALUATIONS)


def story_mistake(study: Study, cause: Cause) -> str | None:
    """Return the most confident mistake that carries a cue, which the cause's story shows.

    It is None if the model gives the wrong class less than `LEAST_CONFIDENCE`. A hesitant mistake has many reasons.
    """
    carrying = planted_mistakes(study, causes_of(study), cause)
    return carrying[0] if carrying and study.row(carrying[0])["p_guess"] >= LEAST_CONFIDENCE else None


def story_companion(study: Study, cause: Cause, mistake: str) -> str | None:
    """Return the nearest correct picture of the true class without the cue, or None if each carries it.

    A correct picture with the cue would show that the cue alone does not mislead the model, and confuse the reader.
    """
    near = companions(study.table, study.embeddings, mistake, cause.truth, count=len(study.table))
    planted = causes_of(study)["planted"]
    return next((image_id for image_id in near if not planted[image_id]), None)


def _open_if_sound(studies: Path) -> Study | None:
    try:
        return open_study(STUDY, studies)
    except (NameUnknown, StudyRefused):
        return None


def _story_pictures(study: Study) -> list[str]:
    """Return the pictures of all stories, and the companions that Compare shows at first."""
    shown: dict[str, None] = {}
    for cause in CAUSES:
        mistake = story_mistake(study, cause)
        if mistake is not None:
            companion = story_companion(study, cause, mistake)
            beside = companions(study.table, study.embeddings, mistake, cause.truth, count=COMPANIONS)
            shown |= dict.fromkeys((mistake, *((companion,) if companion else ()), *beside))
    return list(shown)


def _explain_story(study: Study, step: Step) -> None:
    chosen = settings(study)
    missing = without_explanation(study, _story_pictures(study), chosen)
    if not missing:
        return
    runtime, store = study.open_runtime(), ExplanationStore(study.explanations)
    with step(mark("Explaining the story"), "pictures") as progress:
        for done, image_id in enumerate(missing):
            progress(done, len(missing))
            # A disk that refuses an explanation is logged and does not stop the app from starting.
            question = study.question(image_id, settings_for(study, image_id, chosen), runtime, store)
            explain(question, progress=ignore_progress)
        progress(len(missing), len(missing))
