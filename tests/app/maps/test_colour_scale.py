"""Locked colour scale on the page Compare."""

import re

import pytest

from tests.read import texts

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}


def full_colour(at):
    """Value of the full colour that the legend names."""
    return re.search(r"full colour is (\S+) logits", texts(at.caption)).group(1)


@pytest.mark.usefixtures("model")
def test_locked_scale_stays_for_other_mistakes_and_in_a_link(open_at, explained):
    at = explained(open_at("compare", **MISTAKE))
    own = full_colour(at)
    at.toggle(key="compare_lock shared").set_value(True).run()
    locked = at.query_params["scale"]
    assert float(locked) == pytest.approx(float(own), rel=0.06)
    assert "The locked scale: full colour is" in texts(at.caption)
    at = explained(at.button(key="compare_Previous").click().run())
    assert (at.query_params["scale"], full_colour(at)) == (locked, own)
    other = explained(open_at("compare", **MISTAKE, scale="7.5"))
    assert not other.warning
    assert full_colour(other) == "7.5"
    at = at.toggle(key=f"compare_lock {locked}").set_value(False).run()
    assert at.query_params["scale"] == "shared"
    assert "One scale for all: full colour is" in texts(at.caption)


def test_scale_cannot_be_locked_before_there_is_one(open_at, asked, model):
    model.gate.clear()
    at = asked(open_at("compare", **MISTAKE))
    at.toggle(key="compare_lock shared").set_value(True).run()
    assert at.query_params["scale"] == "shared"
    assert not at.toggle(key="compare_lock shared").value
