"""The server answers at once and prepares the demo in a process of its own."""

import io
from types import SimpleNamespace

import pytest

from tests.read import texts
from xai_core.demo import preparation as demo_preparation
from xai_core.demo.preparation import Preparation

PROGRESS = (
    b"Painting the dishes: 100 of 2,525 pictures, 20.1/s, 121 s left\nPainting the dishes: 505 of 2,525 pictures\n"
)


@pytest.fixture
def preparing(monkeypatch):
    """Function that gives the server a preparation with some output, which has ended if it has a status."""

    def prepare(output, status=None):
        process = SimpleNamespace(poll=lambda: status, returncode=status)
        monkeypatch.setattr(demo_preparation, "_running", Preparation(process, io.BytesIO(output)))

    return prepare


@pytest.mark.usefixtures("no_studies")
def test_the_first_page_shows_how_far_the_demo_is(open_at, preparing):
    preparing(PROGRESS)
    at = open_at("overview")
    assert not at.exception
    assert at.title[0].value == "The demo is being prepared"
    (bar,) = at.get("progress")
    assert (bar.proto.value, bar.proto.text) == (20, "Painting the dishes: 505 of 2,525 pictures")


@pytest.mark.usefixtures("no_studies")
@pytest.mark.parametrize(
    ("output", "sentence"),
    [(b"error: The disk is full. Free some space.\n", "The disk is full. Free some space."), (b"", "status 9")],
)
def test_a_failed_preparation_is_a_sentence(open_at, preparing, output, sentence):
    preparing(output, status=9)
    at = open_at("overview")
    assert at.title[0].value == "No study yet"
    assert sentence in texts(at.warning).replace("\\", "")


@pytest.mark.usefixtures("study")
def test_other_studies_are_shown_meanwhile(open_at, preparing):
    preparing(PROGRESS)
    at = open_at("confusions")
    assert at.title[0].value == "Confusions"
    assert at.sidebar.get("progress")
    preparing(PROGRESS, status=0)
    assert not open_at("confusions").sidebar.get("progress")


def test_it_is_started_once_and_only_if_it_is_asked_for(monkeypatch):
    started = []
    monkeypatch.setattr(demo_preparation, "_running", None)
    monkeypatch.setattr(
        demo_preparation.subprocess, "Popen", lambda command, **_: started.append(command) or SimpleNamespace()
    )
    monkeypatch.delenv(demo_preparation.WANTED, raising=False)
    demo_preparation.start()
    assert (started, demo_preparation.running()) == ([], None)
    monkeypatch.setenv(demo_preparation.WANTED, "1")
    demo_preparation.start()
    demo_preparation.start()
    demo_preparation.running().output.close()
    assert [command[1:] for command in started] == [["-m", "xai_core", "demo", "prepare"]]
