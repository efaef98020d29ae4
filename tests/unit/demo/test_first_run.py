"""Preparation of the demo, once, and from the point where an earlier start was stopped."""

import contextlib
import shutil

import pytest

from xai_core.confusions.companions import companions
from xai_core.demo import first_run, paint_dataset, story
from xai_core.demo.menu import MENU
from xai_core.errors import StoreRefused
from xai_core.explain.store import ExplanationStore
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.study import open_study

DISHES = ("pork_chop", "gyoza")
TEST = 4
PAINTING, PREDICTING, EXPLAINING = "Painting the dishes", "Predicting", "Explaining the story"


class Stop(BaseException):
    """End of the process."""


class Steps:
    """Records the progress of each step, and raises `Stop` in a given one."""

    def __init__(self, stop_in=None, after=0):
        self.reported = {}
        self._stop_in, self._after = stop_in, after

    @contextlib.contextmanager
    def __call__(self, what, unit):
        assert unit == "pictures"
        self.reported[what] = []

        def tell(done, planned):
            self.reported[what].append((done, planned))
            if what == self._stop_in and done >= self._after:
                raise Stop

        yield tell


@pytest.fixture(scope="module", autouse=True)
def _small():
    """Two dishes, four pictures each, and maps that are soon computed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paint_dataset, "MENU", {name: MENU[name] for name in DISHES})
        patch.setattr(first_run, "TEST", TEST)
        patch.setattr(first_run, "USUAL_EVALUATIONS", 10)
        # A second process would paint from the whole menu.
        patch.setattr(first_run.os, "cpu_count", lambda: 1)
        yield


@pytest.fixture(scope="module")
def first_start(_small, tmp_path_factory):
    """Folder, steps and study of a first start."""
    folder, steps = tmp_path_factory.mktemp("first"), Steps()
    return folder, steps, first_run.prepare(folder, steps)


@pytest.fixture
def studies(first_start, tmp_path):
    """Copy of the folder after a first start, for one test to change."""
    return shutil.copytree(first_start[0], tmp_path / "studies")


def stored(study):
    """For each picture of the story, True if its explanation is stored under the key that a page asks for."""
    store, settings = ExplanationStore(study.explanations), first_run.settings(study)
    return {image_id: store.get(study.explanation_key(image_id, settings)) is not None for image_id in shown(study)}


def shown(study):
    """Pictures that a page shows of each story: the mistake and the first companions."""
    for shown_story in story.stories(study):
        mistake, truth = shown_story.mistake, shown_story.cause.truth
        yield mistake
        yield from filter(None, [shown_story.companion])
        yield from companions(study.table, study.embeddings, mistake, truth, count=3)


def test_the_first_start_does_everything_and_the_second_nothing(first_start):
    folder, steps, made = first_start
    assert list(steps.reported) == [PAINTING, PREDICTING, EXPLAINING]
    assert all(calls[-1][0] == calls[-1][1] for calls in steps.reported.values())
    assert (made.name, made.title) == (first_run.STUDY, first_run.TITLE)
    assert len(made.table) == TEST * len(DISHES)
    again = Steps()
    assert first_run.prepare(folder, again).model_id == made.model_id
    assert again.reported == {}


def test_the_story_is_found_in_the_store_under_the_key_that_the_pages_ask_for(first_start):
    study = first_start[2]
    found = stored(study)
    assert {found.cause.cue for found in story.stories(study)} == {"red_check", "orchid"}
    assert {found.mistake for found in story.stories(study)} <= set(found)
    assert all(found.values())
    # The settings that Explain opens with.
    assert first_run.settings(study) == ExplainSettings(engine="regions", blur_px=96, evaluations=10, steer_top=4)


def test_a_companion_never_carries_the_cue(first_start):
    study = first_start[2]
    planted = story.causes_of(study)["planted"]
    by_cue = {found.cause.cue: found for found in story.stories(study)}
    assert not planted[by_cue["orchid"].companion]
    assert all(found.companion is None or not planted[found.companion] for found in by_cue.values())
    assert planted[by_cue["orchid"].mistake]


def test_each_start_does_only_what_the_stopped_ones_before_it_have_left(tmp_path):
    # Stopped among the pictures, before the predictions and among the explanations.
    with pytest.raises(Stop):
        first_run.prepare(tmp_path, Steps(PAINTING, after=3))
    folder = first_run.data_folder(tmp_path) / paint_dataset.FOLDER
    assert not (folder / first_run.TABLE).exists()
    steps = Steps(PREDICTING)
    with pytest.raises(Stop):
        first_run.prepare(tmp_path, steps)
    assert list(steps.reported) == [PAINTING, PREDICTING]
    assert steps.reported[PAINTING][0] == (3, 8)
    assert steps.reported[PAINTING][-1] == (8, 8)
    assert len(list(folder.glob("images/*/*.jpg"))) == 8
    steps = Steps(EXPLAINING, after=1)
    with pytest.raises(Stop):
        first_run.prepare(tmp_path, steps)
    assert list(steps.reported) == [PREDICTING, EXPLAINING]
    study = open_study(first_run.STUDY, tmp_path)
    missing = sum(not there for there in stored(study).values())
    assert missing == len(stored(study)) - 1
    steps = Steps()
    study = first_run.prepare(tmp_path, steps)
    assert list(steps.reported) == [EXPLAINING]
    assert steps.reported[EXPLAINING][-1] == (missing, missing)
    assert all(stored(study).values())


def test_a_damaged_study_is_made_again_on_the_same_pictures(studies):
    (studies / first_run.STUDY / "logits.npy").unlink()
    steps = Steps()
    assert len(first_run.prepare(studies, steps).table) == TEST * len(DISHES)
    assert PAINTING not in steps.reported
    assert PREDICTING in steps.reported


def test_a_disk_that_takes_no_pictures_is_refused_with_a_sentence(tmp_path):
    file = tmp_path / "taken"
    file.write_text("")
    with pytest.raises(StoreRefused, match="cannot be written"):
        first_run.prepare(file / "studies", Steps())
