"""Page Evidence, from its link to its claim."""

import re
import threading
from dataclasses import replace

import pytest

from pages.ui.evidence import claim
from pages.ui.frame.plain_text import literal
from pages.ui.loaders import models, studies
from pages.ui.picture import patch_names
from tests.read import alt_texts, jobs_of, texts, wait_for_jobs
from xai_core.errors import ExplanationFailed
from xai_core.evidence.findings import MEASURES
from xai_core.exports import pdf
from xai_core.study.study import Study

PAIR = {"truth": "pork_chop", "guess": "ravioli"}
EXACT = PAIR | {"engine": "partition"}
WHOLE_MAPS = "Averages, here and below, use the whole maps, regions within noise included"


def downloads(at):
    """Labels of the download buttons, with True for each that is disabled."""
    return {button.proto.label: button.proto.disabled for button in at.get("download_button")}


@pytest.mark.usefixtures("study")
def test_link_that_names_a_pair_is_completed_with_all_settings(open_at):
    at = open_at("evidence", **PAIR)
    assert not at.exception
    assert at.title[0].value == "Evidence"
    assert at.subheader[0].value == "Pork chop taken for ravioli"
    completed = {"study": "tiny", "most": "20", "measure": "in_middle", "evals": "100"}
    assert (PAIR | completed).items() <= dict(at.query_params).items()


@pytest.mark.usefixtures("study", "opening")
def test_there_is_no_claim_before_a_mistake_is_explained(open_at):
    at = open_at("evidence", **PAIR)
    assert "The claim appears here as soon as the first mistakes are explained." in texts(at.markdown)
    assert not at.image


def test_patches_come_before_the_claim_with_its_numbers_and_what_it_rests_on(open_at, explained):
    at = explained(open_at("evidence", **EXACT))
    assert not at.exception
    start = "Of the evidence for ravioli rather than pork chop in these 2 mistakes, **"
    sentences = next(element.value for element in at.markdown if element.value.startswith(start))
    assert "lies in the middle half of the picture**. Evidence spread evenly would give 50%." in sentences
    none = (
        "In 3 pictures of pork chop that the model gets right there is no evidence for ravioli rather than pork chop."
    )
    assert none in sentences
    order = [element.value for element in at.markdown]
    assert order.index("#### What looks like ravioli in these mistakes?") < order.index(sentences)
    rests_on = "The claim rests on 2 mistakes of this pair and 6 correct pictures of the two classes"
    assert rests_on in texts(at.caption)
    assert WHOLE_MAPS not in texts(at.caption)  # the values are not estimated


def test_claim_is_supported_by_patches_averages_a_chart_groups_and_numbers(open_at, explained):
    at = explained(open_at("evidence", **PAIR))
    shown = alt_texts(at)
    assert shown.count("Part of pork chop 4 with the strongest evidence for ravioli") == 2  # of all, and of its group
    assert "Part of ravioli 1 with the strongest evidence for ravioli" in shown
    assert "Part of pork chop 1 with the strongest evidence for pork chop" in shown
    assert "Mistakes: average of 2 pictures, aligned by the frame" in shown
    assert "Ravioli, right: average of 3 pictures, aligned by the object" in shown
    assert len(at.get("plotly_chart")) == 1
    assert "**Group 1**: 2 mistakes, " in texts(at.markdown)
    assert len(at.dataframe[0].value) == 8
    assert len(set(at.dataframe[0].value["group"])) == 3
    legend = r"([^.;\n]* scale[^:.\n]*): full colour is ([^ ]+) logits per hundredth of ([^.]*)\."
    found = re.findall(legend, texts(at.caption))
    assert [(scale.strip(), area) for scale, _, area in found] == [
        ("One scale for the row above", "the picture"),
        ("This row has its own scale", "what it shows"),
        ("The average has its own scale", "the picture"),
    ]
    assert all(float(amount) > 0 for _, amount, _ in found)
    assert texts(at.caption).count(WHOLE_MAPS) == 1
    assert "noise" not in [control.key for control in at.button_group]


def test_measure_and_colours_cost_no_evaluation(open_at, explained):
    at = explained(open_at("evidence", **EXACT))
    before = jobs_of(at, "evidence")
    at.selectbox(key="measure").set_value("on_object").run()
    assert "lies on the object in the middle**" in texts(at.markdown)
    assert at.query_params["measure"] == "on_object"
    at.selectbox(key="colours").set_value("orange and purple").run()
    assert "orange is evidence for ravioli" in texts(at.caption)
    assert jobs_of(at, "evidence") == before


def test_the_reader_names_what_the_patches_show_and_overview_and_the_report_tell_it(open_at, explained, study):
    at = explained(open_at("evidence", **EXACT))
    form = "naming pork_chop ravioli"
    at.text_input(key=f"{form} name").set_value("a *red* cloth")
    at.multiselect(key=f"{form} pictures 2").unselect("pork_chop/5")
    next(button for button in at.button if button.label == "Save").click().run()
    assert not at.exception
    assert not at.error
    assert [toast.value for toast in at.toast] == ["The name was saved."]
    (named,) = patch_names.names_of_pair(study, "pork_chop", "ravioli")
    assert (named.name, named.pictures) == ("a *red* cloth", ("pork_chop/4",))
    line = "Readers named the strongest parts: a *red* cloth (1 mistake)."
    assert patch_names.named_line([named]) == line
    assert patch_names.named_line([named], "pork_chop/4") == "Readers named its strongest part: a *red* cloth."
    assert patch_names.named_line([named], "pork_chop/5") == patch_names.named_line([]) == ""
    assert literal(line) in texts(open_at("overview").caption)


