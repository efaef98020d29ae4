"""Page Explain, from its link to its prediction."""

import re

import pytest

from tests.read import alt_texts, texts

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}


@pytest.mark.usefixtures("study")
def test_link_that_names_a_picture_is_completed_with_all_settings(open_at):
    at = open_at("explain", **MISTAKE)
    assert not at.exception
    assert at.title[0].value == "Explain"
    assert at.query_params == MISTAKE | {
        "study": "tiny",
        "source": "study",
        "engine": "regions",
        "mask": "blur",
        "blur": "32",
        "evals": "300",
        "top_k": "2",
        "opacity": "85",
        "under": "grey",
        "colours": "red and blue",
        "scale": "rows",
        "unit": "logit",
        "noise": "hide",
        "why": "ravioli",
        "rather": "pork_chop",
    }


@pytest.mark.usefixtures("study")
def test_mistake_is_explained_as_its_guess_rather_than_its_truth(open_at):
    assert open_at("explain", **MISTAKE).subheader[0].value == "Why ravioli rather than pork chop?"


@pytest.mark.usefixtures("study")
def test_correct_picture_is_explained_against_the_runner_up_and_has_no_link_to_compare(open_at):
    at = open_at("explain", picture="omelette/1")
    assert re.fullmatch(r"Why omelette rather than (pizza|pork chop|ravioli)\?", at.subheader[0].value)
    assert "omelette" not in at.query_params["rather"]
    assert "Compare" not in [link.proto.label for link in at.get("page_link")]


@pytest.mark.usefixtures("study")
def test_prediction_and_truth_are_shown_before_anything_is_computed(open_at):
    at = open_at("explain", **MISTAKE, top_k="1")
    lines = [bar.text for bar in at.progress]
    assert any(re.fullmatch(r"\*\*ravioli\*\* \d+\.\d% :gray-badge\[guess\]", line) for line in lines)
    assert any(re.fullmatch(r"\*\*pork chop\*\* \d+\.\d% :orange-badge\[truth, rank \d\]", line) for line in lines)
    assert "pork chop 4 as the model sees it" in alt_texts(at)


@pytest.mark.usefixtures("study")
def test_contrast_of_the_reader_stays_for_pictures_with_the_same_default_contrast(open_at):
    at = open_at("explain", **MISTAKE)
    at.selectbox(key="rather").select("pizza").run()
    assert at.subheader[0].value == "Why ravioli rather than pizza?"
    at.selectbox(key="picture").select("pork_chop/5").run()
    assert at.subheader[0].value == "Why ravioli rather than pizza?"
    at.selectbox(key="explain_class pork_chop").select("ravioli").run()
    assert at.subheader[0].value == "Why pork chop rather than ravioli?"


def test_missing_file_is_named_and_the_next_picture_can_be_chosen(open_at, study):
    study.data.path("pork_chop/4").unlink()
    at = open_at("explain", **MISTAKE)
    assert not at.exception
    assert at.error[0].value.startswith("The picture pork_chop/4 cannot be read: the file is missing.")
    at.selectbox(key="picture").select("pork_chop/5").run()
    assert not at.error
    assert "pork chop 5 as the model sees it" in alt_texts(at)


@pytest.mark.usefixtures("unreadable")
def test_study_without_readable_pictures_still_takes_an_upload(open_at):
    at = open_at("explain")
    assert not at.exception
    assert texts(at.info) == "None of the pictures can be read, so there is nothing to explain."
    at = open_at("explain", source="upload")
    assert at.file_uploader(key="explain_file")
