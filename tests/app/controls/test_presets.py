"""Presets of the explanation settings."""

from dataclasses import replace

import pytest

from pages.ui.controls import presets
from xai_core.settings.explain_settings import ExplainSettings

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}
USUAL = ExplainSettings.fitting((32, 32), 3, evaluations=300)


def sentence(at):
    (said,) = (text.value for text in at.caption if "usual" in text.value)
    return said


@pytest.mark.usefixtures("model")
def test_the_recipe_is_one_click_and_the_usual_settings_another(open_at, asked):
    at = asked(open_at("compare", **MISTAKE))
    assert sentence(at) == "These are the usual settings of this page."
    assert at.button(key="preset usual").disabled
    at = asked(at.button(key="preset recipe").click().run())
    shown = {key: at.query_params[key] for key in ("engine", "mask", "blur", "evals", "top_k")}
    assert shown == {"engine": "partition", "mask": "blur", "blur": "32", "evals": "10000", "top_k": "4"}
    assert sentence(at) == ("Not as usual: engine SHAP's partition (Regions along edges), 10,000 evaluations (300).")
    assert at.button(key="preset recipe").disabled
    at = asked(at.button(key="preset usual").click().run())
    assert sentence(at) == "These are the usual settings of this page."
    assert (at.query_params["engine"], at.query_params["evals"]) == ("regions", "300")


def test_what_differs_is_said_with_the_usual_value():
    assert presets.differences(USUAL, USUAL) == ()
    other = replace(USUAL, mask="gaussian", blur_px=8, evaluations=1000)
    assert presets.differences(other, USUAL)[1:] == ("blur of 8 pixels (32)", "1,000 evaluations (300)")
    # A mask that does not blur has no blur that could differ.
    assert len(presets.differences(replace(other, mask="mean"), USUAL)) == 2
