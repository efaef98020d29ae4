"""Sentences on convergence, shown for engines whose values are estimated only."""

import re

import pytest

from tests.read import texts

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}
pytestmark = pytest.mark.usefixtures("model")


def test_explain_shows_the_ranking_and_the_hold_out_r2_of_both_classes(open_at, explained):
    at = explained(open_at("explain", **MISTAKE, engine="regions", evals="100"))
    assert "**Are these enough evaluations?**" in texts(at.markdown)
    captions = texts(at.caption)
    ranking = r"(Ranking settled: \d+|Not settled yet: about \d+) of the 10 strongest regions would stay"
    assert re.search(ranking, captions)
    holdout_r2 = r"Hold-out R2: the sum of the regions predicts \d+% of the variance of the logit for (\w| )+"
    assert re.search(holdout_r2, captions)


def test_compare_shows_a_summary_and_the_ranking_of_each_picture(open_at, explained):
    at = explained(open_at("compare", **MISTAKE, engine="regions", evals="100"))
    captions = texts(at.caption)
    assert re.search(r"settled in \d of 4 pictures: \d+( to \d+)? of the 10 strongest regions would stay", captions)
    numbers = at.dataframe[0].value
    assert numbers["ranking"].str.fullmatch(r"(not )?settled: \d+ of 10 strongest stay").all()
    assert numbers["within noise"].between(0, 100).all()


@pytest.mark.parametrize("page", ["explain", "compare"])
def test_nothing_is_shown_for_exact_values(open_at, explained, page):
    at = explained(open_at(page, **MISTAKE, engine="partition", noise="hide"))
    assert not re.search("noise|settled|chance", texts(at.caption))
    assert "enough evaluations" not in texts(at.markdown) + texts(at.caption)
    assert "noise" not in [control.key for control in at.button_group]
