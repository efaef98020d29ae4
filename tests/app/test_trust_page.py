"""Page Trust: checks What if and Faithfulness."""

import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pages.ui.loaders import explanations, models, studies
from pages.ui.trust import curve_charts, random_masking, region_picker
from pages.ui.trust.subject import CheckSubject
from tests.read import alt_texts, map_alts, texts, wait_for_jobs
from xai_core.errors import ExplanationFailed
from xai_core.study.study import Study
from xai_core.trust.coalitions import KINDS
from xai_core.trust.random_masking import Prediction

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4", "engine": "partition"}


class CountingRuntime:
    """Model that counts the pictures it is shown, and raises `fault` if there is one."""

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
    """The study's model as a `CountingRuntime`."""
    counting = CountingRuntime(study.open_runtime())
    monkeypatch.setattr(Study, "open_runtime", lambda _study: counting)
    return counting


@pytest.fixture
def checked(study, model, open_at):
    """Open the page at a link, or take an opened one, and run it until all jobs are over."""

    def opened(at=None, **query):
        at = at or open_at("trust", **(MISTAKE | query))
        models.runtime_future(studies.open_study(study.name)).result(timeout=30)
        at.run()
        for slot in ("trust", "trust_random_masking", "trust_curves"):
            wait_for_jobs(at, slot)
            at.run()
        return at

    return opened


def page_text(at):
    return texts([*at.markdown, *at.caption])


def table(at):
    return at.dataframe[0].value


def test_a_link_is_completed_and_random_maskings_give_the_faithfulness_correlation_and_a_level(checked):
    at = checked()
    assert not at.exception
    assert at.title[0].value == "Trust"
    expected = {"check": "what_if", "pick": "top", "share": "10", "share_of": "contrast", "act": "hide"}
    expected |= {"regions": "none", "why": "ravioli", "rather": "pork_chop", "picture": "pork_chop/4"}
    assert expected.items() <= at.query_params.items()
    assert at.metric[0].label == "Faithfulness correlation"
    assert re.search(r"-badge\[(good|fair|poor)\]", page_text(at))
    assert "65 evaluations for 1 map." in page_text(at)


def test_hiding_the_strongest_part_shows_the_prediction_and_the_model_s_answer(checked):
    at = checked(share=30)
    assert not at.exception
    text = page_text(at)
    assert re.search(r"Without the strongest 31\.2% of the picture, the model (still )?predicts \*\*", text)
    assert re.search(r"changes by \*\*-\d+\.\d\d\*\* logits; the map predicted \*\*-\d+\.\d\d\*\*", text)
    assert "The picture without the strongest 31.2% of the picture, as the model sees it" in alt_texts(at)
    found = table(at).set_index("class")
    assert {"ravioli", "pork chop"} <= set(found.index)
    assert found.loc["ravioli", "after"] < found.loc["ravioli", "before"]
    margin = found.loc["ravioli", "change"] - found.loc["pork chop", "change"]
    assert f"{margin:+.2f}" in text


def drawing(at):
    """Return the overlay beside the curves."""
    images = (image.proto.imgs[0] for image in at.image)
    return next(image.url for image in images if "Evidence for" in image.alt)


def test_regions_within_noise_are_coloured_on_request_and_count_in_checks(checked, model):
    at = checked(check="faithfulness", engine="regions", evals="100")
    assert not at.exception
    assert at.query_params["noise"] == "hide"
    assert (
        "Without colour: regions within noise, whose 95% interval contains 0. This changes only the drawing"
        in page_text(at)
    )
    spent, figures, before = model.evaluations, table(at), drawing(at)
    at.button_group(key="noise").set_value("show").run()
    assert at.query_params["noise"] == "show"
    assert "Regions within noise, whose 95% interval contains 0, are coloured too." in page_text(at)
    assert drawing(at) != before
    pd.testing.assert_frame_equal(table(at), figures)
    assert model.evaluations == spent


