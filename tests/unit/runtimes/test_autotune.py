"""The fastest way of running a network is taken only where its answers are those of the plain one, and remembered."""

import json
import time

import numpy as np
import pytest

from xai_core.errors import ModelRefused
from xai_core.model.spec import ModelSpec
from xai_core.runtimes import autotune
from xai_core.runtimes.autotune import PLAIN, Setup, cpu_setups, device_setups, disagreement, drawn, fastest

SPEC = ModelSpec(labels=("a", "b", "c"), input_size=(24, 20), short_side=None, interpolation="bilinear")
SLOW, QUICK, WRONG = (Setup(library=name, batch=2) for name in ("slow", "quick", "wrong"))


class Net:
    """A smooth function of the picture, computed with a delay and an error."""

    spec, model_id, embedding_size, at_once, channels_first = SPEC, "net", None, 2, True

    def __init__(self, name="plain", delay_s=0.0, error=0.0):
        self.name, self.delay_s, self.error = name, delay_s, error
        self.weights = np.random.default_rng(4).normal(size=(24 * 20 * 3, 3)).astype(np.float32) / 40

    def logits(self, inputs):
        until = time.perf_counter() + self.delay_s
        while time.perf_counter() < until:
            pass
        return np.tanh(inputs.reshape(len(inputs), -1) @ self.weights) * (
            1 + self.error * np.arange(3, dtype=np.float32)
        )

    def logits_and_embeddings(self, inputs):
        return self.logits(inputs), None


NETS = {SLOW: Net("slow", 0.004), QUICK: Net("quick"), WRONG: Net("wrong", error=0.01)}


@pytest.fixture
def choose(tmp_path, monkeypatch):
    monkeypatch.setattr(autotune, "TRY_S", 0.0)
    opened = []

    def chosen(*setups, refuses=()):
        def open_as(setup):
            opened.append(setup)
            if setup in refuses:
                raise ModelRefused("It does not run here.")
            return NETS[setup]

        return fastest(open_as, setups, Net, model_id="net", spec=SPEC, cache=tmp_path / "cache").name

    chosen.opened = opened
    chosen.cache = tmp_path / "cache"
    return chosen


def test_the_fastest_is_taken_and_remembered(choose):
    assert choose(SLOW, QUICK) == "quick"
    assert choose.opened == [SLOW, QUICK]
    assert choose(SLOW, QUICK) == "quick"
    assert choose.opened == [SLOW, QUICK, QUICK]
    (record,) = choose.cache.iterdir()
    assert json.loads(record.read_text())["rates"].keys() == {SLOW.name, QUICK.name}


def test_a_fast_one_with_other_answers_is_not_taken(choose, caplog):
    assert choose(WRONG, SLOW) == "slow"
    assert "wrong batch 2 is not used: its answers are off by" in caplog.text


def test_where_nothing_passes_the_plain_one_stands_in_and_that_is_remembered_too(choose):
    assert choose(WRONG) == "plain"
    assert choose(WRONG) == "plain"
    assert choose.opened == [WRONG]


def test_one_that_cannot_be_opened_is_left_out(choose, caplog):
    assert choose(QUICK, SLOW, refuses={QUICK}) == "slow"
    assert "The model cannot be run by quick batch 2: It does not run here." in caplog.text


def test_one_that_can_no_longer_be_opened_is_measured_anew(choose):
    assert choose(QUICK, SLOW) == "quick"
    assert choose(QUICK, SLOW, refuses={QUICK}) == "slow"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"chosen": {"library": "quick"}, "considered": []}'])
def test_a_damaged_memory_is_as_good_as_none(choose, content):
    choose(SLOW, QUICK)
    (record,) = choose.cache.iterdir()
    record.write_text(content)
    assert choose(SLOW, QUICK) == "quick"


def test_other_ways_to_choose_from_are_measured_anew(choose):
    assert choose(SLOW) == "slow"
    assert choose(SLOW, QUICK) == "quick"


def test_a_folder_that_cannot_be_written_costs_only_the_memory(choose, caplog):
    choose.cache.write_text("in the way")
    assert choose(SLOW, QUICK) == "quick"
    assert "cannot be remembered" in caplog.text


def test_after_so_long_no_other_way_is_tried(choose, monkeypatch):
    monkeypatch.setattr(autotune, "PATIENCE_S", 0.0)
    assert choose(SLOW, QUICK) == "slow"
    assert choose.opened == [SLOW]


@pytest.mark.parametrize("half", [False, True])
def test_disagreement_is_the_share_by_which_answers_differ(half):
    picture = np.random.default_rng(1).normal(size=(24, 20, 3)).astype(np.float32)
    assert disagreement(Net(), Net(), picture, half=half) == 0
    assert 1e-3 < disagreement(Net(error=0.01), Net(), picture, half=half) < 0.02


def test_a_network_that_does_not_react_to_pictures_is_no_reason_to_refuse():
    flat, shifted = Net(), Net()
    flat.logits = lambda inputs: np.full((len(inputs), 3), 5, np.float32)
    shifted.logits = lambda inputs: np.full((len(inputs), 3), 5 + 1e-6, np.float32)
    assert disagreement(shifted, flat, np.ones((24, 20, 3), np.float32)) < 1e-5


def test_the_drawn_picture_is_always_the_same_and_fits():
    assert drawn(SPEC).shape == (24, 20, 3)
    assert drawn(SPEC).dtype == np.uint8
    np.testing.assert_array_equal(drawn(SPEC), drawn(SPEC))
    assert drawn(SPEC).std() > 30


@pytest.mark.parametrize("cores", [1, 2, 8, 64])
def test_a_cpu_s_ways_differ_and_use_no_more_threads_than_it_has_cores(cores):
    setups = cpu_setups(cores, checkpoint=True)
    assert len(set(setups)) == len(setups)
    assert setups[0] == Setup(library="onnxruntime", batch=2, lanes=cores, threads=1)
    assert all(setup.lanes * setup.threads <= cores for setup in setups)
    assert {setup.library for setup in cpu_setups(cores, checkpoint=False)} == {"onnxruntime"}


def test_half_precision_is_considered_only_where_photographs_can_vouch_for_it():
    assert not any(setup.half for setup in device_setups(checked_on_photographs=False))
    assert any(setup.half for setup in device_setups(checked_on_photographs=True))


def test_a_setup_names_itself():
    assert Setup(library="onnxruntime", batch=2, lanes=2, threads=1).name == "onnxruntime 2 x 1 threads batch 2"
    assert Setup(library="device", batch=128, half=True).name == "device float16 batch 128"
    assert PLAIN.library == "plain"