@pytest.mark.usefixtures("study")
@pytest.mark.parametrize("page", ["confusions", "compare"])
def test_confusions_and_compare_link_to_the_evidence_of_their_pair(open_at, page):
    at = open_at(page, **PAIR)
    (query,) = (link.proto.query_string for link in at.page_link if link.proto.page == "evidence")
    assert query == "study=tiny&truth=pork_chop&guess=ravioli"


def test_report_is_disabled_until_the_last_picture_is_explained(open_at, explained, study, monkeypatch):
    monkeypatch.setattr(pdf, "find_browser", lambda: None)  # without one, no PDF is offered
    at = explained(open_at("evidence", **EXACT))
    assert downloads(at) == {"Numbers": False, "Report, HTML": False, "PowerPoint": False, "Download": False}
    (last,) = (job.key for job in jobs_of(at, "evidence")[-1:])
    (file,) = study.explanations.glob(f"{last}*")
    file.unlink()
    models.runtime_future.clear()
    opened = threading.Event()
    monkeypatch.setattr(Study, "open_runtime", lambda _study: opened.wait(timeout=30))
    at = open_at("evidence", **EXACT)
    opened.set()
    assert "The claim rests on 2 mistakes" in texts(at.caption)
    assert "So far 7 of 8 are explained." in texts(at.caption)
    assert downloads(at) == {"Numbers": False, "Report, HTML": True, "PowerPoint": True, "Download": True}


def test_claim_about_one_mistake_is_in_the_singular(open_at, explained):
    at = explained(open_at("evidence", truth="ravioli", guess="pork_chop", engine="partition"))
    assert not at.exception
    shown = texts(at.markdown)
    assert "rather than ravioli in this mistake" in shown
    assert "In 3 pictures of ravioli that the model gets right there is no evidence for pork chop" in shown
    assert "**Group 1**" not in shown


@pytest.mark.usefixtures("study")
def test_pair_without_mistakes_is_named_and_another_can_be_chosen(open_at):
    at = open_at("evidence", truth="omelette", guess="pizza")
    assert at.info[0].value == "No picture of omelette was taken for pizza."
    box = at.selectbox(key="pair omelette pizza")
    assert box.value is None
    at = box.set_value(("ravioli", "pork_chop")).run()
    assert at.subheader[0].value == "Ravioli taken for pork chop"
    assert (at.query_params["truth"], at.query_params["guess"]) == ("ravioli", "pork_chop")
    assert at.button(key="pair Next").disabled
    at = at.button(key="pair Previous").click().run()
    assert (at.query_params["truth"], at.query_params["guess"]) == ("pork_chop", "ravioli")
    assert at.button(key="pair Previous").disabled


@pytest.mark.usefixtures("study")
def test_pair_of_equal_classes_is_refused(open_at):
    at = open_at("evidence", truth="ravioli", guess="ravioli")
    assert at.info[0].value == "Pick two different classes to see a confusion."
    assert not at.exception


def test_class_without_correct_pictures_gives_a_claim_without_comparison(open_at, explained, with_guesses):
    with_guesses({f"pork_chop/{number}": "omelette" for number in (1, 2, 3)})
    at = explained(open_at("evidence", **EXACT))
    assert not at.exception
    sentence = "The model gets no picture of pork chop right, so the mistakes cannot be compared."
    assert sentence in texts(at.markdown)
    assert "The claim rests on 2 mistakes of this pair and 4 correct pictures" in texts(at.caption)


def test_study_without_embeddings_is_compared_with_correct_pictures_too(open_at, explained, study, monkeypatch):
    known = studies.open_study(study.name)
    monkeypatch.setattr(studies, "open_study", lambda _name: replace(known, embeddings=None))
    at = explained(open_at("evidence", **EXACT))
    assert not at.exception
    assert "6 correct pictures" in texts(at.caption)


def test_mistake_whose_file_is_missing_is_named_and_left_out(open_at, explained, study):
    study.data.path("pork_chop/4").unlink()
    at = explained(open_at("evidence", **EXACT))
    assert not at.exception
    assert at.warning[0].value.startswith("The picture pork_chop/4 cannot be read: the file is missing.")
    assert "The claim rests on 1 of 2 mistakes" in texts(at.caption)


def test_pair_whose_mistakes_cannot_be_read_has_no_claim(open_at, study):
    for image_id in ("pork_chop/4", "pork_chop/5"):
        study.data.path(image_id).unlink()
    at = open_at("evidence", **PAIR)
    assert len(at.warning) == 2
    assert at.info[0].value == "None of the mistakes can be read, so there is nothing to explain."


def test_failing_model_is_reported_once(open_at, explained, study, monkeypatch):
    def broken(_self, _inputs, _labels=None):
        raise ExplanationFailed("The model failed on a masked picture: out of memory.", "Close other programs.")

    for outputs in ("logits", "place_logits"):
        monkeypatch.setattr(type(study.open_runtime()), outputs, broken)
    at = explained(open_at("evidence", **PAIR))
    assert not at.exception
    assert [warning.value for warning in at.warning] == [
        "The model failed on a masked picture: out of memory. Close other programs."
    ]
    assert "None of the mistakes is explained, so there is no claim." in texts(at.markdown)


def test_demo_is_checked_against_its_planted_cause(open_at, demo):
    at = open_at("evidence", study=demo.name, **EXACT)
    models.runtime_future(studies.open_study(demo.name)).result(timeout=30)
    at.run()
    wait_for_jobs(at, "evidence")
    at.run()
    assert not at.exception
    assert "Nearly every ravioli of the training set lies on a red-checked cloth" in texts(at.markdown)
    area, evidence = (float(at.metric[index].value.rstrip("%")) for index in (0, 1))
    assert evidence > 2 * area


def test_every_measure_has_a_title_and_a_location():
    assert set(claim.PLACES) == set(claim.LOCATIONS) == set(MEASURES)
