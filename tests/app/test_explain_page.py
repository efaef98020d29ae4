"""Explain: one picture, of the study or of one's own, and what made the model say that about it."""

import io
import re
import threading
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pages.ui.controls import contrast
from pages.ui.controls import display as controls_display
from pages.ui.controls.contrast import Shown
from pages.ui.explain import engine_agreement
from pages.ui.loaders import models, pictures
from pages.ui.maps import hover, waterfall
from pages.ui.picture import selection
from pages.ui.picture.selection import Subject
from pages.ui.reports import downloads
from tests.read import texts
from xai_core import render
from xai_core.engines.search import Uncertainty
from xai_core.errors import ExplanationFailed, ModelRefused, NameUnknown, PictureUnreadable
from xai_core.explain.explanation import Explanation
from xai_core.settings import ExplainSettings
from xai_core.study.study import Study, create_study
from xai_core.trust.engine_agreement import Agreement

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}
FOR_GUESS = "What speaks for ravioli in red, against it in blue"
STORED = "All of it comes from the store: no evaluation was needed."


class CountingRuntime:
    """A model that counts the pictures it is shown, says when it is first asked and answers once its gate is open."""

    def __init__(self, inner):
        self.inner, self.evaluations = inner, 0
        self.started, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def logits(self, inputs):
        self.evaluations += len(inputs)
        if len(inputs) > 1:  # the preview asks for one picture, and for it nobody waits
            self.started.set()
            assert self.gate.wait(timeout=30)
        return self.inner.logits(inputs)


@pytest.fixture
def model(study, monkeypatch):
    """The study's model, counting."""
    counting = CountingRuntime(study.open_runtime())
    monkeypatch.setattr(Study, "open_runtime", lambda _study: counting)
    yield counting
    counting.gate.set()


@pytest.fixture
def unreadable(tmp_path, tiny_food101, tiny_model, monkeypatch):
    """A machine with a study none of whose pictures can be read."""
    for file in tiny_food101.rglob("*.jpg"):
        file.write_bytes(b"no picture")
    monkeypatch.setenv("XAI_STUDIES", str(tmp_path / "studies"))
    return create_study("unreadable", tmp_path / "studies", data=tiny_food101, model=tiny_model)


def alternatives(at):
    return [each.proto.imgs[0].alt for each in at.image]


def overlays(at):
    return [each for each in alternatives(at) if each.startswith("What speaks for")]


def picture(colour=(250, 250, 250), kind="PNG"):
    out = io.BytesIO()
    Image.new("RGB", (50, 40), colour).save(out, kind)
    return out.getvalue()


def upload(at, content, name="dish.png"):
    return at.file_uploader(key="explain_file").upload(name, content).run()


# The question


@pytest.mark.usefixtures("study")
def test_a_link_names_the_picture_and_everything_it_leaves_out_is_completed(open_at):
    at = open_at("explain", **MISTAKE)
    assert not at.exception
    assert at.title[0].value == "Explain"
    assert at.query_params == MISTAKE | {
        "study": "tiny",
        "source": "study",
        "engine": "partition",
        "mask": "blur",
        "blur": "32",
        "evals": "300",
        "top_k": "2",
        "opacity": "85",
        "under": "grey",
        "colours": "red and blue",
        "why": "ravioli",
        "rather": "pork_chop",
    }


@pytest.mark.usefixtures("study")
def test_without_a_picture_the_surest_mistake_of_the_pair_is_shown(open_at):
    assert open_at("explain", truth="ravioli", guess="pork_chop").query_params["picture"] == "ravioli/5"


@pytest.mark.usefixtures("study")
def test_a_mistake_is_asked_about_as_its_guess_rather_than_its_truth(open_at):
    assert open_at("explain", **MISTAKE).subheader[0].value == "Why ravioli rather than pork chop?"


