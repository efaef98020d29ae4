"""Choice and lock of the colour scale."""

import re

import pytest

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}


def full_colour(at):
    """Value of the full colour of the contrast, which the help on its colours names."""
    (key,) = (caption.help for caption in at.caption if caption.value.startswith("Red: evidence for ravioli."))
    return re.search(r"Full colour is (\S+) logits", key).group(1)


@pytest.mark.usefixtures("model")
def test_locked_scales_of_contrast_and_classes_stay_for_other_mistakes_pages_and_in_a_link(open_at, explained):
    at = explained(open_at("compare", **MISTAKE))
    own = full_colour(at)
    assert at.query_params["scale"] == "rows"
    at.toggle(key="scale_lock rows").set_value(True).run()
    locked = at.query_params["scale"]
    assert float(locked.partition(",")[0]) == pytest.approx(float(own), rel=0.06)
    at = explained(at.button(key="compare_Previous").click().run())
    assert (at.query_params["scale"], full_colour(at)) == (locked, own)
    for page in ("compare", "explain"):
        other = explained(open_at(page, **MISTAKE, scale="7.5"))
        assert not other.warning
        assert full_colour(other) == "7.5"
    at = at.toggle(key=f"scale_lock {locked}").set_value(False).run()
    assert at.query_params["scale"] in ("rows", "shared")


def test_scale_cannot_be_locked_before_there_is_one(open_at, asked, model):
    model.gate.clear()
    at = asked(open_at("compare", **MISTAKE))
    at.toggle(key="scale_lock rows").set_value(True).run()
    assert at.query_params["scale"] == "rows"
    assert not at.toggle(key="scale_lock rows").value


@pytest.mark.usefixtures("model")
def test_same_map_has_the_same_scale_on_explain_and_compare(open_at, explained):
    pages = [explained(open_at(page, **MISTAKE)) for page in ("compare", "explain")]
    assert full_colour(pages[0]) == full_colour(pages[1])
