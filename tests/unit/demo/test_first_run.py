"""The demo prepares itself: once, from wherever an earlier start was stopped."""

import contextlib
import shutil

import pytest

from xai_core.confusions.companions import companions
from xai_core.demo import first_run, paint_dataset, story
from xai_core.demo.menu import MENU
from xai_core.errors import StoreRefused
from xai_core.explain.store import ExplanationStore
from xai_core.settings import ExplainSettings
from xai_core.study.study import open_study

DISHES = ("pork_chop", "gyoza")
TEST = 4
PAINTING, ASKING, EXPLAINING = "Painting the dishes", "Asking the model", "Explaining the story"


class Stop(BaseException):
    """The process is ended."""


class Steps:
    """Notes which steps are begun and what they tell, and stops where it is told to."""

    def __init__(self, stop_in=None, after=0):
        self.told = {}
        self._stop_in, self._after = stop_in, after

    @contextlib.contextmanager
    def __call__(self, what, unit):
        assert unit == "pictures"
        self.told[what] = []

        def tell(done, planned):
            self.told[what].append((done, planned))
            if what == self._stop_in and done >= self._after:
                raise Stop

        yield tell


@pytest.fixture(scope="module", autouse=True)
def _small():
    """Two dishes, four pictures each, and maps that are soon computed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paint_dataset, "MENU", {name: MENU[name] for name in DISHES})
        patch.setattr(first_run, "TEST", TEST)
        patch.setattr(first_run, "EVALUATIONS", 10)
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
    """What a first start leaves, for one test to change."""
    return shutil.copytree(first_start[0], tmp_path / "studies")


def stored(study):
    """Picture by picture of the story: whether its explanation is found under the key that a page asks for."""
    store, asked = ExplanationStore(study.explanations), first_run.settings(study)
    hashes = {each: first_run.picture_hash(study.picture_bytes(each)) for each in shown(study)}
    keys = {each: asked.key(model_id=study.model_id, picture_hash=hashed) for each, hashed in hashes.items()}
    return {each: store.get(key) is not None for each, key in keys.items()}


def shown(study):
    """What a page shows of each story: the mistake, and the first companions."""
    for each in story.stories(study):
        yield each.mistake
        yield from companions(study.table, study.embeddings, each.mistake, each.cause.truth, count=3)


def test_the_first_start_does_everything_and_the_second_nothing(first_start):
    folder, steps, made = first_start
    assert list(steps.told) == [PAINTING, ASKING, EXPLAINING]
    assert all(told[-1][0] == told[-1][1] for told in steps.told.values())
    assert (made.name, made.title) == (first_run.STUDY, first_run.TITLE)
    assert len(made.table) == TEST * len(DISHES)
    again = Steps()
    assert first_run.prepare(folder, again).model_id == made.model_id
    assert again.told == {}


def test_the_story_is_found_in_the_store_under_the_key_that_the_pages_ask_for(first_start):
    study = first_start[2]
    found = stored(study)
    assert {each.cause.cue for each in story.stories(study)} == {"red_check", "orchid"}
    assert {each.mistake for each in story.stories(study)} <= set(found)
    assert all(found.values())
    # As the page with the overlays puts it together.
    assert first_run.settings(study) == ExplainSettings(blur_px=96, evaluations=10, steer_top=4)


def test_every_story_has_a_companion_without_the_cue_if_there_is_one(first_start):
    study = first_start[2]
    planted = story.causes_of(study)["planted"]
    told = {each.cause.cue: each for each in story.stories(study)}
    assert told["orchid"].companion is not None
    assert not planted[told["orchid"].companion]
    assert planted[told["orchid"].mistake]


def test_a_half_painted_folder_is_completed(tmp_path):
    with pytest.raises(Stop):
        first_run.prepare(tmp_path, Steps(PAINTING, after=3))
    folder = first_run.data_folder(tmp_path) / paint_dataset.FOLDER
    assert not (folder / first_run.TABLE).exists()
    steps = Steps()
    study = first_run.prepare(tmp_path, steps)
    assert steps.told[PAINTING][0] == (3, 8)
    assert steps.told[PAINTING][-1] == (8, 8)
    assert len(list(folder.glob("images/*/*.jpg"))) == 8
    assert all(stored(study).values())


def test_pictures_without_a_study_are_kept_and_the_model_is_asked(tmp_path):
    with pytest.raises(Stop):
        first_run.prepare(tmp_path, Steps(ASKING))
    steps = Steps()
    first_run.prepare(tmp_path, steps)
    assert list(steps.told) == [ASKING, EXPLAINING]


def test_a_stop_among_the_explanations_costs_only_those_that_are_missing(tmp_path):
    with pytest.raises(Stop):
        first_run.prepare(tmp_path, Steps(EXPLAINING, after=1))
    study = open_study(first_run.STUDY, tmp_path)
    missing = sum(not there for there in stored(study).values())
    assert missing == len(stored(study)) - 1
    steps = Steps()
    first_run.prepare(tmp_path, steps)
    assert list(steps.told) == [EXPLAINING]
    assert steps.told[EXPLAINING][-1] == (missing, missing)


def test_a_damaged_study_is_made_again_on_the_same_pictures(studies):
    (studies / first_run.STUDY / "logits.npy").unlink()
    steps = Steps()
    assert len(first_run.prepare(studies, steps).table) == TEST * len(DISHES)
    assert PAINTING not in steps.told
    assert ASKING in steps.told


def test_a_disk_that_takes_no_pictures_is_refused_with_a_sentence(tmp_path):
    file = tmp_path / "taken"
    file.write_text("")
    with pytest.raises(StoreRefused, match="cannot be painted to"):
        first_run.prepare(file / "studies", Steps())
