"""Location of the evidence on the page Compare."""

import re

import pytest

from pages.ui.loaders import models, studies
from tests.read import texts, wait_for_jobs

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}


def central_shares(at):
    return [line for caption in at.caption for line in caption.value.splitlines() if line.endswith("(50%)")]


def test_location_is_shown_for_every_picture_in_the_chosen_row(open_at, explained, model):
    at = explained(open_at("compare", **MISTAKE))
    assert texts(at.markdown).count(" of the evidence for ravioli lies in one spot, ") == 1
    assert texts(at.markdown).count("There is no evidence for ravioli in this picture.") == 3
    assert texts(at.caption).count(" in the central half (50%)") == 4
    spent = model.evaluations
    at.selectbox(key="where").select("pork_chop").run()
    assert texts(at.markdown).count(" of the evidence for pork chop lies in one spot, ") == 3
    assert model.evaluations == spent


def test_shares_are_of_the_whole_map_whether_noise_is_drawn_or_not(open_at, explained, model):
    at = explained(open_at("compare", **MISTAKE, engine="regions", evals="100"))
    assert not at.exception
    assert at.query_params["noise"] == "hide"
    assert "Without colour: regions within noise, whose 95% interval contains 0." in texts(at.caption)
    assert "of the whole map, including regions within noise" in texts(at.caption)
    spent, before = model.evaluations, central_shares(at)
    at.button_group(key="noise").set_value("show").run()
    assert (model.evaluations, central_shares(at)) == (spent, before)
    assert at.query_params["noise"] == "show"
    assert "of the whole map" not in texts(at.caption)


@pytest.mark.usefixtures("demo")
def test_parts_of_a_painted_picture_are_named(open_at):
    at = open_at("compare", truth="pork_chop", guess="ravioli")
    models.runtime_future(studies.open_study("demo-kitchen")).result(timeout=30)
    at.run()
    wait_for_jobs(at, "compare")
    at.run()
    assert not at.exception
    sentence = r"\*\*\d+%\*\* of the evidence for ravioli lies on the red-checked cloth, \d+% of"
    assert re.search(sentence, texts(at.markdown))
    for part in ("food", "vessel", "table", "red-checked cloth"):
        assert f"% on the {part} (" in texts(at.caption)
