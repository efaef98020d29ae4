"""Agreement with the other engines on the page Explain."""

import re
from dataclasses import replace

import pytest

from pages.ui.explain import engine_agreement
from tests.read import texts, wait_for_jobs
from xai_core.settings.engine_table import ENGINES
from xai_core.trust.engine_agreement import EngineAgreement

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}


def test_other_engine_is_compared_on_request_and_from_then_on_at_once(open_at, explained, model):
    at = explained(open_at("explain", **MISTAKE, engine="partition", evals="100"))
    assert "agrees" not in texts(at.markdown)
    spent = model.evaluations
    at.button(key="explain_other_regions").click().run()
    wait_for_jobs(at, "explain_other_regions")
    at.run()
    assert not at.exception
    sentence = r"With regions along edges this map agrees \*\*(.+)\*\*: rank correlation (\S+)\. (Values|All)"
    found = re.search(sentence, texts(at.markdown))
    assert model.evaluations > spent
    again = open_at("explain", **MISTAKE, engine="partition", evals="100")
    assert found[0] in texts(again.markdown)
    again.button(key="explain_other_regions_show").click().run()
    assert again.query_params["engine"] == "regions"
    reverse = f"With SHAP's partition this map agrees **{found[1]}**: rank correlation {found[2]}."
    assert reverse in texts(again.markdown)


@pytest.mark.usefixtures("model")
def test_third_engine_is_offered_and_compared_too(open_at, explained, monkeypatch):
    third = replace(ENGINES["partition"], title="Third engine", version=99)
    monkeypatch.setitem(ENGINES, "third", third)
    at = explained(open_at("explain", **MISTAKE, engine="partition", evals="100"))
    assert not at.exception
    labels = [button.label for button in at.button if button.label.startswith("Compare with ")]
    assert len(labels) == len(ENGINES) - 1
    assert {"Compare with regions along edges", "Compare with third engine"} <= set(labels)
    for engine in ("third", "regions"):
        at.button(key=f"explain_other_{engine}").click().run()
        wait_for_jobs(at, f"explain_other_{engine}")
        at.run()
    assert not at.exception
    assert "With third engine this map agrees **largely**: rank correlation 1.00." in texts(at.markdown)
    assert "With regions along edges this map agrees" in texts(at.markdown)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (EngineAgreement(0.71), "With it this map agrees **largely**: rank correlation 0.71."),
        (
            EngineAgreement(0.5, 0.0),
            "With it this map agrees **in part**: rank correlation 0.50. All values are within noise.",
        ),
        (
            EngineAgreement(0.18, 0.13, 0.67),
            (
                "With it this map agrees **hardly**: rank correlation 0.18. Values are beyond noise in 13% of the "
                "picture. In 67% of that part both maps have the same sign."
            ),
        ),
    ],
)
def test_sentence_says_as_much_as_is_known(found, sentence):
    assert engine_agreement.agreement_sentence(found, "it") == sentence
