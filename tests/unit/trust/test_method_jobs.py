"""Maps by other methods in the service's queue: the same maps as here and now, stored, and asked for once."""

import numpy as np
import pytest

from xai_core.explain.memory_store import MemoryStore
from xai_core.explain.service import ExplanationService
from xai_core.trust import check_jobs
from xai_core.trust.attribution import attributed
from xai_core.trust.check_jobs import Case
from xai_core.trust.method_jobs import GradCamCheck, method_of
from xai_core.trust.target import Target

SIDE = 16
WEIGHTS = np.outer(np.arange(SIDE), np.ones(SIDE)) / SIDE**2
CONTRAST = Target("pork_chop", "ravioli")
PATIENCE_S = 60


class Network:
    """Says how often it was looked into."""

    looks = 0

    def grad_cam(self, view, labels):
        self.looks += 1
        return np.stack([np.full(view.shape[:2], place + 1, np.float32) for place in range(len(labels))])


@pytest.fixture
def service():
    service = ExplanationService()
    yield service
    service.close()


@pytest.fixture
def case(asked, tmp_path):
    def of(kept_in=None):
        white = asked(WEIGHTS)
        return Case(white.runtime, white.view, "white", white.settings, kept_in or check_jobs.store(tmp_path))

    return of


def answered(service, question):
    job = service.submit(question)
    assert job.wait(PATIENCE_S)
    assert job.error is None, job.error
    return job


@pytest.mark.parametrize("name", ["lime", "kernelshap", "occlusion"])
def test_the_queue_gives_the_map_that_is_computed_here_and_now(name, service, case):
    job = answered(service, method_of(case(), name, CONTRAST, evaluations=40))
    here = attributed(name, case(), CONTRAST.labels, evaluations=40)
    np.testing.assert_array_equal(job.latest.maps, here.maps)
    assert (job.latest.method, job.evaluations) == (name, here.evaluations)


def test_a_map_that_is_stored_costs_no_evaluation(service, case):
    first = answered(service, method_of(case(), "lime", CONTRAST, evaluations=40))
    again, fresh = case(), ExplanationService()
    found = fresh.submit(method_of(again, "lime", CONTRAST, evaluations=40))
    assert (found.cached, again.runtime.evaluations) == (True, 0)
    np.testing.assert_array_equal(found.latest.maps, first.latest.maps)


def test_what_changes_a_map_changes_the_name_of_what_is_stored(case):
    of = case()
    asked = [
        method_of(of, name, target, evaluations=spent, seed=seed)
        for name, target, spent, seed in (
            ("lime", CONTRAST, 40, 0),
            ("kernelshap", CONTRAST, 40, 0),
            ("lime", CONTRAST, 41, 0),
            ("lime", CONTRAST, 40, 1),
            ("lime", Target("pork_chop"), 40, 0),
        )
    ]
    assert len({each.key for each in asked}) == len(asked)
    # Another class asks about the same masked pictures.
    assert asked[0].search_key == asked[-1].search_key


def test_grad_cam_waits_in_the_queue_and_is_kept(service, case):
    network = Network()
    job = answered(service, GradCamCheck(case(), CONTRAST, network))
    assert (job.evaluations, job.planned, job.latest.maps.shape) == (2, 2, (2, SIDE, SIDE))
    np.testing.assert_array_equal(CONTRAST.map_of(job.latest), np.full((SIDE, SIDE), -1))
    service.close()
    after_a_restart = answered(ExplanationService(), GradCamCheck(case(), CONTRAST, network))
    assert (after_a_restart.cached, network.looks) == (True, 1)


def test_another_label_is_another_look(service, case):
    network = Network()
    for target in (CONTRAST, Target("ravioli"), CONTRAST):
        answered(service, GradCamCheck(case(), target, network))
    assert network.looks == 2


def test_of_a_picture_that_is_not_to_be_kept_nothing_is_written(service, case, tmp_path):
    of = case(MemoryStore())
    answered(service, method_of(of, "occlusion", CONTRAST, evaluations=10))
    answered(service, GradCamCheck(of, CONTRAST, Network()))
    service.close()
    assert list(tmp_path.rglob("*")) == []


def test_a_network_that_fails_fails_its_check_alone(service, case, monkeypatch, caplog):
    network = Network()
    monkeypatch.setattr(network, "grad_cam", lambda *_: 1 / 0)
    job = service.submit(GradCamCheck(case(), CONTRAST, network))
    assert job.wait(PATIENCE_S)
    assert job.state == "failed"
    assert answered(service, method_of(case(), "occlusion", CONTRAST, evaluations=10)).done
