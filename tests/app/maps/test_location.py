"""Location of the evidence in sentences, below pictures and in the table of numbers."""

import re
from dataclasses import replace

import numpy as np
import pytest

from pages.ui.controls.display import Display
from pages.ui.loaders import models, studies
from pages.ui.maps import location
from tests.read import texts, wait_for_jobs
from xai_core import palettes
from xai_core.explain.target import Target

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}
PLAIN = Display(0.85, "grey", palettes.RED_BLUE)
CONTRAST = Target("ravioli", "pork_chop")


def test_dense_part_is_told_with_its_share_of_evidence_and_area(answer):
    # The left quarter has 3 logits of the contrast, the rest -0.75.
    painted = location.Parts(np.repeat([[0, 0, 1, 1, 1, 1, 1, 1]], 8, axis=0).astype(np.uint8), ("cloth", "table"))
    found = location.find(answer, CONTRAST, painted, PLAIN)
    assert found.sentence == "100% of the evidence for ravioli lies on the cloth, 25% of the picture."
    assert found.note == "cloth: 4.0 times its share of the area"
    assert (found.crop.side, found.crop.left) == (3, 0)


def test_parts_without_names_are_those_in_colour_where_noise_has_none(uncertain):
    found = location.find(uncertain, CONTRAST, None, replace(PLAIN, noise="hide"))
    assert found.sentence == "100% of the evidence for ravioli lies in the red parts, 25% of the picture."
    assert found.note.startswith("enlarged part: ")
    assert found.note.endswith(" times its share of the area")


def test_nothing_is_pointed_out_where_there_is_hardly_any_evidence_or_it_is_spread(answer):
    tiny = replace(answer, values=answer.values / 100)
    found = location.find(tiny, CONTRAST, None, PLAIN)
    assert (found.sentence, found.note) == ("There is hardly any evidence for ravioli in this picture.", "")
    flat = replace(answer, values=np.array([[0, 0, 0, 0.5], [0, 0, 0, 1.5]], np.float32))
    found = location.find(flat, CONTRAST, None, PLAIN)
    assert (found.sentence, found.note) == (
        "The evidence for ravioli is spread over the picture. No part stands out.",
        "",
    )


def test_location_is_shown_for_every_picture_and_may_be_that_of_a_class(open_at, explained, model):
    at = explained(open_at("compare", **MISTAKE))
    assert "evidence for ravioli" in texts(at.markdown)
    assert at.dataframe[0].value["central half"].notna().sum() >= 1
    spent = model.evaluations
    at.selectbox(key="where").select("pork_chop").run()
    assert "evidence for pork chop" in texts(at.markdown)
    assert model.evaluations == spent


def test_shares_are_of_the_whole_map_whether_noise_is_drawn_or_not(open_at, explained, model):
    at = explained(open_at("compare", **MISTAKE, engine="regions", evals="100"))
    assert not at.exception
    assert at.query_params["noise"] == "hide"
    assert "of the whole map, including regions within noise" in texts(at.caption)
    spent, before = model.evaluations, at.dataframe[0].value["central half"]
    at.button_group(key="noise").set_value("show").run()
    assert model.evaluations == spent
    np.testing.assert_array_equal(at.dataframe[0].value["central half"], before)
    assert "of the whole map" not in texts(at.caption)


@pytest.mark.usefixtures("demo")
def test_parts_of_a_painted_picture_are_named(open_at):
    at = open_at("compare", truth="pork_chop", guess="ravioli")
    models.runtime_future(studies.open_study("demo-kitchen")).result(timeout=30)
    at.run()
    wait_for_jobs(at, "compare")
    at.run()
    assert not at.exception
    sentence = r"\*\*\d+% of the evidence for ravioli lies on the red-checked cloth, \d+% of the picture\.\*\*"
    assert re.search(sentence, texts(at.markdown))
    assert "red-checked cloth: " in texts(at.caption)
    assert {"food", "vessel", "table", "red-checked cloth"} <= set(at.dataframe[0].value.columns)
