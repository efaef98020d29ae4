"""Trust: a map is put to the test, by hiding what the reader chooses and by what it foresees of the rest."""

import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pages.ui.loaders import explanations, models, studies
from pages.ui.trust import curve_charts, random_masking, region_picker
from pages.ui.trust.subject import Judged
from xai_core.errors import ExplanationFailed
from xai_core.study.study import Study
from xai_core.trust.coalitions import KINDS
from xai_core.trust.random_masking import Prediction

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}


class CountingRuntime:
    """A model that counts the pictures it is shown, and fails when it is told to."""

    def __init__(self, inner):
        self.inner, self.evaluations, self.fault = inner, 0, None

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def logits(self, inputs):
        if self.fault is not None:
            raise self.fault
        self.evaluations += len(inputs)
        return self.inner.logits(inputs)


@pytest.fixture
def model(study, monkeypatch):
    """The study's model, counting."""
    counting = CountingRuntime(study.open_runtime())
    monkeypatch.setattr(Study, "open_runtime", lambda _study: counting)
    return counting


@pytest.fixture
def judged(study, model, open_at):
    """Open the page at a link and run it until nothing is waited for any more."""

    def opened(at=None, **query):
        at = at or open_at("trust", **(MISTAKE | query))
        models.runtime(studies.study(study.name)).result(timeout=30)
        at.run()
        for place in ("trust", "trust_trials", "trust_curves"):
            asked = f"_jobs_{place}"
            for job in at.session_state[asked].jobs if asked in at.session_state else ():
                assert job.wait(timeout_s=30)
            at.run()
        return at

    return opened


def said(at):
    return "\n".join(each.value for each in (*at.markdown, *at.caption))


def alternatives(at):
    return [each.proto.imgs[0].alt for each in at.image]


def table(at):
    return at.dataframe[0].value


def test_a_link_names_the_check_the_picture_and_what_is_hidden(judged):
    at = judged()
    assert not at.exception
    assert at.title[0].value == "Trust"
    expected = {"check": "what_if", "pick": "top", "share": "10", "share_of": "contrast", "act": "hide"}
    expected |= {"regions": "none", "why": "ravioli", "rather": "pork_chop", "picture": "pork_chop/4"}
    assert expected.items() <= at.query_params.items()


def test_hiding_the_strongest_part_shows_what_the_map_foretold_and_what_the_model_says(judged):
    at = judged(share=30)
    assert not at.exception
    text = said(at)
    assert re.search(r"Without the strongest 30\.0% of the picture, the model (still )?says \*\*", text)
    assert re.search(r"changes by \*\*-\d+\.\d\d\*\* logits; the map foretold \*\*-\d+\.\d\d\*\*", text)
    assert "The picture without the strongest 30.0% of the picture, as the model is shown it" in alternatives(at)
    found = table(at).set_index("class")
    assert {"ravioli", "pork chop"} <= set(found.index)
    assert found.loc["ravioli", "after"] < found.loc["ravioli", "before"]
    lead = found.loc["ravioli", "change"] - found.loc["pork chop", "change"]
    assert f"{lead:+.2f}" in text


def drawing(at):
    """The overlay beside the curves."""
    return next(each.proto.imgs[0].url for each in at.image if each.proto.imgs[0].alt.startswith("What speaks for"))


def test_regions_within_noise_have_no_colour_until_it_is_wanted_and_checks_count_them(judged, model):
    at = judged(check="faithfulness", engine="regions", evals="100")
    assert not at.exception
    assert at.query_params["noise"] == "hide"
    assert "Without colour: regions within noise, whose 95% interval holds 0. Only the drawing changes" in said(at)
    spent, figures, before = model.evaluations, table(at), drawing(at)
    at.button_group(key="noise").set_value("show").run()
    assert at.query_params["noise"] == "show"
    assert "Regions within noise, whose 95% interval holds 0, are coloured too." in said(at)
    assert drawing(at) != before
    pd.testing.assert_frame_equal(table(at), figures)
    assert model.evaluations == spent