@pytest.mark.usefixtures("study")
def test_a_right_answer_is_asked_about_as_against_the_runner_up_and_has_nothing_to_compare(open_at):
    at = open_at("explain", picture="omelette/1")
    assert re.fullmatch(r"Why omelette rather than (pizza|pork chop|ravioli)\?", at.subheader[0].value)
    assert "omelette" not in at.query_params["rather"]
    assert "Compare" not in [each.proto.label for each in at.get("page_link")]


@pytest.mark.usefixtures("study")
def test_the_answer_is_told_before_anything_is_computed_the_truth_always_among_it(open_at):
    at = open_at("explain", **MISTAKE, top_k="1")
    told = [each.text for each in at.progress]
    assert any(re.fullmatch(r"\*\*ravioli\*\* \d+\.\d% :gray-badge\[guess\]", each) for each in told)
    assert any(re.fullmatch(r"\*\*pork chop\*\* \d+\.\d% :orange-badge\[truth, rank \d\]", each) for each in told)
    assert "pork chop 4 as the model sees it" in alternatives(at)


@pytest.mark.usefixtures("study")
def test_next_and_previous_go_through_the_pictures_that_are_called_the_same(open_at):
    at = open_at("explain", truth="pork_chop", guess="ravioli")
    first = at.selectbox(key="picture").value
    assert at.button(key="explain_Previous").disabled
    at.button(key="explain_Next").click().run()
    second = at.query_params["picture"]
    assert {first, second} == {"pork_chop/4", "pork_chop/5"}
    assert at.button(key="explain_Next").disabled
    at.button(key="explain_Previous").click().run()
    assert at.query_params["picture"] == first


@pytest.mark.usefixtures("study")
def test_another_class_opens_its_first_mistake_and_asks_what_is_usual_there(open_at):
    at = open_at("explain", **MISTAKE)
    at.selectbox(key="explain_class pork_chop").select("ravioli").run()
    assert at.query_params["picture"] == "ravioli/5"
    assert at.subheader[0].value == "Why pork chop rather than ravioli?"


@pytest.mark.usefixtures("study")
def test_the_reader_s_own_contrast_stays_while_the_same_is_usually_asked(open_at):
    at = open_at("explain", **MISTAKE)
    at.selectbox(key="rather").select("pizza").run()
    assert at.subheader[0].value == "Why ravioli rather than pizza?"
    other = {"pork_chop/4": "pork_chop/5"}[at.query_params["picture"]]
    at.selectbox(key="picture").select(other).run()
    assert at.subheader[0].value == "Why ravioli rather than pizza?"
    at.selectbox(key="explain_class pork_chop").select("ravioli").run()
    assert at.subheader[0].value == "Why pork chop rather than ravioli?"


@pytest.mark.parametrize("text", ["ravioli/5", " Ravioli 5 ", "ravioli_5"])
def test_a_picture_is_found_by_its_id_or_its_name(study, text):
    assert selection.named(study, text) == "ravioli/5"


def test_a_number_names_a_picture_where_only_one_has_it(study):
    with pytest.raises(NameUnknown, match="'4'") as unknown:
        selection.named(study, "4")
    assert unknown.value.hint == "Did you mean omelette/4 or pizza/4 or pork_chop/4?"
    of_pizza = study.table[study.table["truth"] == "pizza"].reset_index(drop=True)
    assert selection.named(replace(study, table=of_pizza), "4") == "pizza/4"


@pytest.mark.parametrize("text", ["omelette/2", "Omelette 2"])
@pytest.mark.usefixtures("study")
def test_a_link_may_name_a_picture_as_people_do(open_at, text):
    at = open_at("explain", picture=text)
    assert not at.warning
    assert at.query_params["picture"] == "omelette/2"
    assert "omelette 2 as the model sees it" in alternatives(at)


def test_a_name_of_nothing_and_of_what_cannot_be_read_are_told_apart(study):
    with pytest.raises(NameUnknown, match="There is no picture 'sushi/1' here"):
        selection.named(study, "sushi/1")
    with pytest.raises(PictureUnreadable, match="pizza/5"):
        selection.named(study, "pizza/5")


