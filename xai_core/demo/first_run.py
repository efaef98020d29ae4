"""The demo's study: painted, predicted and its story explained on the first start, found ready on the next."""

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
from xai_core.explain.computation import Question, explain, picture_hash
from xai_core.explain.store import ExplanationStore
from xai_core.model import preprocess
from xai_core.settings import ExplainSettings
from xai_core.study.study import Study, create_study, open_study

STUDY = "demo-kitchen"
TITLE = "Demo kitchen: painted dishes"
MODEL = Path(__file__).with_name("kitchen.safetensors")
"""The shipped checkpoint; docs/demo.md tells how it was trained."""

TEST = 25
"""Test pictures a class."""
EVALUATIONS = 300
"""Of the explanations that are ready when the app opens; what its pages ask for at first."""
COMPANIONS = 3
"""Correct pictures that a page shows beside a mistake at first."""

Tell = Callable[[int, int], None]
Step = Callable[[str, str], AbstractContextManager[Tell]]
"""Called as step(what is done, unit); gives what is to be told of things done and planned."""


def data_folder(studies: Path) -> Path:
    """Where the painted pictures are kept: beside the studies, and hidden from their list."""
    return studies / f".kitchen-{VERSION}-{SEED}"


def prepare(studies: Path, step: Step) -> Study:
    """Make what is missing of the demo.

    Parameters
    ----------
    studies
        The folder of all studies.
    step
        Shows the progress of one step.

    Raises
    ------
    XaiError
        If the disk, the shipped checkpoint or a damaged study stands in the way.
    """
    root = data_folder(studies)
    if not (root / paint_dataset.FOLDER / TABLE).is_file():
        with step("Painting the dishes", "pictures") as tell:
            paint_dataset.paint_all(root, train=0, test=TEST, workers=os.cpu_count() or 1, progress=tell)
    study = _opened(studies)
    if study is None:
        with step("Asking the model", "pictures") as tell:
            study = create_study(STUDY, studies, data=root, model=MODEL, title=TITLE, progress=tell)
    _explain_story(study, step)
    return study


def settings(study: Study) -> ExplainSettings:
    """Settings of the explanations that are ready when the app opens."""
    return ExplainSettings.fitting(study.spec.input_size, len(study.labels), evaluations=EVALUATIONS)


def story_mistake(study: Study, cause: Cause) -> str | None:
    """The mistake that a cause's story is told with: the most confident one that carries the cue."""
    return next(iter(planted_mistakes(study, causes_of(study), cause)), None)


def _opened(studies: Path) -> Study | None:
    try:
        return open_study(STUDY, studies)
    except (NameUnknown, StudyRefused):
        return None


def _story_pictures(study: Study) -> list[str]:
    """What the app's first views show: each cause's mistake with its companions."""
    shown: dict[str, None] = {}
    for cause in CAUSES:
        mistake = story_mistake(study, cause)
        if mistake is not None:
            beside = companions(study.table, study.embeddings, mistake, cause.truth, count=COMPANIONS)
            shown |= dict.fromkeys((mistake, *beside))
    return list(shown)


def _explain_story(study: Study, step: Step) -> None:
    asked = settings(study)
    store = ExplanationStore(study.explanations)
    hashes = {image_id: picture_hash(study.picture_bytes(image_id)) for image_id in _story_pictures(study)}
    keys = {image_id: asked.key(model_id=study.model_id, picture_hash=hashed) for image_id, hashed in hashes.items()}
    missing = [image_id for image_id, key in keys.items() if store.get(key) is None]
    if not missing:
        return
    runtime = study.open_runtime()
    with step("Explaining the story", "pictures") as tell:
        for done, image_id in enumerate(missing):
            tell(done, len(missing))
            view = preprocess.view(study.photo(image_id), study.spec)
            question = Question(runtime, view, hashes[image_id], asked, store)
            explain(question, progress=paint_dataset.ignore_progress)
        tell(len(missing), len(missing))