def test_the_picture_to_click_in_is_drawn_as_the_reader_wants_it(judged):
    at = judged(engine="regions", evals="100")
    before = [json.loads(each.proto.spec)["data"][0]["source"] for each in at.get("plotly_chart")[:1]]
    at.button_group(key="noise").set_value("show").run()
    after = [json.loads(each.proto.spec)["data"][0]["source"] for each in at.get("plotly_chart")[:1]]
    assert before != after


@pytest.mark.parametrize("check", ["what_if", "faithfulness", "masks", "sanity"])
def test_where_nothing_is_estimated_nothing_is_said_of_noise(judged, check):
    at = judged(check=check, noise="hide")
    assert "noise" not in said(at)
    assert "noise" not in [each.key for each in at.button_group]


def test_regions_in_the_link_are_hidden_together(judged):
    at = judged(pick="regions", regions="3,1")
    assert "Without 2 regions" in said(at)
    assert at.query_params["regions"] == "3,1"


def test_keeping_a_part_hides_the_rest(judged):
    at = judged(act="keep", share=20)
    assert "With nothing but the strongest 20" in said(at)


def test_without_a_choice_nothing_is_evaluated_for_it(judged, model):
    at = judged(pick="regions")
    assert at.info[0].value == "Choose regions of the picture, and the model answers here."
    assert not any("as the model is shown it" in each for each in alternatives(at))


def test_a_region_that_the_map_does_not_have_is_answered_kindly(judged):
    at = judged(pick="regions", regions="9999")
    assert not at.exception
    assert any("choice of regions “9999”, which does not exist here" in each.value for each in at.warning)
    assert at.query_params["regions"] == "none"


def test_nonsense_in_a_link_is_answered_kindly(judged):
    at = judged(check="none", pick="x", share="7", share_of="unicorn", act="burn")
    assert not at.exception
    assert len(at.warning) == 5


def test_clear_and_undo_take_back_what_was_chosen(judged):
    at = judged(pick="regions", regions="3,1")
    at.button(key="whatif_clear").click().run()
    assert at.query_params["regions"] == "none"
    at.button(key="whatif_undo").click().run()
    assert at.query_params["regions"] == "3,1"
    assert at.button(key="whatif_undo").disabled


def test_another_map_forgets_the_regions_of_this_one(judged):
    at = judged(pick="regions", regions="3,1")
    at.slider(key="blur").set_value(9).run()
    judged(at)
    assert (at.query_params["blur"], at.query_params["regions"]) == ("9", "none")


def test_one_evaluation_answers_and_the_same_choice_costs_none(judged, model):
    at = judged(share=30)
    spent = model.evaluations
    at.select_slider(key="share").set_value(40).run()
    assert model.evaluations == spent + 1
    at.select_slider(key="share").set_value(30).run()
    assert model.evaluations == spent + 1


def test_random_maskings_give_one_figure_and_one_word(judged):
    at = judged()
    assert at.metric[0].label == "Foresight"
    assert re.search(r"-badge\[(good|fair|poor)\]", said(at))
    assert "65 evaluations for 1 map." in said(at)


def test_curves_come_with_their_areas_and_a_random_order_beside(judged):
    at = judged(check="faithfulness")
    assert not at.exception
    assert "128 evaluations for 2 orders." in said(at)
    assert "stands at **" in said(at)
    found = table(at).set_index("order")
    assert list(found.index) == ["This map", "Random order"]
    own = found.loc["This map"]
    assert own["gain"] == pytest.approx(own["insertion"] - own["deletion"])
    assert own["gain"] > found.loc["Random order", "gain"]


def test_checks_are_stored_and_found_again_without_an_evaluation(judged, model, open_at):
    judged(check="faithfulness")
    spent = model.evaluations
    again = judged(check="faithfulness")
    assert model.evaluations == spent
    assert said(again).count("All of it comes from the store: no evaluation was needed.") == 2


def test_a_pair_that_the_picture_does_not_speak_for_has_no_areas_and_says_why(judged):
    at = judged(check="faithfulness", why="pork_chop", rather="ravioli")
    assert "below 1 the areas would be shares of next to nothing" in at.warning[0].value
    assert table(at)["gain"].isna().all()