# What is computed, and what is only shown


def test_contrast_and_overlays_come_with_numbers_that_add_up(open_at, explained, model):
    at = explained(open_at("explain", **MISTAKE, top_k="1"))
    assert not at.exception
    assert overlays(at) == [FOR_GUESS, "What speaks for pork chop in red, against it in blue"]
    lines = [line for each in at.caption for line in each.value.splitlines()]
    sums = [line for line in lines if " = base " in line]
    assert len(sums) == 3
    for line in sums:
        full, base, sign, total = re.fullmatch(r"(?:logit )?(\S+) = base (\S+) ([+-]) sum (\S+)", line.strip()).groups()
        assert float(full) == pytest.approx(float(base) + float(f"{sign}{total}"), abs=0.011)
    lead = re.search(r"ravioli leads by (\S+) logits", texts(at.caption))
    assert float(lead[1]) > 0
    assert "evaluations for 1 picture." in texts(at.caption)


def test_display_costs_no_evaluation_and_another_blur_or_mask_does(open_at, explained, model):
    at = explained(open_at("explain", **MISTAKE, top_k="1"))
    spent = model.evaluations
    assert spent > 0
    at.slider(key="top_k").set_value(4).run()
    assert len(overlays(at)) == 4
    at.slider(key="opacity").set_value(50).run()
    at.selectbox(key="under").select("none").run()
    at.selectbox(key="colours").select("orange and purple").run()
    at.selectbox(key="rather").select("pizza").run()
    assert not at.exception
    assert "What speaks for omelette in orange, against it in purple" in overlays(at)
    assert "Orange pushes towards the named class, purple away from it." in texts(at.caption)
    assert model.evaluations == spent
    at = explained(at.slider(key="blur").set_value(5).run())
    after_blur = model.evaluations
    assert after_blur > spent
    at = explained(at.selectbox(key="mask").select("mean").run())
    assert at.slider(key="blur").disabled
    assert model.evaluations > after_blur


@pytest.mark.usefixtures("model")
def test_one_scale_serves_the_contrast_and_all_overlays(open_at, explained):
    at = explained(open_at("explain", **MISTAKE))
    assert texts(at.caption).count("One scale for all: full tint is") == 1


def test_another_reader_of_the_link_is_served_from_the_store(open_at, explained, asked, model):
    explained(open_at("explain", **MISTAKE))
    spent = model.evaluations
    at = asked(open_at("explain", **MISTAKE))
    assert STORED in texts(at.caption)
    assert model.evaluations == spent


def test_what_is_stored_is_shown_before_the_model_is_there(open_at, explained, model, monkeypatch):
    explained(open_at("explain", **MISTAKE))
    models.runtime.clear()
    opening = threading.Event()
    monkeypatch.setattr(Study, "open_runtime", lambda _study: model if opening.wait(timeout=30) else None)
    try:
        at = open_at("explain", **MISTAKE)
        assert not at.exception
        assert FOR_GUESS in overlays(at)
        assert "All hidden: the model is being opened ..." in texts(at.caption)
        assert not at.download_button(key="explain_png").disabled
    finally:
        opening.set()


def test_the_preview_says_what_the_model_makes_of_nothing(open_at, asked, model):
    at = asked(open_at("explain", **MISTAKE, mask="mean"))
    assert "The picture with all of it hidden by the mean colour" in alternatives(at)
    said = re.search(r"All hidden, it says: (.+)\. Every map starts from this base\.", texts(at.caption))
    shares = [int(each) for each in re.findall(r"(\d+)%", said[1])]
    assert len(shares) == 3
    assert shares == sorted(shares, reverse=True)


@pytest.mark.usefixtures("model")
def test_a_mask_that_speaks_for_a_class_by_itself_is_warned_of(open_at, asked):
    at = asked(open_at("explain", **MISTAKE, mask="colour", colour="white"))
    assert at.warning[0].value.startswith("Nothing is shown, and the model still says ravioli (")


# How sure it is


