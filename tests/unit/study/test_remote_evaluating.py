"""Explanations whose pictures are evaluated by workers: equal to those of one process, and few bytes on the way."""

from dataclasses import replace

import numpy as np
import pytest

from tests.made import CrewHere
from xai_core.errors import WorkerDied
from xai_core.explain.memory_store import MemoryStore
from xai_core.explain.question import explain
from xai_core.explain.queue.service import ExplanationService
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.remote.evaluating import Inputs, Masks, open_remote


@pytest.fixture
def crew():
    return CrewHere()


@pytest.fixture
def ask(tiny_study):
    def question(runtime, image_id="pork_chop/4", *, engine="partition", store=None, **changes):
        fitting = ExplainSettings.fitting(tiny_study.spec.input_size, len(tiny_study.labels), evaluations=40)
        settings = replace(fitting.by_engine(engine, 0), **changes)
        return tiny_study.question(image_id, settings, runtime, store or MemoryStore())

    return question


def assert_equal(found, expected):
    for name in ("region_of", "values", "base", "full"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


@pytest.mark.parametrize("engine", ["partition", "regions"])
@pytest.mark.parametrize("mask", ["blur", "inpaint_telea"])
def test_a_map_is_that_of_one_process_bit_for_bit_under_the_same_keys(tiny_study, crew, ask, engine, mask):
    local, remote = tiny_study.open_runtime(), open_remote(tiny_study, crew, ship=False)
    there, here = (ask(runtime, engine=engine, mask=mask) for runtime in (remote, local))
    assert (there.key, there.search_key) == (here.key, here.search_key)
    assert_equal(explain(there)[0], explain(here)[0])


def test_masks_are_sent_and_the_picture_once(tiny_study, crew, ask):
    remote = open_remote(tiny_study, crew, ship=False)
    explain(ask(remote))
    evaluated = [(item, shared) for item, shared in crew.calls if item is not None]
    assert all(isinstance(item, Masks) for item, _ in evaluated)
    assert sum(len(item.coalitions) for item, _ in evaluated) == 40
    assert len({shared.token for _, shared in evaluated}) == 1
    explain(ask(remote, mask="inpaint_telea"))
    assert isinstance(crew.calls[-1][0], Inputs)


def test_the_service_shares_the_workers_and_stores_what_one_process_would(tiny_study, crew, ask):
    remote, store = open_remote(tiny_study, crew, ship=False), MemoryStore()
    image_ids = ["pork_chop/4", "pork_chop/5", "pizza/2", "ravioli/5"]
    service = ExplanationService()
    service.widen(2)
    jobs = [service.submit(ask(remote, image_id, store=store), session=image_id) for image_id in image_ids]
    assert all(job.wait(30) for job in jobs)
    service.close()
    local = tiny_study.open_runtime()
    for image_id, job in zip(image_ids, jobs, strict=True):
        expected = ask(local, image_id)
        assert_equal(store.get(expected.key), explain(expected)[0])
        assert job.done


def test_what_the_workers_raise_is_the_job_s_sentence_and_others_go_on(tiny_study, crew, ask):
    remote = open_remote(tiny_study, crew, ship=False)
    service = ExplanationService()
    crew.fault = WorkerDied("2 workers died on this picture.", "Try again.")
    failed = service.submit(ask(remote))
    assert failed.wait(30)
    assert failed.error.sentence == "2 workers died on this picture. Try again."
    crew.fault = None
    again = service.submit(ask(remote))
    assert again.wait(30)
    assert again.done
    service.close()


def test_a_model_is_sent_or_read_from_its_path(tiny_study, crew):
    shipped = open_remote(tiny_study, crew, ship=True)
    crew.forget()
    tiny_study.model_file.unlink()
    picture = np.zeros((1, *tiny_study.spec.input_size, 3), np.float32)
    assert shipped.logits(picture).shape == (1, len(tiny_study.labels))
