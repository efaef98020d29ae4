"""Pages live on a disk that takes nothing: they show what they have, and a sentence where something was to be kept."""

import builtins
import errno
import io
import os

import pytest

from pages.ui.loaders import background
from tests.read import texts
from xai_core.repair.fitting import refit
from xai_core.repair.trials import division
from xai_core.study.selection.groups import saved_groups
from xai_core.study.study import study_names
from xai_core.verdicts.patch_names import PatchNames
from xai_core.verdicts.store import VerdictStore

PAIR = {"truth": "pork_chop", "guess": "ravioli"}
PICTURE = {"picture": "pork_chop/4", "engine": "partition", "evals": "100"}
FAULTS = {
    errno.ENOSPC: "No space left on device",
    errno.EACCES: "Permission denied",
    errno.EROFS: "Read-only file system",
}
PAGES = {
    "overview": {},
    "confusions": PAIR,
    "data": {"part": "labels"},
    "explain": PICTURE,
    "compare": PICTURE | PAIR,
    "evidence": PAIR | {"engine": "partition", "evals": "100"},
    "trust": PICTURE,
    "repair": PAIR,
    "models": {},
    "present": PAIR,
    "about": {},
}
KINDS = ("pictures", "repairs", "suspects")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@pytest.fixture
def disk(study, monkeypatch):
    """Function after which everything that writes below the folder of the studies fails with an error."""
    root = str(study.folder.parent)

    def fail(number):
        def refuse(path, *others):
            if any(
                str(os.fspath(one)).startswith(root) for one in (path, *others) if isinstance(one, str | os.PathLike)
            ):
                raise OSError(number, os.strerror(number), str(path))

        def guard(module, name, is_write=lambda *_arguments, **_named: True):
            real = getattr(module, name)

            def guarded(path, *arguments, **named):
                if is_write(*arguments, **named):
                    refuse(path, *arguments)
                return real(path, *arguments, **named)

            monkeypatch.setattr(module, name, guarded)

        def writes(mode="r", *_arguments, **named):
            return bool(set(named.get("mode", mode)) & set("wax+"))

        guard(os, "open", lambda flags, *_arguments, **_named: bool(flags & WRITES))
        for name in ("mkdir", "rename", "replace", "link", "symlink", "unlink", "rmdir", "utime"):
            guard(os, name)
        guard(builtins, "open", writes)
        guard(io, "open", writes)

    return fail


@pytest.fixture
def few(monkeypatch):
    """Few pictures are enough for a cure."""
    monkeypatch.setattr(division, "FEWEST", 10)
    monkeypatch.setattr(refit, "FEWEST", 8)


@pytest.fixture
def opened(open_at, explained):
    """Function that opens a page and runs it again once all that it computes is there."""

    def whole(page, **query):
        at = explained(open_at(page, **query))
        for kind in KINDS:
            background.wait_until_idle(kind, 60)
        return at.run()

    return whole


@pytest.mark.parametrize(("page", "number"), list(zip(PAGES, [*FAULTS] * 4, strict=False)))
@pytest.mark.usefixtures("model")
def test_every_page_lives_on_a_disk_that_takes_nothing(opened, disk, page, number):
    disk(number)
    at = opened(page, **PAGES[page])
    assert not at.exception
    said = texts([*at.error, *at.warning])
    if page in ("data", "explain", "compare"):
        assert FAULTS[number] in said
    assert "Traceback" not in said


def press(at, label):
    next(button for button in at.button if button.label == label).click().run()


def give_verdict(at):
    at.button_group(key="verdict_kind explain pork_chop/4").set_value("ambiguous")
    at.button(key="verdict_save explain pork_chop/4").click().run()


def name_patches(at):
    at.text_input(key="naming pork_chop ravioli name").set_value("a red cloth")
    press(at, "Save")


def save_group(at):
    at.text_input(key="group_name").input("mains")
    at.button(key="group_save").click().run()


def judge_label(at):
    at.button(key="review model error").click().run()


def write_repaired(at):
    at.text_input[0].set_value("tiny-better")
    press(at, "Write the model and its study")


ACTIONS = {
    give_verdict: ("explain", PICTURE),
    name_patches: ("evidence", PAGES["evidence"]),
    save_group: ("data", {"part": "groups", "group": "*typed", "classes": "pork_chop"}),
    judge_label: ("data", {"part": "labels", "labels_as": "single"}),
    write_repaired: ("repair", PAIR),
}


@pytest.mark.parametrize(
    ("act", "number"), list(zip(ACTIONS, [*FAULTS] * 2, strict=False)), ids=[act.__name__ for act in ACTIONS]
)
@pytest.mark.usefixtures("model", "few")
def test_what_cannot_be_written_is_a_sentence_and_is_not_there(opened, study, disk, act, number):
    page, query = ACTIONS[act]
    at = opened(page, **query)
    disk(number)
    act(at)
    assert not at.exception
    assert FAULTS[number] in texts(at.error)
    assert study_names(study.folder.parent) == ("tiny",)
    assert VerdictStore(study.folder).all().empty
    assert PatchNames(study.folder).all() == ()
    assert saved_groups(study.folder.parent) == {}
