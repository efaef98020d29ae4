"""Choice of a picture of the study."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pages.ui.picture import selection
from tests.read import alt_texts
from xai_core.errors import NameUnknown, PictureUnreadable
from xai_core.study.model_view import ModelView


@pytest.mark.usefixtures("study")
def test_without_a_picture_the_most_confident_mistake_of_the_pair_is_shown(open_at):
    assert open_at("explain", truth="ravioli", guess="pork_chop").query_params["picture"] == "ravioli/5"


@pytest.mark.usefixtures("study")
def test_next_and_previous_go_through_the_pictures_with_the_same_truth_and_guess(open_at):
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
def test_another_class_opens_its_first_mistake_with_the_default_contrast(open_at):
    at = open_at("explain", truth="pork_chop", guess="ravioli", picture="pork_chop/4")
    at.selectbox(key="explain_class pork_chop").select("ravioli").run()
    assert at.query_params["picture"] == "ravioli/5"
    assert at.subheader[0].value == "Why pork chop rather than ravioli?"


@pytest.mark.parametrize("text", ["ravioli/5", " Ravioli 5 ", "ravioli_5"])
def test_picture_is_found_by_its_id_or_its_name(study, text):
    assert selection.find_picture(study, text) == "ravioli/5"


def test_number_names_a_picture_if_only_one_has_it(study):
    with pytest.raises(NameUnknown, match="'4'") as unknown:
        selection.find_picture(study, "4")
    assert unknown.value.hint == "Did you mean omelette/4 or pizza/4 or pork_chop/4?"
    of_pizza = study.table[study.table["truth"] == "pizza"].reset_index(drop=True)
    assert selection.find_picture(replace(study, table=of_pizza), "4") == "pizza/4"


def test_unknown_and_unreadable_pictures_raise_different_errors(study):
    with pytest.raises(NameUnknown, match="There is no picture 'sushi/1' here"):
        selection.find_picture(study, "sushi/1")
    with pytest.raises(PictureUnreadable, match="pizza/5"):
        selection.find_picture(study, "pizza/5")


@pytest.mark.parametrize("text", ["omelette/2", "Omelette 2"])
@pytest.mark.usefixtures("study")
def test_link_may_name_a_picture_by_its_id_or_its_name(open_at, text):
    at = open_at("explain", picture=text)
    assert not at.warning
    assert at.query_params["picture"] == "omelette/2"
    assert "omelette 2 as the model sees it" in alt_texts(at)


def test_guess_and_truth_have_the_probability_and_the_rank_of_the_table():
    row = pd.Series({"guess": "b", "truth": "c", "p_guess": 0.629, "p_truth": 0.011, "rank_of_truth": 4})
    logits = np.log(np.array([0.36, 0.632, 0.005, 0.003], np.float32))
    view = ModelView(np.zeros((8, 8, 3), np.uint8), "hash")
    known = selection.Subject("c/1", "c 1", "c-1", view, logits, "c", row)
    assert [known.probability(label, "abcd") for label in "bc"] == [0.629, 0.011]
    assert [known.rank(label, "abcd") for label in "abcd"] == [2, 1, 4, 4]
    upload = selection.Subject(None, "it", "it", view, logits, None)
    assert upload.probability("a", "abcd") == pytest.approx(0.36, rel=1e-5)