def test_a_class_rather_than_itself_is_a_question_about_that_class_alone(judged):
    at = judged(check="faithfulness", why="ravioli", rather="ravioli")
    assert not at.exception
    assert "the logit of ravioli stands at **" in said(at)
    assert "What speaks for ravioli in red, against it in blue" in alternatives(at)


def test_a_flat_map_is_told_and_neither_drawn_nor_given_a_word(judged, monkeypatch):
    monkeypatch.setattr(Judged, "map", property(lambda of: np.zeros(of.answer.region_of.shape, np.float32)))
    at = judged(check="faithfulness")
    assert at.info[0].value.startswith("The map is flat: every part of the picture is worth the same")
    at.segmented_control(key="check").set_value("what_if").run()
    judged(at)
    assert not at.exception
    assert at.info[0].value.startswith("The map is flat: it says nothing of any part")
    assert not at.metric


def test_curves_that_fail_are_told_with_a_sentence_and_can_be_asked_again(judged, model):
    at = judged()
    model.fault = ExplanationFailed("The model is out of memory.", "Close other programs.")
    at.segmented_control(key="check").set_value("faithfulness").run()
    judged(at)
    assert not at.exception
    assert at.error[0].value == "The model is out of memory. Close other programs."
    model.fault = None
    at.button(key="trust_curves_resume").click().run()
    judged(at)
    assert not at.error
    assert "128 evaluations for 2 orders." in said(at)


def test_a_model_that_fails_is_told_with_a_sentence_and_the_page_stays(judged, model):
    at = judged(share=30)
    model.fault = ExplanationFailed("The model is out of memory.", "Close other programs.")
    at.select_slider(key="share").set_value(40).run()
    assert not at.exception
    assert at.error[0].value == "The model is out of memory. Close other programs."
    model.fault = None
    at.run()
    assert "Without the strongest 40" in said(at)


def test_a_picture_that_is_gone_is_told_with_a_sentence(study, open_at):
    study.data.path("pork_chop/4").unlink()
    at = open_at("trust", **MISTAKE)
    assert not at.exception
    assert "pork_chop/4 cannot be read" in at.error[0].value


def test_of_an_uploaded_picture_nothing_is_written(judged, study, open_at):
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(7).integers(0, 256, (40, 50, 3), np.uint8)).save(out, "PNG")
    at = open_at("trust", source="upload")
    models.runtime(studies.study(study.name)).result(timeout=30)
    before = sorted(study.folder.rglob("*"))
    at.file_uploader(key="explain_file").upload("dish.png", out.getvalue(), "image/png").run()
    judged(at)
    at.segmented_control(key="check").set_value("faithfulness").run()
    judged(at)
    assert "128 evaluations for 2 orders." in said(at)
    explanations.service().close()
    assert sorted(study.folder.rglob("*")) == before


def test_picked_regions_are_added_and_those_already_chosen_taken_out():
    assert region_picker.toggled((), (4,)) == (4,)
    assert region_picker.toggled((4, 2), (2,)) == (4,)
    assert region_picker.toggled((4,), (4, 7)) == (4, 7)


@pytest.mark.parametrize("text", ["5", "-1", "1.5", "a", "1,,2", "", " 1", "²"])
def test_a_choice_that_means_nothing_is_none(text):
    assert region_picker.parsed(text, 5) is None


def test_both_charts_share_one_axis_and_leave_out_what_is_not_known(judged):
    empty = curve_charts.figure({"this map": None, "random order": None}, "insertion", "the lead")
    assert [len(line.x) for line in empty.data] == [0, 0]
    assert empty.layout.yaxis.range is None


def test_the_scatter_s_line_spans_what_is_known():
    foretold = dict.fromkeys(KINDS, np.array([-3.0, np.nan, 1.0]))
    came_about = dict.fromkeys(KINDS, np.array([-1.0, np.nan, 2.0]))
    figure = random_masking.figure(Prediction(foretold, came_about, foretold), "the lead")
    assert tuple(figure.data[0].x) == (-3.0, 2.0)
