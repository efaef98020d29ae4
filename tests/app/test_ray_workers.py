"""Explanations of pages on workers, where the server was started with them."""

import threading

import numpy as np
import pytest

from pages.ui.loaders import explanations, models
from tests.made import CrewHere
from tests.read import map_alts, texts, wait_for_jobs
from xai_core.errors import WorkersRefused
from xai_core.explain.memory_store import MemoryStore
from xai_core.explain.question import explain

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4", "engine": "partition", "evals": "100"}


@pytest.fixture
def crew(monkeypatch):
    made = CrewHere()
    monkeypatch.setenv("XAI_RAY", "local")
    monkeypatch.setattr(models, "crew", lambda: made)
    return made


def runs(open_at):
    """Return Compare at once and when the model is open or refused."""
    at = open_at("compare", **MISTAKE)
    yield at
    models.wait_until_idle(30)
    yield at.run()


def test_maps_of_a_page_are_computed_by_the_workers_and_equal_those_of_one_process(open_at, crew, study):
    *_, at = runs(open_at)
    jobs = wait_for_jobs(at, "compare")
    at.run()
    assert not at.exception
    assert map_alts(at)[0] == "Evidence for ravioli rather than pork chop in red, the reverse in blue"
    assert sum(len(item.coalitions) for item, _ in crew.calls if item is not None) >= 4 * 100
    assert sum(thread.name == "explanations" for thread in threading.enumerate()) == crew.workers
    asked = jobs[0].task.question
    here = explain(study.question("pork_chop/4", asked.settings, study.open_runtime(), MemoryStore()))[0]
    np.testing.assert_array_equal(jobs[0].latest.values, here.values)
    assert explanations.store(study).get(asked.key) is not None


@pytest.mark.usefixtures("study")
def test_workers_that_cannot_be_had_are_a_sentence_with_its_cure_on_the_page(open_at, crew):
    crew.fault = WorkersRefused("No cluster answers.", "Start the head node.")
    # A refusal is told once and forgotten, so the run that tells it is the first one if the workers refuse quickly.
    found = [(bool(at.exception), texts(at.error)) for at in runs(open_at)]
    assert not any(failed for failed, _ in found)
    assert any("No cluster answers. Start the head node." in text for _, text in found)
