"""The fastest way to run a network is used only if its answers are those of the plain runtime, and is stored."""

import json
import time

import numpy as np
import pytest

from xai_core.errors import ModelRefused
from xai_core.model.spec import ModelSpec
from xai_core.runtimes import autotune
from xai_core.runtimes.autotune import (
    PLAIN,
    Setup,
    choose_fastest,
    cpu_setups,
    device_setups,
    relative_difference,
    synthetic_picture,
)

SPEC = ModelSpec(labels=("a", "b", "c"), input_size=(24, 20), short_side=None, interpolation="bilinear")
SLOW, QUICK, WRONG = (Setup(library=name, batch=2) for name in ("slow", "quick", "wrong"))


class Net:
    """A smooth function of the picture, computed with a delay and an error."""

    spec, model_id, embedding_size, preferred_batch, channels_first = SPEC, "net", None, 2, True

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
    monkeypatch.setattr(autotune, "MEASURE_S", 0.0)
    opened = []

    def chosen(*setups, refuses=()):
        def open_as(setup):
            opened.append(setup)
            if setup in refuses:
                raise ModelRefused("It does not run here.")
            return NETS[setup]

        return choose_fastest(open_as, setups, Net, model_id="net", spec=SPEC, cache=tmp_path / "cache").name

    chosen.opened = opened
    chosen.cache = tmp_path / "cache"
    return chosen


def test_the_fastest_is_used_and_stored(choose):
    assert choose(SLOW, QUICK) == "quick"
    assert choose.opened == [SLOW, QUICK]
    assert choose(SLOW, QUICK) == "quick"
    assert choose.opened == [SLOW, QUICK, QUICK]
    (record,) = choose.cache.iterdir()
    assert json.loads(record.read_text())["rates"].keys() == {SLOW.name, QUICK.name}


def test_a_fast_way_with_other_answers_is_not_used(choose, caplog):
    assert choose(WRONG, SLOW) == "slow"
    assert "wrong batch 2 is not used: its answers are off by" in caplog.text


def test_where_no_way_passes_the_plain_runtime_is_used_and_that_is_stored_too(choose):
    assert choose(WRONG) == "plain"
    assert choose(WRONG) == "plain"
    assert choose.opened == [WRONG]


def test_a_way_that_cannot_be_opened_is_left_out(choose, caplog):
    assert choose(QUICK, SLOW, refuses={QUICK}) == "slow"
    assert "The model cannot be run by quick batch 2: It does not run here." in caplog.text


def test_a_stored_way_that_can_no_longer_be_opened_is_replaced(choose):
    assert choose(QUICK, SLOW) == "quick"
    assert choose(QUICK, SLOW, refuses={QUICK}) == "slow"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"chosen": {"library": "quick"}, "considered": []}'])
def test_a_damaged_record_is_ignored(choose, content):
    choose(SLOW, QUICK)
    (record,) = choose.cache.iterdir()
    record.write_text(content)
    assert choose(SLOW, QUICK) == "quick"


def test_another_set_of_ways_is_measured_anew(choose):
    assert choose(SLOW) == "slow"
    assert choose(SLOW, QUICK) == "quick"


def test_a_folder_that_cannot_be_written_only_prevents_storing(choose, caplog):
    choose.cache.write_text("in the way")
    assert choose(SLOW, QUICK) == "quick"
    assert "cannot be stored" in caplog.text


def test_after_the_time_limit_no_further_way_is_tried(choose, monkeypatch):
    monkeypatch.setattr(autotune, "TIME_LIMIT_S", 0.0)
    assert choose(SLOW, QUICK) == "slow"
    assert choose.opened == [SLOW]


@pytest.mark.parametrize("half", [False, True])
def test_the_relative_difference_is_the_share_by_which_answers_differ(half):
    picture = np.random.default_rng(1).normal(size=(24, 20, 3)).astype(np.float32)
    assert relative_difference(Net(), Net(), picture, half=half) == 0
    assert 1e-3 < relative_difference(Net(error=0.01), Net(), picture, half=half) < 0.02


def test_a_network_that_does_not_react_to_pictures_passes_the_comparison():
    flat, shifted = Net(), Net()
    flat.logits = lambda inputs: np.full((len(inputs), 3), 5, np.float32)
    shifted.logits = lambda inputs: np.full((len(inputs), 3), 5 + 1e-6, np.float32)
    assert relative_difference(shifted, flat, np.ones((24, 20, 3), np.float32)) < 1e-5


def test_the_synthetic_picture_is_always_the_same_and_fits():
    assert synthetic_picture(SPEC).shape == (24, 20, 3)
    assert synthetic_picture(SPEC).dtype == np.uint8
    np.testing.assert_array_equal(synthetic_picture(SPEC), synthetic_picture(SPEC))
    assert synthetic_picture(SPEC).std() > 30


@pytest.mark.parametrize("cores", [1, 2, 8, 64])
def test_the_ways_of_a_cpu_differ_and_use_no_more_threads_than_it_has_cores(cores):
    setups = cpu_setups(cores, checkpoint=True)
    assert len(set(setups)) == len(setups)
    assert setups[0] == Setup(library="onnxruntime", batch=2, lanes=cores, threads=1)
    assert all(setup.lanes * setup.threads <= cores for setup in setups)
    assert {setup.library for setup in cpu_setups(cores, checkpoint=False)} == {"onnxruntime"}


def test_half_precision_is_tried_only_where_a_photograph_checks_it():
    assert not any(setup.half for setup in device_setups(checked_on_photographs=False))
    assert any(setup.half for setup in device_setups(checked_on_photographs=True))


def test_a_setup_names_itself():
    assert Setup(library="onnxruntime", batch=2, lanes=2, threads=1).name == "onnxruntime 2 x 1 threads batch 2"
    assert Setup(library="device", batch=128, half=True).name == "device float16 batch 128"
    assert PLAIN.library == "plain"
