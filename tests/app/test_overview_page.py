"""Page Overview with key figures, frequent mistakes and the demo's guided story."""

import re
import shutil
from concurrent.futures import Future
from dataclasses import replace

import pandas as pd
import pytest

from pages.ui.frame.components import picture_name
from pages.ui.loaders import demo_causes, models, pictures, studies
from pages.ui.maps import charts
from tests.read import alt_texts, map_alts, texts, wait_for_jobs
from xai_core.confusions import calibration
from xai_core.demo import story, verify
from xai_core.errors import ModelRefused, PictureUnreadable
from xai_core.explain.wording import probability_text
from xai_core.study.study import Study


@pytest.fixture
def told(demo):
    """Function that runs an opened story again once its jobs are over."""

    def waited(at):
        models.runtime_future(studies.open_study(demo.name)).result(timeout=30)
        at.run()
        wait_for_jobs(at, "story")
        return at.run()

    return waited


def mistakes(study):
    """Return the image ids of the mistakes of a study."""
    return list(study.table["image_id"][study.table["truth"] != study.table["guess"]])


def link_queries(at, page):
    """Return the queries of the links to a page."""
    return [element.proto.query_string for element in at.main.page_link if element.proto.page == page]


@pytest.mark.usefixtures("study")
def test_the_app_opens_with_the_key_figures_and_their_meanings(open_at):
    at = open_at("overview")
    assert not at.exception
    assert at.title[0].value == "Overview"
    figures = {element.label: element.value for element in at.metric}
    error = figures.pop("Calibration error")
    assert figures == {"Pictures": "20", "Classes": "4", "Top-1": "84.2%", "Top-5": "100.0%"}
    assert 0 < float(error.rstrip("%")) < 100
    assert all(element.help for element in at.metric)
    assert at.query_params == {"study": "tiny"}


def test_a_card_shows_the_most_confident_mistake_of_its_pair_and_has_two_links(study, open_at):
    at = open_at("overview")
    most_confident = (
        study.table[study.table["image_id"].isin(["pork_chop/4", "pork_chop/5"])].nlargest(1, "p_guess").iloc[0]
    )
    number = most_confident["image_id"].split("/")[1]
    assert alt_texts(at) == [f"pork chop {number}, taken for ravioli", "ravioli 5, taken for pork chop"]
    assert "**Pork chop** taken for **ravioli**" in [element.value for element in at.markdown]
    assert "2 pictures, 40% of the class" in [element.value for element in at.main.caption]
    assert link_queries(at, "compare")[0] == f"study=tiny&truth=pork_chop&guess=ravioli&picture=pork_chop%2F{number}"
    assert link_queries(at, "confusions")[0].startswith(
        "study=tiny&view=pair&truth=pork_chop&guess=ravioli&conf=0%2C100&"
    )


@pytest.mark.usefixtures("study")
def test_hardest_and_easiest_classes_are_apart_and_link_to_their_pictures(open_at):
    at = open_at("overview")
    bars = [element.proto.text for element in at.get("progress") if not element.proto.text.endswith("...")]
    assert bars == ["60% right, 2 called ravioli", "80% right, 1 called pork chop", "100% right", "100% right"]
    assert [query.partition("&which=all")[0] for query in link_queries(at, "confusions")[2:]] == [
        f"study=tiny&view=truth&truth={truth}" for truth in ("pork_chop", "ravioli", "omelette", "pizza")
    ]


@pytest.mark.usefixtures("study")
def test_both_charts_are_described_in_words(open_at):
    at = open_at("overview")
    described = [element.proto.alt for element in at.get("plotly_chart")]
    assert [text.partition(".")[0] for text in described] == ["Histogram of confidence", "Reliability diagram"]
    for text in described:
        assert text.partition(". ")[2] in [caption.value for caption in at.main.caption]


@pytest.mark.usefixtures("study")
def test_only_the_demo_is_called_painted(open_at):
    at = open_at("overview")
    assert "painted" not in texts([*at.markdown, *at.caption])


@pytest.mark.usefixtures("perfect")
def test_a_study_without_mistakes_has_figures_and_no_cards(open_at):
    at = open_at("overview")
    assert not at.exception
    assert texts(at.info) == "The model makes no mistake on these pictures."
    assert at.metric[2].value == "100.0%"
    assert not at.image
    assert len(at.get("plotly_chart")) == 2