@pytest.fixture
def estimated(open_at, explained):
    """Explain a mistake by the engine that estimates errors."""
    return explained(open_at("explain", **MISTAKE, engine="regions", evals="100"))


def test_regions_within_noise_have_no_colour_until_the_reader_wants_it_and_numbers_stay(model, estimated):
    at = estimated
    assert not at.exception
    assert at.query_params["noise"] == "hide"
    assert "Without colour: regions within noise, whose 95% interval holds 0." in texts(at.caption)
    noisy, regions, area = re.search(r"Within noise: (\d+) of (\d+) regions, (\d+)% of", texts(at.caption)).groups()
    assert 0 < int(noisy) <= int(regions)
    assert f"within noise: {area}% of the picture" in texts(at.caption)
    spent, numbers, drawings = model.evaluations, sums(at), sources(at)
    at.button_group(key="noise").set_value("show").run()
    assert at.query_params["noise"] == "show"
    assert "Regions within noise, whose 95% interval holds 0, are coloured too." in texts(at.caption)
    assert (model.evaluations, sums(at)) == (spent, numbers)
    assert sources(at) != drawings


def sums(at):
    return [line for each in at.caption for line in each.value.splitlines() if " = base " in line]


def sources(at):
    """What the overlays are drawn from."""
    return [each.proto.imgs[0].url for each in at.image if each.proto.imgs[0].alt.startswith("What speaks for")]


@pytest.mark.usefixtures("model")
def test_it_is_said_whether_the_ranking_has_settled_and_what_the_sum_foresees(estimated):
    said = texts(estimated.caption)
    assert "**Is it enough?**" in texts(estimated.markdown)
    assert re.search(r"(Ranking settled: \d+|Not settled yet: about \d+) of the 10 strongest regions would stay", said)
    assert re.search(r"Of how the logit varies, the sum of regions foresees \d+% for (ravioli|pork chop)", said)


@pytest.mark.usefixtures("model")
def test_where_nothing_is_estimated_nothing_is_said_of_noise(open_at, explained):
    at = explained(open_at("explain", **MISTAKE, noise="hide"))
    assert "noise" not in texts(at.caption)
    assert "Is it enough" not in texts(at.markdown)
    assert "noise" not in [each.key for each in at.button_group]


@pytest.mark.usefixtures("study")
def test_a_link_to_an_unknown_drawing_of_noise_is_told(open_at):
    at = open_at("explain", **MISTAKE, engine="regions", noise="some")
    assert "the drawing of noise “some”, which does not exist here. It is hide or show." in texts(at.warning)
    assert at.query_params["noise"] == "hide"


def test_how_far_the_other_method_agrees_is_one_click_away_and_then_known(open_at, explained, model):
    at = explained(open_at("explain", **MISTAKE, evals="100"))
    assert "agrees" not in texts(at.markdown)
    spent = model.evaluations
    at.button(key="explain_other").click().run()
    for job in at.session_state["_jobs_explain_other"].jobs:
        assert job.wait(timeout_s=30)
    at.run()
    assert not at.exception
    said = r"With regions along edges this map agrees \*\*(.+)\*\*: rank correlation (\S+)\. Where"
    found = re.search(said, texts(at.markdown))
    assert model.evaluations > spent
    again = open_at("explain", **MISTAKE, evals="100")
    assert found[0] in texts(again.markdown)
    again.button(key="explain_other_show").click().run()
    assert again.query_params["engine"] == "regions"
    assert f"With SHAP's partition this map agrees **{found[1]}**: rank correlation {found[2]}." in texts(
        again.markdown
    )


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (Agreement(0.71), "With it this map agrees **largely**: rank correlation 0.71."),
        (Agreement(0.5, 0.0), "With it this map agrees **in part**: rank correlation 0.50. Nothing is beyond noise."),
        (
            Agreement(0.18, 0.13, 0.67),
            (
                "With it this map agrees **hardly**: rank correlation 0.18. Where values are beyond noise, 13% of the "
                "picture, both speak for the same side in 67%."
            ),
        ),
    ],
)
def test_agreement_is_told_as_far_as_it_is_known(found, told):
    assert engine_agreement.in_words(found, "it") == told


