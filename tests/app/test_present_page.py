"""Page Present with the story of a mistake."""

import importlib.util
import re
from dataclasses import replace

import pytest

from pages.ui.loaders import background, models, studies
from pages.ui.present import stage, take_along
from tests.read import alt_texts, texts, wait_for_jobs
from xai_core.errors import ExplanationFailed, PictureUnreadable
from xai_core.explain import question
from xai_core.study.study import Study

STORY = {"study": "tiny", "truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}

RIGHT = "In pork chop that it gets right: 96% of the evidence for pork chop lies in the blue parts, 19% of the picture."
NO_CURE = (
    "No cure could be tried: 19 pictures are too few to fit a cure on one half and judge it on the other; expected at "
    "least 40. Give another study of the same model as the repair set."
)


@pytest.fixture
def computed(open_at):
    """Function that opens the page and runs it again until everything is computed."""

    def opened(**query):
        at = open_at("present", **query)
        models.wait_until_idle(30)
        at.run()
        for slot in ("present", "present_hiding"):
            wait_for_jobs(at, slot)
            at.run()
        background.wait_until_idle("repairs", 30)
        return at.run()

    return opened


def test_seven_steps_tell_the_story_and_go_into_one_file(study, computed, monkeypatch):
    offers = []
    monkeypatch.setattr(take_along, "draw_downloads", lambda story, make: offers.append((story, make)))
    at = computed(**STORY)
    said = []
    for step in range(1, 8):
        assert not at.exception
        assert at.query_params.items() >= (STORY | {"step": str(step)}).items()
        assert f"{step} of 7: Pork chop taken for ravioli" in texts(at.caption)
        assert not at.sidebar.selectbox
        assert at.button(key="present_Previous").disabled == (step == 1)
        said.append((at.subheader[0].value, at.title[0].value, len(alt_texts(at))))
        if step < 7:
            at.button(key="present_Next").click().run()
    assert said == [
        (":primary[What it said]", "The model says ravioli, with a probability of 82.3%.", 1),
        (
            ":primary[What it should have said]",
            "The true class is pork chop. The model gets 3 of 5 pictures of it right, these among them.",
            2,
        ),
        (":primary[Where it looked]", "98% of the evidence for ravioli lies in the red parts, 39% of the picture.", 0),
        (
            ":primary[Where it looks when it is right]",
            RIGHT,
            4,
        ),
        (":primary[Hide that part]", "Without that part, the model still says ravioli, 34.4% (before: 82.3%).", 2),
        (
            ":primary[Is it always so?]",
            "With the strongest part hidden in each, 0 of 2 mistakes are no longer called ravioli, none right.",
            2,
        ),
        (
            ":primary[What would cure it?]",
            NO_CURE,
            1,
        ),
    ]
    assert at.button(key="present_Next").disabled
    assert offers[0][1] is None
    story, make = offers[-1]
    slides = make()
    assert [slide.sentence for slide in slides] == [sentence for _, sentence, _ in said]
    assert "Picture: pork_chop/4." in slides[0].notes[0]
    report = take_along.story_report(story, slides)
    assert [section.text[0] for section in report.sections] == [sentence for _, sentence, _ in said]


@pytest.mark.usefixtures("study")
def test_the_quiz_asks_first_and_tells_then(computed, monkeypatch):
    places = [None]
    monkeypatch.setattr(stage, "ask_place", lambda _picture, _key: places[-1])
    at = computed(**STORY, step="3", quiz="True")
    assert at.title[0].value == "Where did the model look when it said ravioli?"
    places.append((0.5, 0.5))
    at.run()
    assert re.fullmatch(
        r"\d+ of 100 points: your place holds \d+% of the evidence for ravioli, the best place of that size \d+%.",
        at.title[0].value,
    )
    assert "98% of the evidence for ravioli lies in the red parts, 39% of the picture." in texts(at.markdown)
    at.button(key="present_Next").click().run()
    at.button(key="present_Next").click().run()
    assert at.title[0].value == "We hide the part with the strongest evidence. What does the model say then?"
    at.button(key="quiz pork_chop").click().run()
    told = "Without that part, the model still says ravioli, 34.4% (before: 82.3%)."
    assert at.title[0].value == f"You said pork chop: not this time. {told}"
    at.button(key="present_quiz").click().run()
    assert at.title[0].value == told
    assert not at.exception


def test_a_link_may_be_wrong_or_incomplete(study, open_at, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    at = open_at("present", study="tiny", picture="ravioli/5", step="9")
    assert "Ravioli taken for pork chop" in texts(at.caption)
    assert "The link asks for the step “9”, which does not exist here. There are 1 to 7." in texts(at.warning)
    assert "A PowerPoint file needs the package python-pptx." in at.download_button(key="present_pptx").help
    assert at.download_button(key="present_pptx").disabled
    at = open_at("present", study="tiny", truth="omelette", guess="ravioli")
    assert "No picture of omelette was taken for ravioli." in texts(at.info)
    read = Study.picture_bytes

    def damaged(of, image_id):
        if image_id == "pork_chop/4":
            raise PictureUnreadable(image_id, "it is damaged")
        return read(of, image_id)

    monkeypatch.setattr(Study, "picture_bytes", damaged)
    at = open_at("present", **STORY)
    assert "cannot be read: it is damaged." in texts(at.error)
    assert not at.exception


def test_a_step_says_what_failed(study, computed, monkeypatch):
    def fail(*_arguments):
        raise ExplanationFailed("The model failed.")

    monkeypatch.setattr(question.Question, "begin", fail)
    at = computed(**STORY, step="3")
    assert at.title[0].value == "This could not be computed."
    assert "The model failed." in texts(at.error)
    at.button(key="present_Next").click().run()
    at.button(key="present_Next").click().run()
    assert at.title[0].value == "This could not be computed."
    assert at.download_button(key="present_pptx").disabled
    assert not at.exception


def test_without_correct_pictures_and_embeddings_the_story_is_shorter(study, open_at, with_guesses, monkeypatch):
    with_guesses({f"pork_chop/{number}": "ravioli" for number in range(1, 6)})
    known = studies.open_study("tiny")
    monkeypatch.setattr(studies, "open_study", lambda _name: replace(known, embeddings=None))
    at = open_at("present", **STORY, step="2")
    assert at.title[0].value == "The true class is pork chop. The model gets 0 of 5 pictures of it right."
    assert "2 of 6: Pork chop taken for ravioli" in texts(at.caption)
    at = open_at("present", **STORY, step="4")
    assert at.title[0].value == "The model gets no picture of pork chop right that can be shown."
    assert not at.exception


@pytest.mark.usefixtures("perfect")
def test_a_study_without_mistakes_says_so(open_at):
    at = open_at("present")
    assert "The model makes no mistake on these pictures. " in texts(at.info)
    assert "So there is nothing to present." in texts(at.info)
    assert not at.exception