@pytest.mark.usefixtures("unreadable")
def test_a_study_without_readable_pictures_says_so(open_at):
    at = open_at("overview")
    assert not at.exception
    assert "None of the pictures can be read" in texts(at.info)
    assert not at.get("plotly_chart")


@pytest.mark.usefixtures("study")
def test_a_missing_picture_is_reported_in_its_card(open_at, monkeypatch):
    def gone(_study, image_id):
        raise PictureUnreadable(image_id, "the file is missing")

    monkeypatch.setattr(pictures, "thumbnail", gone)
    at = open_at("overview")
    assert not at.exception
    assert "The picture ravioli/5 cannot be read: the file is missing." in texts(at.caption)
    assert len(link_queries(at, "compare")) == 2


@pytest.mark.usefixtures("study")
def test_a_link_to_a_study_that_does_not_exist_is_answered_with_a_note(open_at):
    at = open_at("overview", study="none", story="pork_chop")
    assert not at.exception
    assert [element.value.partition(",")[0] for element in at.warning] == ["The link asks for the study “none”"]


@pytest.mark.usefixtures("demo")
def test_the_demo_says_that_its_pictures_are_painted_and_the_frame_how_to_add_a_study(open_at):
    at = open_at("overview")
    assert not at.exception
    assert "A program painted every picture of this study" in texts(at.caption)
    commands = texts(at.sidebar.code)
    for command in ("food101 download --data data", "train --data data", "study create NAME --data FOLDER"):
        assert f"python -m xai_core {command}" in commands


def test_the_story_begins_with_the_mistake_and_without_its_answer(demo, open_at):
    at = open_at("overview")
    (shown_story,) = demo_causes.stories(demo)
    sure = demo.row(shown_story.mistake)["p_guess"]
    assert at.subheader[0].value == f"This pork chop is called ravioli ({probability_text(sure)}). Find out why"
    assert at.query_params == {"study": "demo-kitchen", "story": "pork_chop", "uncovered": "False"}
    assert shown_story.cause.answer not in texts(at.markdown)
    assert any(f"picture={shown_story.mistake.replace('/', '%2F')}" in way for way in link_queries(at, "compare"))


def test_the_story_has_the_most_confident_mistake_with_the_cue_and_a_correct_picture_without_it(demo):
    (shown_story,) = story.stories(demo)
    cues = verify.causes_of(demo)["cue"]
    assert (demo.row(shown_story.mistake)["guess"], cues[shown_story.mistake]) == ("ravioli", "red_check")
    assert (demo.row(shown_story.companion)["guess"], cues[shown_story.companion]) == ("pork_chop", "")


@pytest.mark.usefixtures("demo")
def test_the_mistake_and_a_correct_picture_are_both_explained(open_at, told):
    at = told(open_at("overview"))
    assert not at.exception
    assert map_alts(at).count("Evidence for ravioli rather than pork chop in red, the reverse in blue") == 2
    assert "Not computed yet" not in alt_texts(at)


@pytest.mark.usefixtures("demo")
def test_a_story_that_is_in_the_store_is_shown_before_the_model_is_open(open_at, told, monkeypatch):
    told(open_at("overview"))
    monkeypatch.setattr(models, "runtime_future", lambda _study: Future())
    at = open_at("overview", uncovered="True")
    assert "Not computed yet" not in alt_texts(at)
    assert "of the evidence for ravioli lies on the red-checked cloth" in texts(at.markdown)
    assert "The prediction for the same scene without it is being computed." in texts(at.markdown)


@pytest.mark.usefixtures("demo")
def test_the_answer_takes_the_place_of_the_correct_picture_and_tells_the_cause(open_at, told, demo):
    (shown_story,) = demo_causes.stories(demo)
    beside = f"{picture_name(shown_story.companion)} as the model sees it"
    at = told(open_at("overview"))
    assert beside in alt_texts(at)
    at.button(key="uncover").click().run()
    assert at.query_params["uncovered"] == "True"
    at = told(at)
    answer = texts(at.markdown)
    assert "Nearly every ravioli of the training set lies on a red-checked cloth" in answer
    evidence, area = re.search(r"\*\*(\d+)%\*\* of the evidence .* covers \*\*(\d+)%\*\*", answer).groups()
    assert int(evidence) > 1.5 * int(area)
    assert "called **pork chop**" in answer
    assert "So this was the cause" in answer
    assert beside not in alt_texts(at)