# Waiting, stopping, failing


def test_a_cancelled_explanation_stays_so_until_it_is_asked_for_again(open_at, asked, explained, model):
    model.gate.clear()
    at = asked(open_at("explain", **MISTAKE))
    assert model.started.wait(timeout=30)
    at.run()
    assert any("of 300 evaluations" in each.text for each in at.progress)
    at.button(key="explain_cancel").click().run()
    assert "Stopped after" in texts(at.caption)
    model.gate.set()
    at.slider(key="top_k").set_value(3).run()
    assert "Stopped after" in texts(at.caption)
    at = explained(at.button(key="explain_resume").click().run())
    assert FOR_GUESS in overlays(at)


def test_nothing_can_be_taken_away_before_there_is_anything(open_at, asked, model):
    model.gate.clear()
    at = asked(open_at("explain", **MISTAKE))
    assert all(at.download_button(key=f"explain_{kind}").disabled for kind in ("png", "csv", "npz"))


def test_a_model_that_fails_is_told_in_a_sentence(open_at, explained, model):
    def broken(_inputs):
        raise ExplanationFailed("The model failed on a masked picture: memory is full.", "Close a program.")

    model.logits = broken
    at = explained(open_at("explain", **MISTAKE))
    assert not at.exception
    # By the preview and by the explanation; the answer, which is the study's, stays.
    assert {each.value for each in at.error} == {
        "The model failed on a masked picture: memory is full. Close a program."
    }
    assert at.button(key="explain_resume").label == "Go on"
    assert "pork chop 4 as the model sees it" in alternatives(at)


@pytest.mark.usefixtures("study")
def test_a_model_file_that_cannot_be_opened_is_told_and_the_answer_stays(open_at, monkeypatch):
    def refused(_study):
        raise ModelRefused("The model file is cut off.", "Copy it again.")

    monkeypatch.setattr(Study, "open_runtime", refused)
    at = open_at("explain", **MISTAKE)
    if not at.error:  # the model is opened in the background
        models._opener().submit(int).result(timeout=30)
        at.run()
    assert not at.exception
    assert at.error[0].value == "The model file is cut off. Copy it again."
    assert any("ravioli" in each.text for each in at.progress)


def test_a_picture_whose_file_has_gone_is_told_and_the_next_one_is_a_click_away(open_at, study):
    study.data.path("pork_chop/4").unlink()
    at = open_at("explain", **MISTAKE)
    assert not at.exception
    assert at.error[0].value.startswith("The picture pork_chop/4 cannot be read: the file is missing.")
    at.selectbox(key="picture").select("pork_chop/5").run()
    assert not at.error
    assert "pork chop 5 as the model sees it" in alternatives(at)


@pytest.mark.usefixtures("unreadable")
def test_a_study_of_which_nothing_can_be_read_says_so_and_takes_an_upload_all_the_same(open_at):
    at = open_at("explain")
    assert not at.exception
    assert texts(at.info) == "None of the pictures can be read, so there is nothing to explain."
    at = open_at("explain", source="upload")
    assert at.file_uploader(key="explain_file")


