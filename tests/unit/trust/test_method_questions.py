"""Maps by other methods as jobs of the service, stored and equal to direct computation."""

import numpy as np
import pytest

from xai_core.explain.memory_store import MemoryStore
from xai_core.explain.queue.service import ExplanationService
from xai_core.explain.target import Target
from xai_core.trust import check_questions
from xai_core.trust.attribution import compute_attribution
from xai_core.trust.check_questions import CheckedPicture
from xai_core.trust.method_questions import GradCamQuestion, method_question

SIDE = 16
WEIGHTS = np.outer(np.arange(SIDE), np.ones(SIDE)) / SIDE**2
CONTRAST = Target("pork_chop", "ravioli")
PATIENCE_S = 60


class Network:
    """Stand-in for a network that counts its Grad-CAM calls."""

    calls = 0

    def grad_cam(self, view, labels):
        self.calls += 1
        return np.stack([np.full(view.shape[:2], index + 1, np.float32) for index in range(len(labels))])


@pytest.fixture
def service():
    service = ExplanationService()
    yield service
    service.close()


@pytest.fixture
def checked(white_picture, tmp_path):
    def make(store=None):
        white = white_picture(WEIGHTS)
        return CheckedPicture(
            white.runtime, white.view, "white", white.settings, store or check_questions.open_check_store(tmp_path)
        )

    return make


def answer(service, question):
    job = service.submit(question)
    assert job.wait(PATIENCE_S)
    assert job.error is None, job.error
    return job


@pytest.mark.parametrize("name", ["lime", "kernelshap", "occlusion"])
def test_a_job_gives_the_same_map_as_direct_computation(name, service, checked):
    job = answer(service, method_question(checked(), name, CONTRAST, evaluations=40))
    direct = compute_attribution(name, checked(), CONTRAST.labels, evaluations=40)
    np.testing.assert_array_equal(job.latest.maps, direct.maps)
    assert (job.latest.method, job.evaluations) == (name, direct.evaluations)


def test_a_stored_map_costs_no_evaluation(service, checked):
    first = answer(service, method_question(checked(), "lime", CONTRAST, evaluations=40))
    again, fresh = checked(), ExplanationService()
    found = fresh.submit(method_question(again, "lime", CONTRAST, evaluations=40))
    assert (found.cached, again.runtime.evaluations) == (True, 0)
    np.testing.assert_array_equal(found.latest.maps, first.latest.maps)


def test_other_maps_have_other_keys(checked):
    picture = checked()
    questions = [
        method_question(picture, name, target, evaluations=spent, seed=seed)
        for name, target, spent, seed in (
            ("lime", CONTRAST, 40, 0),
            ("kernelshap", CONTRAST, 40, 0),
            ("lime", CONTRAST, 41, 0),
            ("lime", CONTRAST, 40, 1),
            ("lime", Target("pork_chop"), 40, 0),
        )
    ]
    assert len({question.key for question in questions}) == len(questions)
    # Another class needs the same masked pictures.
    assert questions[0].search_key == questions[-1].search_key


def test_grad_cam_is_queued_and_stored(service, checked):
    network = Network()
    job = answer(service, GradCamQuestion(checked(), CONTRAST, network))
    assert (job.evaluations, job.planned, job.latest.maps.shape) == (2, 2, (2, SIDE, SIDE))
    np.testing.assert_array_equal(CONTRAST.map_of(job.latest), np.full((SIDE, SIDE), -1))
    service.close()
    after_a_restart = answer(ExplanationService(), GradCamQuestion(checked(), CONTRAST, network))
    assert (after_a_restart.cached, network.calls) == (True, 1)


def test_other_labels_are_another_computation(service, checked):
    network = Network()
    for target in (CONTRAST, Target("ravioli"), CONTRAST):
        answer(service, GradCamQuestion(checked(), target, network))
    assert network.calls == 2


def test_nothing_is_written_of_a_picture_whose_store_is_in_memory(service, checked, tmp_path):
    picture = checked(MemoryStore())
    answer(service, method_question(picture, "occlusion", CONTRAST, evaluations=10))
    answer(service, GradCamQuestion(picture, CONTRAST, Network()))
    service.close()
    assert list(tmp_path.rglob("*")) == []


def test_an_exception_in_the_network_fails_its_own_job_alone(service, checked, monkeypatch, caplog):
    network = Network()
    monkeypatch.setattr(network, "grad_cam", lambda *_: 1 / 0)
    job = service.submit(GradCamQuestion(checked(), CONTRAST, network))
    assert job.wait(PATIENCE_S)
    assert job.state == "failed"
    assert answer(service, method_question(checked(), "occlusion", CONTRAST, evaluations=10)).done
