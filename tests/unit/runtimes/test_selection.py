"""A model gets the named runtime or else the fastest; its graph is exported once, and again if it is damaged."""

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from xai_core.errors import ModelRefused
from xai_core.model.spec import ModelSpec
from xai_core.runtimes import onnx_export
from xai_core.runtimes.onnx_export import export, export_once
from xai_core.runtimes.onnx_runtime import OnnxRuntime
from xai_core.runtimes.opening.networks import open_network
from xai_core.runtimes.selection import open_graph
from xai_core.runtimes.sources.onnx_graph.runnable import read_plain_graph
from xai_core.runtimes.torch_runtime import TorchRuntime

SPEC = ModelSpec(labels=("a", "b"), input_size=(10, 8), short_side=None, interpolation="bilinear")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("XAI_RUNTIME", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def network():
    torch.manual_seed(5)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 8 * 6, 2)).eval()


@pytest.fixture
def opened(network):
    def opened(device="auto", runtime=None):
        return open_network(network, SPEC, "id", device=device, runtime=runtime, view=None)

    return opened


def pictures():
    return np.random.default_rng(0).normal(size=(5, 10, 8, 3)).astype(np.float32)


def test_all_runtimes_give_the_same_logits(opened, network):
    expected = TorchRuntime(network, SPEC, "id", "cpu").logits(pictures())
    for runtime in (opened(), opened(), opened("cpu"), opened(runtime="torch"), opened(runtime="onnxruntime")):
        np.testing.assert_allclose(runtime.logits(pictures()), expected, atol=1e-5)
        assert runtime.model_id == "id"


def test_the_fastest_is_measured_once(opened, cache, monkeypatch):
    opened()
    (record,) = (cache / "runtimes").iterdir()
    written = record.stat().st_mtime_ns
    opened()
    assert record.stat().st_mtime_ns == written


def test_on_a_cpu_a_named_runtime_is_used_without_measuring(opened, cache, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert isinstance(opened(runtime="torch"), TorchRuntime)
    assert isinstance(opened("cpu"), TorchRuntime)
    assert isinstance(opened(runtime="onnxruntime"), OnnxRuntime)
    monkeypatch.setenv("XAI_RUNTIME", "torch")
    assert isinstance(opened(), TorchRuntime)
    assert not (cache / "runtimes").exists()


def test_an_unknown_runtime_is_refused_with_those_that_exist(opened, monkeypatch):
    with pytest.raises(ModelRefused, match="'magic' is not known here") as refused:
        opened(runtime="magic")
    assert refused.value.hint == "Choose one of auto, torch, onnxruntime."
    monkeypatch.setenv("XAI_RUNTIME", "fog")
    with pytest.raises(ModelRefused, match="'fog' is not known here"):
        opened()


def test_a_combination_that_cannot_run_is_refused(opened, network, tmp_path):
    with pytest.raises(ModelRefused, match="onnxruntime runs on the CPU only"):
        opened("cuda", "onnxruntime")
    export(network, SPEC, tmp_path / "graph.onnx")
    with pytest.raises(ModelRefused, match=r"torch cannot run graph\.onnx"):
        open_graph(read_plain_graph(tmp_path / "graph.onnx"), SPEC, "id", device="auto", runtime="torch", view=None)


def test_a_graph_of_the_user_is_tuned_too(network, tmp_path, cache):
    export(network, SPEC, tmp_path / "graph.onnx")
    expected = TorchRuntime(network, SPEC, "id", "cpu").logits(pictures())
    for _ in range(2):
        runtime = open_graph(
            read_plain_graph(tmp_path / "graph.onnx"), SPEC, "id", device="auto", runtime=None, view=None
        )
        np.testing.assert_allclose(runtime.logits(pictures()), expected, atol=1e-5)
    assert len(list((cache / "runtimes").iterdir())) == 1


def test_a_damaged_graph_in_the_cache_is_exported_again(opened, cache):
    opened(runtime="onnxruntime")
    (graph,) = (cache / "graphs").iterdir()
    graph.write_bytes(b"half a graph")
    assert opened(runtime="onnxruntime").logits(pictures()).shape == (5, 2)
    onnx.checker.check_model(onnx.load(graph))


def test_a_network_is_exported_once_and_the_graphs_used_least_recently_are_removed(network, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_export, "MAX_GRAPHS", 2)
    export_once(network, SPEC, "one", tmp_path)
    for name in ("two", "three"):
        export_once(network, SPEC, name, tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.onnx")) == ["three.onnx", "two.onnx"]
    assert list(tmp_path.glob("*.part")) == []