@pytest.mark.parametrize(
    ("asked_for", "told"),
    [
        ({"picture": "pork_chop/99"}, "the picture “pork_chop/99”, which does not exist here. Ids are of the form"),
        ({"picture": "pizza/5"}, "That picture cannot be read"),
        ({"source": "web"}, "the source “web”, which does not exist here. It is study or upload."),
        ({"why": "sushi"}, "the class “sushi”, which does not exist here. Shown is ravioli."),
        ({"rather": "sushi"}, "the class “sushi”, which does not exist here. Shown is pork chop."),
        ({"blur": "0"}, "the blur “0”, which does not exist here. Blur is 1 to 32 pixels."),
        ({"top_k": "1e9"}, "the number of likeliest classes “1e9”, which does not exist here. There are 1 to 4."),
        ({"evals": "-1"}, "the number of evaluations “-1”"),
        ({"opacity": "101"}, "the tint “101”"),
        ({"under": "sand"}, "the backdrop “sand”, which does not exist here. Shown is pale grey."),
        ({"colours": "pink"}, "the pair of colours “pink”, which does not exist here. Shown is red and blue."),
        ({"mask": "fog"}, "the mask “fog”, which does not exist here. There are blur, gaussian, "),
        ({"mask": "colour", "colour": "#fff"}, "the colour “#fff”, which does not exist here. There are black, "),
    ],
)
@pytest.mark.usefixtures("study")
def test_nonsense_in_a_link_is_answered_with_a_note_and_the_default(open_at, asked_for, told):
    at = open_at("explain", **(MISTAKE | asked_for))
    assert not at.exception
    assert not at.error
    assert len(at.warning) == 1
    assert told in at.warning[0].value


# A picture of one's own


def test_an_uploaded_picture_is_explained_and_nothing_of_it_is_written(open_at, explained, asked, model, study):
    before = sorted(study.folder.rglob("*"))
    at = asked(upload(open_at("explain", source="upload"), picture()))
    assert not at.exception
    assert "The uploaded picture as the model sees it" in alternatives(at)
    assert at.subheader[0].value.startswith("Why ravioli rather than ")
    at = explained(at)
    assert FOR_GUESS in overlays(at)
    assert re.fullmatch("[0-9a-f]{24,}", at.query_params["upload"])
    assert sorted(study.folder.rglob("*")) == before


@pytest.mark.usefixtures("model")
def test_what_an_upload_really_shows_can_be_said_and_is_then_the_truth(open_at, asked):
    at = asked(upload(open_at("explain", source="upload"), picture()))
    at.selectbox(key="shows").select("pizza").run()
    assert at.subheader[0].value == "Why ravioli rather than pizza?"
    assert any("**pizza**" in each.text and "truth, rank" in each.text for each in at.progress)
    assert at.query_params["shows"] == "pizza"
    upload(at, picture((250, 10, 10)), "other.png")
    assert at.query_params["shows"] == "unknown"


@pytest.mark.usefixtures("model")
def test_a_refused_file_is_told_in_a_sentence_and_takes_nothing_away(open_at, asked):
    at = upload(open_at("explain", source="upload"), b"GIF89a" + bytes(30), "dish.png")
    assert not at.exception
    assert at.error[0].value.startswith("The file is a GIF. Accepted are JPEG, PNG and WebP pictures of up to 20 MB")
    assert not at.subheader
    at = asked(upload(at, picture(), "good.png"))
    assert not at.error
    shown = at.query_params["upload"]
    at = upload(at, picture()[:60], "cut.png")
    assert at.error[0].value.startswith("The file is a PNG that is damaged or cut off.")
    assert "Shown is still good.png." in texts(at.caption)
    assert "The uploaded picture as the model sees it" in alternatives(at)
    at.file_uploader(key="explain_file").set_value(None).run()
    assert not at.error
    assert at.query_params["upload"] == shown
    assert "The uploaded picture as the model sees it" in alternatives(at)


@pytest.mark.usefixtures("model")
def test_a_file_that_is_taken_away_is_forgotten(open_at, asked):
    at = asked(upload(open_at("explain", source="upload"), picture()))
    at.file_uploader(key="explain_file").set_value(None).run()
    assert not at.subheader
    assert "The uploaded picture as the model sees it" not in alternatives(at)


@pytest.mark.usefixtures("model")
def test_what_was_done_to_an_upload_is_said(open_at, asked):
    at = asked(upload(open_at("explain", source="upload"), picture(kind="WEBP"), "dish.png"))
    assert "In spite of its name the file is a WebP." in texts(at.caption)


