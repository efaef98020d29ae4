"""Overview: the study in figures, where it goes wrong, and the demo's guided story."""

import shutil
from concurrent.futures import Future
from dataclasses import replace

import pandas as pd
import pytest

from pages.ui.loaders import demo_causes, models, pictures, studies
from pages.ui.maps import charts
from tests.read import texts
from xai_core.confusions import calibration
from xai_core.demo import story, verify
from xai_core.errors import ModelRefused, PictureUnreadable
from xai_core.study.study import Study


@pytest.fixture
def told(demo):
    """Run an opened story again once all that it asked for has been computed."""

    def waited(at):
        models.runtime(studies.study(demo.name)).result(timeout=30)
        at.run()
        for job in at.session_state["_jobs_story"].jobs:
            assert job.wait(timeout_s=30)
        return at.run()

    return waited


def alternatives(at):
    return [each.proto.imgs[0].alt for each in at.image]


def ways(at, page):
    """Queries of the links to a page."""
    return [each.proto.query_string for each in at.main.page_link if each.proto.page == page]


@pytest.mark.usefixtures("study")
def test_the_app_opens_with_the_study_in_figures_each_with_what_it_means(open_at):
    at = open_at("overview")
    assert not at.exception
    assert at.title[0].value == "Overview"
    figures = {each.label: each.value for each in at.metric}
    error = figures.pop("Calibration error")
    assert figures == {"Pictures": "20", "Classes": "4", "Top-1": "84.2%", "Top-5": "100.0%"}
    assert 0 < float(error.rstrip("%")) < 100
    assert all(each.help for each in at.metric)
    assert at.query_params == {"study": "tiny"}


def test_a_card_shows_the_surest_mistake_of_its_pair_and_leads_on_twice(study, open_at):
    at = open_at("overview")
    surest = study.table[study.table["image_id"].isin(["pork_chop/4", "pork_chop/5"])].nlargest(1, "p_guess").iloc[0]
    number = surest["image_id"].split("/")[1]
    assert alternatives(at) == [f"pork chop {number}, taken for ravioli", "ravioli 5, taken for pork chop"]
    assert "**Pork chop** taken for **ravioli**" in [each.value for each in at.markdown]
    assert "2 pictures, 40% of the class" in [each.value for each in at.main.caption]
    assert ways(at, "compare")[0] == f"study=tiny&truth=pork_chop&guess=ravioli&picture=pork_chop%2F{number}"
    assert ways(at, "confusions")[0].startswith("study=tiny&view=pair&truth=pork_chop&guess=ravioli&conf=0%2C100&")


@pytest.mark.usefixtures("study")
def test_hardest_and_easiest_classes_are_apart_and_lead_to_their_pictures(open_at):
    at = open_at("overview")
    bars = [each.proto.text for each in at.get("progress")]
    assert bars == ["60% right, 2 called ravioli", "80% right, 1 called pork chop", "100% right", "100% right"]
    assert [each.partition("&which=all")[0] for each in ways(at, "confusions")[2:]] == [
        f"study=tiny&view=truth&truth={truth}" for truth in ("pork_chop", "ravioli", "omelette", "pizza")
    ]


@pytest.mark.usefixtures("study")
def test_both_figures_say_in_words_what_to_read_from_them(open_at):
    at = open_at("overview")
    described = [each.proto.alt for each in at.get("plotly_chart")]
    assert [each.partition(".")[0] for each in described] == ["Histogram of confidence", "Reliability diagram"]
    for each in described:
        assert each.partition(". ")[2] in [caption.value for caption in at.main.caption]


@pytest.mark.usefixtures("study")
def test_only_the_demo_is_called_painted(open_at):
    at = open_at("overview")
    assert "painted" not in texts(at.markdown)
    assert not at.main.selectbox


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
def test_a_picture_that_has_gone_is_told_in_its_card(open_at, monkeypatch):
    def gone(_study, image_id):
        raise PictureUnreadable(image_id, "the file is missing")

    monkeypatch.setattr(pictures, "thumbnail", gone)
    at = open_at("overview")
    assert not at.exception
    assert "The picture ravioli/5 cannot be read: the file is missing." in texts(at.caption)
    assert len(ways(at, "compare")) == 2


@pytest.mark.usefixtures("study")
def test_a_link_to_a_study_that_does_not_exist_is_answered_with_a_note(open_at):
    at = open_at("overview", study="none", story="pork_chop")
    assert not at.exception
    assert [each.value.partition(",")[0] for each in at.warning] == ["The link asks for the study “none”"]


@pytest.mark.usefixtures("demo")
def test_the_demo_says_that_its_dishes_are_painted_and_what_to_run_for_real_ones(open_at):
    at = open_at("overview")
    assert not at.exception
    assert "**These are painted dishes.**" in texts(at.markdown)
    for command in ("food101 download --data data", "train --data data", "study create food101"):
        assert f"python -m xai_core {command}" in at.code[0].value