def test_another_story_begins_covered(demo, open_at, monkeypatch):
    (shown_story,) = demo_causes.stories(demo)
    other_mistake = next(image_id for image_id in mistakes(demo) if image_id != shown_story.mistake)
    other = story.Story(replace(shown_story.cause, truth="sushi"), other_mistake, shown_story.companion)
    monkeypatch.setattr(demo_causes, "stories", lambda _study: (shown_story, other))
    at = open_at("overview", uncovered="True")
    at.main.selectbox(key="story").select("sushi").run()
    assert at.query_params == {"study": "demo-kitchen", "story": "sushi", "uncovered": "False"}
    assert at.button(key="uncover").label == "Uncover the answer"
    # The menu carries the mistake of the story.
    assert link_queries(at, "compare")[0].endswith(f"picture={other_mistake.replace('/', '%2F')}")


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("asked", "note"),
    [({"story": "pizza"}, "the story “pizza”"), ({"uncovered": "perhaps"}, "the answer “perhaps”")],
)
def test_nonsense_in_the_link_of_a_story_is_answered_with_the_first_covered(open_at, asked, note):
    at = open_at("overview", **asked)
    assert not at.exception
    assert note in at.warning[0].value
    assert at.query_params == {"study": "demo-kitchen", "story": "pork_chop", "uncovered": "False"}


def test_a_missing_mask_is_reported_and_the_rest_of_the_page_stays(demo, open_at):
    shutil.rmtree(demo.data.root / "masks")
    at = open_at("overview", uncovered="True")
    assert not at.exception
    assert "the mask that was painted with it is missing or damaged" in texts(at.error)
    assert len(at.metric) == 5


@pytest.mark.usefixtures("demo")
def test_a_model_that_cannot_be_opened_is_reported_and_the_rest_of_the_page_stays(open_at, monkeypatch):
    def refused(_study):
        raise ModelRefused("The model file is cut off.", "Copy it again.")

    monkeypatch.setattr(Study, "open_runtime", refused)
    at = open_at("overview")
    models.wait_until_idle(timeout_s=30)
    at.run()
    assert not at.exception
    assert at.error[0].value == "The model file is cut off. Copy it again."
    assert len(at.metric) == 5


@pytest.mark.usefixtures("study")
def test_another_study_has_a_story_once_its_mistakes_are_explained(open_at, asked):
    at = asked(open_at("overview"))
    assert "Looking for the mistake to show first" in texts(at.markdown)
    assert "story" not in at.query_params
    wait_for_jobs(at, "opening")
    at.run()
    wait_for_jobs(at, "story")
    at.run()
    assert not at.exception
    assert at.query_params["story"] in ("pork_chop", "ravioli")
    at.button(key="uncover").click().run()
    assert "of the evidence for" in texts(at.markdown)
    assert any(alt.startswith("Part of ") for alt in alt_texts(at))


def test_bars_stack_wrong_answers_below_right_ones():
    table = pd.DataFrame(
        {"unreadable": "", "truth": ["a", "a", "a"], "guess": ["a", "b", "b"], "p_guess": [0.9, 0.95, 0.2]}
    )
    steps = calibration.reliability(table, 10)
    wrong, right = charts.histogram(steps).data
    assert (wrong.name, list(wrong.y)) == ("Wrong", [0, 1, 0, 0, 0, 0, 0, 0, 0, 1])
    assert (right.name, list(right.y)) == ("Right", [0, 0, 0, 0, 0, 0, 0, 0, 1, 0])
    assert "50% of the mistakes were made with a confidence above 80%" in charts.histogram_sentence(steps)
    assert "on average its confidence is 68%, and it is right in 33% of the pictures" in charts.reliability_sentence(
        steps
    )
    assert list(charts.reliability(steps).data[1].x) == [0.2, 0.9, 0.95]