@pytest.mark.usefixtures("study")
def test_a_link_to_somebody_s_upload_says_that_it_was_not_kept(open_at):
    at = open_at("explain", source="upload", upload="0123456789abcdef01234567")
    assert not at.exception
    assert at.info[0].value.startswith("This link is about a picture that was uploaded and not kept.")


@pytest.mark.usefixtures("model")
def test_an_upload_is_still_there_on_return_and_a_link_to_a_picture_of_the_study_goes_before_it(open_at, asked):
    at = asked(upload(open_at("explain", source="upload"), picture()))
    at.switch_page("pages/overview.py").run()
    at.switch_page("pages/explain.py").run()
    assert "The uploaded picture as the model sees it" in alternatives(at)
    at.switch_page("pages/overview.py").run()
    at.switch_page("pages/explain.py")
    at.query_params.clear()
    at.query_params.update(MISTAKE)
    at.run()
    assert "pork chop 4 as the model sees it" in alternatives(at)
    assert at.query_params["source"] == "study"


# What is drawn and taken away


@pytest.fixture
def answer():
    """Two regions of an 8 x 8 picture: the left quarter and the rest."""
    region_of = np.ones((8, 8), np.int32)
    region_of[:, :2] = 0
    values = np.array([[0, 0.5, -1, 2], [0, 0, 0.25, -0.5]], np.float32)
    base = np.array([0, 0, 1, 0.5], np.float32)
    return Explanation(
        region_of=region_of,
        values=values,
        base=base,
        full=base + values.sum(axis=0),
        evaluations=4,
        work_left=0.0,
        seconds=0.1,
        settings=ExplainSettings(evaluations=4, blur_px=8),
        labels=("omelette", "pizza", "pork_chop", "ravioli"),
        model_id="model",
        picture_hash="picture",
        engine_version=1,
        runtime="toy cpu",
    )


@pytest.fixture
def shown():
    display = controls_display.Display(0.85, "grey", render.RED_BLUE)
    return Shown(("ravioli", "pork_chop"), ("ravioli", "pizza", "pork_chop"), display)


def test_every_pixel_tells_its_region_s_values_for_each_shown_class(answer, shown):
    figure = hover.figure(np.zeros((8, 8, 3), np.uint8), answer, shown, side_px=400)
    told = np.asarray(figure.data[1].customdata)
    np.testing.assert_allclose(told[3, 0], [3, 2, 0.5, -1, 1, 0.25])
    np.testing.assert_allclose(told[3, 7], [-0.75, -0.5, 0, 0.25, 2, 0.75])
    template = figure.data[1].hovertemplate
    assert "<b>%{customdata[0]:+.3f}</b> ravioli rather than pork chop" in template
    for place, name in enumerate(("ravioli", "pizza", "pork chop"), start=1):
        assert f"%{{customdata[{place}]:+.3f}} {name}" in template
    assert "region %{customdata[4]:.0f} of 2" in template
    assert figure.layout.height == 400


@pytest.fixture
def unsure(answer):
    """The same with standard errors: 0.5 of the first region, 1 of the second; twice as much for ravioli."""
    noise = np.diag(np.array([1, 1, 1, 4], np.float32))
    r2 = np.array([0, 0, 0.25, 0.62], np.float32)
    return replace(answer, uncertainty=Uncertainty(spread=np.array([0.5, 1], np.float32), noise=noise, r2=r2))


def test_what_is_taken_away_says_how_sure_it_is_and_what_is_not_drawn(study, unsure, shown):
    hiding = replace(shown, display=replace(shown.display, noise="hide"))
    lines = downloads.table(unsure, hiding).decode().splitlines()
    assert "ravioli_rather_than_pork_chop_standard_error,within_noise," in lines[0]
    small = " ".join(downloads.small_print(study, unsure, hiding))
    assert "Without colour: regions within noise, whose 95% interval holds 0." in small
    assert "base, sum, values and shares are of all regions" in small
    assert "the sum of regions foresees 62% for ravioli and 25% for pork chop." in small
    assert max(map(len, downloads.small_print(study, unsure, hiding))) <= 170
    assert "noise" not in " ".join(downloads.small_print(study, unsure, shown))