def test_the_picture_to_click_in_follows_the_choice_of_noise(checked):
    at = checked(engine="regions", evals="100")
    before = [json.loads(chart.proto.spec)["data"][0]["source"] for chart in at.get("plotly_chart")[:1]]
    at.button_group(key="noise").set_value("show").run()
    after = [json.loads(chart.proto.spec)["data"][0]["source"] for chart in at.get("plotly_chart")[:1]]
    assert before != after


def test_without_standard_errors_noise_is_not_mentioned(checked):
    for check in ("what_if", "faithfulness", "masks", "sanity"):
        at = checked(check=check, noise="hide")
        assert "noise" not in page_text(at)
        assert "noise" not in [group.key for group in at.button_group]


def test_regions_in_the_link_are_hidden_together(checked):
    at = checked(pick="regions", regions="3,1")
    assert "Without 2 regions" in page_text(at)
    assert at.query_params["regions"] == "3,1"


def test_showing_only_a_part_hides_the_rest(checked):
    at = checked(act="keep", share=20)
    assert "With only the strongest 18.8%" in page_text(at)


def test_without_a_choice_nothing_is_evaluated(checked, model):
    at = checked(pick="regions")
    assert at.info[0].value == "Choose regions of the picture to see the model's answer here."
    assert not any("as the model sees it" in text for text in alt_texts(at))


def test_a_link_to_a_region_that_does_not_exist_gets_a_warning(checked):
    at = checked(pick="regions", regions="9999")
    assert not at.exception
    assert any("choice of regions “9999”, which does not exist here" in warning.value for warning in at.warning)
    assert at.query_params["regions"] == "none"


def test_every_invalid_parameter_of_a_link_gets_a_warning(checked):
    at = checked(check="none", pick="x", share="7", share_of="unicorn", act="burn")
    assert not at.exception
    assert len(at.warning) == 5


def test_clear_and_undo_change_the_chosen_regions(checked):
    at = checked(pick="regions", regions="3,1")
    at.button(key="whatif_clear").click().run()
    assert at.query_params["regions"] == "none"
    at.button(key="whatif_undo").click().run()
    assert at.query_params["regions"] == "3,1"
    assert at.button(key="whatif_undo").disabled


def test_another_map_does_not_take_over_the_chosen_regions(checked):
    at = checked(pick="regions", regions="3,1")
    at.slider(key="blur").set_value(9).run()
    checked(at)
    assert (at.query_params["blur"], at.query_params["regions"]) == ("9", "none")


def test_a_choice_costs_one_evaluation_and_its_repetition_none(checked, model):
    at = checked(share=30)
    spent = model.evaluations
    at.select_slider(key="share").set_value(40).run()
    assert model.evaluations == spent + 1
    at.select_slider(key="share").set_value(30).run()
    assert model.evaluations == spent + 1


def test_curves_are_shown_with_their_areas_beside_a_random_order_and_then_read_from_the_store(checked, model):
    at = checked(check="faithfulness")
    assert not at.exception
    assert "128 evaluations for 2 orders." in page_text(at)
    assert "reaches **" in page_text(at)
    found = table(at).set_index("order")
    assert list(found.index) == ["This map", "Random order"]
    own = found.loc["This map"]
    assert own["gain"] == pytest.approx(own["insertion"] - own["deletion"])
    assert own["gain"] > found.loc["Random order", "gain"]
    spent = model.evaluations
    again = checked(check="faithfulness")
    assert model.evaluations == spent
    assert page_text(again).count("Shown is a saved result: no evaluation was needed.") == 2


def test_a_contrast_that_the_picture_adds_nothing_to_has_no_areas_and_says_why(checked):
    at = checked(check="faithfulness", why="pork_chop", rather="ravioli")
    assert "Below 1 the areas would be divided by nearly nothing" in at.warning[0].value
    assert table(at)["gain"].isna().all()


