"""Companions of a mistake."""

from dataclasses import replace

import pytest

from pages.ui.compare import companions
from pages.ui.frame.plain_text import literal
from tests.read import alt_texts, texts

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}
OF_TRUTH = ["pork chop 1", "pork chop 2", "pork chop 3"]


def compared(at):
    """Names of the pictures that are compared, the mistake first."""
    end = " as the model sees it"
    return [alt.removesuffix(end) for alt in alt_texts(at) if alt.endswith(end)]


@pytest.mark.usefixtures("study")
def test_mistake_and_companions_are_shown_before_anything_is_computed(open_at):
    shown = compared(open_at("compare", **MISTAKE, companions="2"))
    assert shown[0] == "pork chop 4"
    assert len(set(shown)) == 3


@pytest.mark.usefixtures("study")
def test_companions_are_of_the_true_class_or_of_the_guessed_class_or_of_both(open_at):
    at = open_at("compare", **MISTAKE)
    assert sorted(compared(at)[1:]) == OF_TRUTH
    at.selectbox(key="beside").select("guess").run()
    assert [name[:-2] for name in compared(at)] == ["pork chop", "ravioli", "ravioli", "ravioli"]
    assert "Beside the mistake are pictures of **ravioli** that the model gets right" in texts(at.caption)
    at.selectbox(key="beside").select("both").run()
    assert [name[:-2] for name in compared(at)] == ["pork chop", "pork chop", "pork chop", "ravioli"]
    assert "Beside the mistake are pictures of **pork chop** and **ravioli** that the model gets right" in texts(
        at.caption
    )
    assert at.query_params["beside"] == "both"


@pytest.mark.usefixtures("study")
def test_most_confident_companions_come_first_on_request(open_at, study):
    at = open_at("compare", **MISTAKE, by="confident")
    of_class = study.table[(study.table["truth"] == "pork_chop") & (study.table["guess"] == "pork_chop")]
    ranked = of_class.sort_values(["p_guess", "image_id"], ascending=[False, True])["image_id"]
    assert compared(at)[1:] == [image_id.replace("pork_chop/", "pork chop ") for image_id in ranked]
    assert "the most confident first" in texts(at.caption)


@pytest.mark.usefixtures("study")
def test_choice_by_hand_starts_with_the_companions_before_and_is_part_of_the_link(open_at):
    at = open_at("compare", **MISTAKE, companions="2")
    before = compared(at)
    at.selectbox(key="by").select("hand").run()
    assert compared(at) == before
    assert at.slider(key="companions").disabled
    at.multiselect(key="hand").set_value(["pork_chop/3", "pork_chop/1"]).run()
    assert compared(at) == ["pork chop 4", "pork chop 3", "pork chop 1"]
    assert at.query_params["hand"] == "pork_chop/3,pork_chop/1"
    assert "picked by hand" in texts(at.caption)
    at.button(key="compare_Previous").click().run()
    assert compared(at) == ["pork chop 5", "pork chop 3", "pork chop 1"]
    again = open_at("compare", **MISTAKE, by="hand", hand="pork_chop/3,pork_chop/1")
    assert not again.warning
    assert compared(again) == ["pork chop 4", "pork chop 3", "pork chop 1"]


@pytest.mark.usefixtures("study")
def test_choice_by_hand_may_be_empty(open_at):
    at = open_at("compare", **MISTAKE, by="hand")
    at.multiselect(key="hand").set_value([]).run()
    assert not at.exception
    assert compared(at) == ["pork chop 4"]


@pytest.mark.parametrize(
    ("hand", "beside"),
    [
        ("pork_chop/3,pork_chop/99", ["pork chop 3"]),
        ("pork_chop/5", OF_TRUTH),
        ("omelette/1,<b>", OF_TRUTH),
    ],
)
@pytest.mark.usefixtures("study")
def test_pictures_in_a_link_that_cannot_be_companions_are_left_out_with_a_note(open_at, hand, beside):
    at = open_at("compare", **MISTAKE, by="hand", hand=hand)
    assert not at.exception
    assert f"the pictures “{literal(hand)}”, which does not exist here. There are up to 6" in at.warning[0].value
    assert sorted(compared(at)[1:]) == beside


def test_companion_whose_file_is_missing_is_named_and_left_out(open_at, study):
    study.data.path("pork_chop/2").unlink()
    at = open_at("compare", **MISTAKE)
    assert not at.exception
    assert at.warning[0].value.startswith("The picture pork_chop/2 cannot be read: the file is missing.")
    assert compared(at) == ["pork chop 4", "pork chop 1", "pork chop 3"]


def test_companion_whose_file_is_missing_is_replaced_by_the_next_best(open_at, study):
    first = compared(open_at("compare", **MISTAKE, companions="1"))[1]
    study.data.path(first.replace("pork chop ", "pork_chop/")).unlink()
    at = open_at("compare", **MISTAKE, companions="1")
    assert len(at.warning) == 1
    assert len(compared(at)) == 2
    assert compared(at)[1] != first


def test_class_that_the_model_never_gets_right_is_named(open_at, with_guesses):
    with_guesses({f"ravioli/{number}": "omelette" for number in range(1, 6)})
    at = open_at("compare", **MISTAKE, beside="both")
    assert not at.exception
    assert at.info[0].value == "The model gets no picture of ravioli right."
    assert sorted(compared(at)[1:]) == OF_TRUTH


def test_sentence_says_how_companions_were_chosen_with_and_without_embeddings(study):
    request = companions.CompanionRequest(3, ("pork_chop",), "nearest")
    start = "Beside the mistake are pictures of **pork chop** that the model gets right, "
    assert companions.companions_sentence(study, request) == f"{start}those that look most like it to the model."
    without = companions.companions_sentence(replace(study, embeddings=None), request)
    assert without.startswith(f"{start}the most confident first (this study has no embeddings")