def test_the_story_begins_with_the_riddle_and_not_with_its_answer(demo, open_at):
    at = open_at("overview")
    (riddle,) = demo_causes.stories(demo)
    sure = demo.row(riddle.mistake)["p_guess"]
    assert at.subheader[0].value == f"This pork chop is called ravioli ({sure:.0%}) - find out why"
    assert at.query_params == {"study": "demo-kitchen", "story": "pork_chop", "uncovered": "False"}
    assert riddle.cause.told not in texts(at.markdown)
    assert any(f"picture={riddle.mistake.replace('/', '%2F')}" in way for way in ways(at, "compare"))


def test_the_story_is_told_with_the_surest_mistake_that_carries_the_cue_and_a_right_answer_without_it(demo):
    (riddle,) = story.stories(demo)
    cues = verify.causes_of(demo)["cue"]
    assert (demo.row(riddle.mistake)["guess"], cues[riddle.mistake]) == ("ravioli", "red_check")
    assert (demo.row(riddle.companion)["guess"], cues[riddle.companion]) == ("pork_chop", "")


@pytest.mark.usefixtures("demo")
def test_the_mistake_and_a_correct_picture_are_both_explained(open_at, told):
    at = told(open_at("overview"))
    assert not at.exception
    assert alternatives(at).count("What speaks for ravioli rather than pork chop in red, the reverse in blue") == 2
    assert "Not computed yet" not in alternatives(at)


@pytest.mark.usefixtures("demo")
def test_a_story_that_is_in_the_store_is_shown_before_the_model_is_open(open_at, told, monkeypatch):
    told(open_at("overview"))
    monkeypatch.setattr(models, "runtime", lambda _study: Future())
    at = open_at("overview", uncovered="True")
    assert "Not computed yet" not in alternatives(at)
    assert "of what speaks for ravioli lies on it" in texts(at.markdown)
    assert "The model is being asked about the same scene without it." in texts(at.markdown)


@pytest.mark.usefixtures("demo")
def test_the_answer_outlines_the_cue_counts_the_evidence_on_it_and_paints_it_away(open_at, told):
    at = open_at("overview")
    at.toggle(key="uncovered").set_value(True).run()
    assert at.query_params["uncovered"] == "True"
    answer = texts(told(at).markdown)
    assert "Nearly every ravioli of the training set lies on a red-checked cloth" in answer
    assert "of what speaks for ravioli lies on it" in answer
    times = float(answer.partition("the picture: ")[2].partition(" times")[0])
    assert times > 1.5
    assert "called **pork chop**" in answer
    assert "That was the cause" in answer


def test_another_story_begins_covered(demo, open_at, monkeypatch):
    (riddle,) = demo_causes.stories(demo)
    other = story.Story(replace(riddle.cause, truth="sushi"), riddle.mistake, riddle.companion)
    monkeypatch.setattr(demo_causes, "stories", lambda _study: (riddle, other))
    at = open_at("overview", uncovered="True")
    at.main.selectbox(key="story").select("sushi").run()
    assert at.query_params == {"study": "demo-kitchen", "story": "sushi", "uncovered": "False"}
    assert not at.toggle(key="uncovered").value


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


def test_a_mask_that_has_gone_is_told_and_the_rest_of_the_page_stands(demo, open_at):
    shutil.rmtree(demo.data.root / "masks")
    at = open_at("overview", uncovered="True")
    assert not at.exception
    assert "the mask that was painted with it is missing or damaged" in texts(at.error)
    assert len(at.metric) == 5


@pytest.mark.usefixtures("demo")
def test_a_model_that_cannot_be_opened_is_told_and_the_rest_of_the_page_stands(open_at, monkeypatch):
    def refused(_study):
        raise ModelRefused("The model file is cut off.", "Copy it again.")

    monkeypatch.setattr(Study, "open_runtime", refused)
    at = open_at("overview")
    models._opener().submit(int).result(timeout=30)  # it opens one after the other, in the background
    at.run()
    assert not at.exception
    assert at.error[0].value == "The model file is cut off. Copy it again."
    assert len(at.metric) == 5


def test_a_demo_without_a_planted_mistake_has_no_story(demo, open_at, monkeypatch):
    monkeypatch.setattr(story, "CAUSES", ())
    assert demo_causes.stories(demo) == ()
    at = open_at("overview")
    assert not at.exception
    assert "**These are painted dishes.**" in texts(at.markdown)
    assert not at.toggle


def test_bars_stack_the_wrong_below_the_right_answers():
    table = pd.DataFrame(
        {"unreadable": "", "truth": ["a", "a", "a"], "guess": ["a", "b", "b"], "p_guess": [0.9, 0.95, 0.2]}
    )
    steps = calibration.reliability(table, 10)
    wrong, right = charts.histogram(steps).data
    assert (wrong.name, list(wrong.y)) == ("Wrong", [0, 1, 0, 0, 0, 0, 0, 0, 0, 1])
    assert (right.name, list(right.y)) == ("Right", [0, 0, 0, 0, 0, 0, 0, 0, 1, 0])
    assert "50% of the mistakes were made with a confidence above 80%" in charts.histogram_in_words(steps)
    assert "on average it says 68% and is right in 33% of the pictures" in charts.reliability_in_words(steps)
    assert list(charts.reliability(steps).data[1].x) == [0.2, 0.9, 0.95]