def test_a_class_rather_than_itself_is_that_class_alone(checked):
    at = checked(check="faithfulness", why="ravioli", rather="ravioli")
    assert not at.exception
    assert "the logit of ravioli reaches **" in page_text(at)
    assert "Evidence for ravioli in red, against it in blue" in map_alts(at)


def test_a_flat_map_gets_a_note_instead_of_curves_and_a_correlation(checked, monkeypatch):
    monkeypatch.setattr(
        CheckSubject, "map", property(lambda subject: np.zeros(subject.explanation.region_of.shape, np.float32))
    )
    at = checked(check="faithfulness")
    assert at.info[0].value.startswith("The map is flat: every part of the picture has the same value")
    at.segmented_control(key="check").set_value("what_if").run()
    checked(at)
    assert not at.exception
    assert at.info[0].value.startswith("The map is flat: it gives every part the same value, so it predicts nothing.")
    assert not at.metric


def test_curves_that_fail_show_the_error_and_can_be_started_again(checked, model):
    at = checked()
    model.fault = ExplanationFailed("The model is out of memory.", "Close other programs.")
    at.segmented_control(key="check").set_value("faithfulness").run()
    checked(at)
    assert not at.exception
    assert at.error[0].value == "The model is out of memory. Close other programs."
    model.fault = None
    at.button(key="trust_curves_resume").click().run()
    checked(at)
    assert not at.error
    assert "128 evaluations for 2 orders." in page_text(at)


def test_an_error_of_the_model_is_shown_and_the_page_stays(checked, model):
    at = checked(share=30)
    model.fault = ExplanationFailed("The model is out of memory.", "Close other programs.")
    at.select_slider(key="share").set_value(40).run()
    assert not at.exception
    assert at.error[0].value == "The model is out of memory. Close other programs."
    model.fault = None
    at.run()
    assert "Without the strongest 37.5%" in page_text(at)


def test_a_missing_picture_is_reported(study, open_at):
    study.data.path("pork_chop/4").unlink()
    at = open_at("trust", **MISTAKE)
    assert not at.exception
    assert "pork_chop/4 cannot be read" in at.error[0].value


def test_nothing_is_written_of_an_uploaded_picture(checked, study, open_at):
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(7).integers(0, 256, (40, 50, 3), np.uint8)).save(out, "PNG")
    at = open_at("trust", source="upload")
    models.runtime_future(studies.open_study(study.name)).result(timeout=30)
    before = sorted(study.folder.rglob("*"))
    at.file_uploader(key="explain_file").upload("dish.png", out.getvalue(), "image/png").run()
    checked(at)
    at.segmented_control(key="check").set_value("faithfulness").run()
    checked(at)
    assert "128 evaluations for 2 orders." in page_text(at)
    explanations.service().close()
    assert sorted(study.folder.rglob("*")) == before


def test_picked_regions_are_toggled():
    assert region_picker.toggle_regions((), (4,)) == (4,)
    assert region_picker.toggle_regions((4, 2), (2,)) == (4,)
    assert region_picker.toggle_regions((4,), (4, 7)) == (4, 7)


@pytest.mark.parametrize("text", ["5", "-1", "1.5", "a", "1,,2", "", " 1", "²"])
def test_an_invalid_choice_of_regions_is_none(text):
    assert region_picker.parse_regions(text, 5) is None


def test_charts_leave_out_curves_that_are_not_known():
    empty = curve_charts.curve_chart({"this map": None, "random order": None}, "insertion", "the margin")
    assert [len(line.x) for line in empty.data] == [0, 0]
    assert empty.layout.yaxis.range is None


def test_the_dashed_line_spans_the_known_changes():
    predicted = dict.fromkeys(KINDS, np.array([-3.0, np.nan, 1.0]))
    measured = dict.fromkeys(KINDS, np.array([-1.0, np.nan, 2.0]))
    chart = random_masking.prediction_chart(Prediction(predicted, measured, predicted), "the margin")
    assert tuple(chart.data[0].x) == (-3.0, 2.0)
