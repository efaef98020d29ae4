"""A map by an earlier version of the engine is shown as such until it is computed anew."""

import shutil
from dataclasses import replace

import pytest
import streamlit as st

from pages.ui.loaders import explanations
from tests.read import map_alts, texts, wait_for_jobs
from xai_core.explain.explanation import Explanation
from xai_core.explain.store import ExplanationStore

NOTE = "The map is by version 2 of the engine Regions along edges, and is shown until it is computed anew by version 3."
QUERY = {"picture": "pork_chop/4", "engine": "regions", "evals": "100", "blur": "16"}


@pytest.fixture
def earlier(study, explained, open_at):
    """Store today's map as one of version 2, in place of today's."""
    explained(open_at("explain", **QUERY))
    # The queue remembers what it has answered.
    explanations.service().close()
    st.cache_resource.clear()
    (file,) = study.explanations.glob("*.npz")
    found = replace(Explanation.load(file), engine_version=2)
    shutil.rmtree(study.explanations)
    ExplanationStore(study.explanations).put(found.key, found)


@pytest.mark.usefixtures("earlier")
def test_a_map_of_an_earlier_version_is_shown_as_such_until_it_is_computed_anew(open_at, model, asked, study):
    model.gate.clear()
    at = asked(open_at("explain", **QUERY))
    assert not at.exception
    assert NOTE in texts(at.caption)
    assert map_alts(at)
    assert len(list(study.explanations.glob("*.npz"))) == 1
    model.gate.set()
    wait_for_jobs(at, "explain")
    at.run()
    assert NOTE not in texts(at.caption)
    assert len(list(study.explanations.glob("*.npz"))) == 2
