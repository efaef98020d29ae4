"""A model of any source is tried once on a machine; what depends on the batch runs one by one."""

import numpy as np
import pytest

from xai_core.errors import ExplanationFailed, ModelRefused
from xai_core.model.opened import OpenedModel
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.sources.request import OpenRequest
from xai_core.runtimes.trial.runtime_trial import try_model

SPEC = ModelSpec(labels=("a", "b"), input_size=(4, 4), short_side=None, interpolation="bilinear")


class Network:
    """Runtime that answers by the mean red and green of a picture, plus a fault."""

    name, model_id, spec = "fake", "id", SPEC

    def __init__(self, fault=lambda logits: logits, batch=8):
        self.fault, self.batch, self.calls = fault, batch, 0

    def with_batch(self, batch):
        return Network(self.fault, batch)

    def logits(self, pictures):
        self.calls += 1
        parts = [pictures[start : start + self.batch] for start in range(0, len(pictures), self.batch)]
        return np.concatenate([self.fault(part.mean(axis=(1, 2))[:, :2]) for part in parts])


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_CACHE", str(tmp_path))


def tried(network):
    return try_model(OpenedModel(runtime=network), OpenRequest())


def test_a_steady_model_stays_as_it_is_and_is_tried_once():
    first, second = Network(), Network()
    assert tried(first).runtime is first
    assert tried(second).runtime is second
    assert (first.calls > 0, second.calls) == (True, 0)


def test_a_model_that_looks_at_the_whole_batch_gets_one_picture_at_a_time():
    for _ in range(2):
        found = tried(Network(lambda logits: logits + logits.mean(axis=0)))
        assert found.runtime.batch == 1
        assert "Pictures are run one by one" in found.notes[-1]


def test_a_model_that_answers_otherwise_each_time_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ModelRefused, match="answers differently each time"):
        tried(Network(lambda logits: logits + rng.normal(size=logits.shape)))


def test_outputs_that_are_not_finite_are_left_to_those_who_use_them():
    def fail(logits):
        raise ExplanationFailed("not finite")

    network = Network(fail)
    assert tried(network).runtime is network
