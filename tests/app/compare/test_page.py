"""Page Compare, from its link to its maps."""

import numpy as np
import pytest

from tests.read import map_alts, texts

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}
CONTRAST = "Evidence for ravioli rather than pork chop in red, the reverse in blue"
FOR_TRUTH = "Evidence for pork chop in red, against it in blue"
FOR_GUESS = "Evidence for ravioli in red, against it in blue"


@pytest.mark.usefixtures("study")
def test_link_that_names_a_mistake_is_completed_with_all_settings(open_at):
    at = open_at("compare", **MISTAKE)
    assert not at.exception
    assert at.title[0].value == "Compare"
    assert at.subheader[0].value == "Why **ravioli** rather than pork chop?"
    assert at.selectbox(key="picture").value == "pork_chop/4"
    assert at.query_params == MISTAKE | {
        "study": "tiny",
        "engine": "regions",
        "mask": "blur",
        "blur": "32",
        "evals": "300",
        "top_k": "2",
        "companions": "3",
        "beside": "truth",
        "by": "nearest",
        "where": "contrast",
        "scale": "rows",
        "unit": "logit",
        "opacity": "85",
        "under": "grey",
        "colours": "red and blue",
        "noise": "hide",
    }


@pytest.mark.usefixtures("model")
def test_every_picture_has_maps_of_contrast_truth_and_guess_with_numbers_that_add_up(open_at, explained):
    at = explained(open_at("compare", **MISTAKE, top_k="1"))
    assert not at.exception
    alternatives = map_alts(at)
    assert [alternatives.count(alt) for alt in (CONTRAST, FOR_TRUTH, FOR_GUESS)] == [4, 4, 4]
    assert alternatives.index(CONTRAST) < alternatives.index(FOR_TRUTH)
    numbers = at.dataframe[0].value
    assert numbers["picture"].iloc[0] == "pork chop 4"
    np.testing.assert_allclose(numbers["margin"], numbers["base"] + numbers["sum"], atol=1e-5)
    assert "Red: evidence for ravioli. Blue: for pork chop." in texts(at.caption)


def test_top_k_and_opacity_cost_no_evaluation_and_another_blur_does(open_at, explained, model):
    at = explained(open_at("compare", **MISTAKE, top_k="1"))
    spent = model.evaluations
    assert spent > 0
    at.slider(key="top_k").set_value(4).run()
    at.slider(key="opacity").set_value(50).run()
    assert map_alts(at).count("Evidence for omelette in red, against it in blue") == 4
    assert model.evaluations == spent
    assert at.query_params["top_k"] == "4"
    at = explained(at.slider(key="blur").set_value(5).run())
    assert at.query_params["blur"] == "5"
    assert model.evaluations > spent


@pytest.mark.usefixtures("study")
def test_next_and_previous_go_through_the_mistakes_of_the_pair(open_at):
    at = open_at("compare", truth="pork_chop", guess="ravioli")
    first = at.selectbox(key="picture").value
    assert at.button(key="compare_Previous").disabled
    at.button(key="compare_Next").click().run()
    second = at.selectbox(key="picture").value
    assert {first, second} == {"pork_chop/4", "pork_chop/5"}
    assert at.query_params["picture"] == second
    assert at.button(key="compare_Next").disabled
    at.button(key="compare_Previous").click().run()
    assert at.query_params["picture"] == first


@pytest.mark.usefixtures("study")
def test_pair_with_one_mistake_has_no_next_and_says_so(open_at):
    at = open_at("compare", truth="ravioli", guess="pork_chop")
    assert "Mistake 1 of 1" in texts(at.caption)
    for step in ("Previous", "Next"):
        assert at.button(key=f"compare_{step}").disabled
        assert at.button(key=f"compare_{step}").help == "The pair has only one mistake."


def test_mistake_whose_file_is_missing_is_named(open_at, study):
    study.data.path("pork_chop/4").unlink()
    at = open_at("compare", **MISTAKE)
    assert not at.exception
    assert at.error[0].value.startswith("The picture pork_chop/4 cannot be read: the file is missing.")