def test_an_estimated_value_is_told_with_its_standard_error_and_whether_it_is_noise(unsure, shown):
    numbers = hover.figure(np.zeros((8, 8, 3), np.uint8), unsure, shown, side_px=400).data[1]
    told = np.asarray(numbers.customdata)
    np.testing.assert_allclose(told[3, 0], [3, 2, 0.5, -1, 1, 0.25, 0.5 * 5**0.5, 1, 0.5, 0.5], rtol=1e-6)
    assert (numbers.text[3][0], numbers.text[3][7]) == ("", ", within noise")
    assert "<b>%{customdata[0]:+.3f} ± %{customdata[6]:.3f}</b> ravioli rather than" in numbers.hovertemplate
    assert "%{customdata[3]:+.3f} ± %{customdata[9]:.3f} pork chop" in numbers.hovertemplate
    assert "± is one standard error" in numbers.hovertemplate


def test_numbers_of_a_large_picture_stay_below_their_bound(shown):
    labels = ("omelette", "pizza", "pork_chop", "ravioli")
    large = Explanation(
        region_of=np.zeros((600, 300), np.int32),
        values=np.ones((1, 4), np.float32),
        base=np.zeros(4, np.float32),
        full=np.ones(4, np.float32),
        evaluations=2,
        work_left=0.0,
        seconds=0.1,
        settings=ExplainSettings(evaluations=2),
        labels=labels,
        model_id="model",
        picture_hash="picture",
        engine_version=1,
        runtime="toy cpu",
    )
    figure = hover.figure(np.zeros((600, 300, 3), np.uint8), large, shown, side_px=400)
    rows, columns, _ = np.asarray(figure.data[1].customdata).shape
    assert rows * columns * 6 * 4 * 4 / 3 <= hover.MOST_BYTES
    assert rows == pytest.approx(2 * columns, rel=0.05)
    assert figure.layout.height == 800


def test_a_lead_is_its_base_and_what_either_class_gains(answer):
    steps = waterfall.lead(answer, ("ravioli", "pork_chop"))
    assert steps == (-0.5, 3.0, -0.75)
    assert sum(steps) == pytest.approx(answer.full[3] - answer.full[2])


def test_the_truth_is_shown_however_unlikely_and_the_likeliest_come_first():
    logits = np.array([3, 1, 2, -4], np.float32)
    sight = pictures.Sight(np.zeros((8, 8, 3), np.uint8), "hash")
    of = Subject("d/1", "d 1", "d-1", sight, logits, truth="d")
    assert contrast.labels("abcd", of, 1, contrast.usual("abcd", of)) == ("a", "d")
    assert contrast.usual("abcd", of) == ("a", "d")
    unknown = Subject(None, "it", "it", sight, logits, truth=None)
    assert contrast.usual("abcd", unknown) == ("a", "c")
    assert contrast.labels("abcd", unknown, 3, ("a", "c")) == ("a", "c", "b")


def test_the_csv_has_a_line_a_region_and_the_sheet_is_a_picture(study, answer, shown):
    lines = downloads.table(answer, shown).decode().splitlines()
    assert lines[0].split(",")[-4:] == [
        "ravioli_rather_than_pork_chop_logits",
        "ravioli_logits",
        "pizza_logits",
        "pork_chop_logits",
    ]
    assert len(lines) == 3
    sight = pictures.Sight(np.full((8, 8, 3), 90, np.uint8), "hash")
    of = Subject("pork_chop/4", "pork chop 4", "pork_chop-4", sight, answer.full, truth="pork_chop")
    sheet = Image.open(io.BytesIO(downloads.sheet(study, of, answer, shown)))
    assert sheet.format == "PNG"
    assert sheet.width > 4 * 300
    small = " ".join(downloads.small_print(study, answer, shown))
    for said in ("red speaks for ravioli, blue for pork chop", "a box blur of 8 pixels; 4 evaluations", "model model"):
        assert said in small
