"""The demo's network runs without torch, from a graph that is filled with its weights, as torch runs it."""

import json

import numpy as np
import pytest
from safetensors import safe_open

from xai_core.demo.first_run import MODEL
from xai_core.model.spec import ModelSpec, model_id
from xai_core.runtimes.onnx_runtime import OnnxRuntime
from xai_core.runtimes.opening.known_graphs import filled, open_known
from xai_core.runtimes.sources.onnx_graph.runnable import read_plain_graph
from xai_core.runtimes.sources.request import OpenRequest
from xai_core.runtimes.sources.safetensors_file import open_layers
from xai_core.runtimes.torch_runtime import TorchRuntime


@pytest.fixture(scope="module")
def checkpoint():
    with safe_open(MODEL, framework="np") as file:
        spec = ModelSpec.from_json(json.loads(file.metadata()["spec"]), "demo")
        return {name: file.get_tensor(name) for name in file.keys()}, spec  # noqa: SIM118 - it is no mapping


def test_the_logits_are_those_of_torch(checkpoint, tmp_path):
    tensors, spec = checkpoint
    graph = filled(tensors, spec)
    (tmp_path / "demo.onnx").write_bytes(graph.SerializeToString())
    pictures = np.random.default_rng(0).normal(size=(2, *spec.input_size, 3)).astype(np.float32)
    found = OnnxRuntime(read_plain_graph(tmp_path / "demo.onnx"), spec, "demo").logits(pictures)
    expected = TorchRuntime(open_layers(MODEL, "efficientnet_b1"), spec, "demo", "cpu").logits(pictures)
    assert np.abs(found - expected).max() < 2e-6 * np.ptp(expected)


@pytest.mark.parametrize("change", ["missing", "further", "shape", "labels"])
def test_the_tensors_of_another_network_are_left_to_torch(checkpoint, change):
    tensors, spec = dict(checkpoint[0]), checkpoint[1]
    if change == "missing":
        del tensors["features.0.1.running_var"]
    elif change == "further":
        tensors["adapter.weight"] = np.zeros(3, np.float32)
    elif change == "shape":
        tensors["features.0.0.weight"] = np.zeros((32, 3, 5, 5), np.float32)
    else:
        tensors["classifier.1.bias"] = tensors["classifier.1.bias"][:100]
    assert filled(tensors, spec) is None


def test_the_demo_is_opened_from_its_file_under_its_usual_id(checkpoint):
    opened = open_known(MODEL, OpenRequest(runtime="onnxruntime"))
    assert opened.runtime.model_id == model_id(MODEL, checkpoint[1])
    assert opened.origins["preprocessing"] == "the header of the file"


def test_options_that_change_how_a_file_is_read_are_left_to_torch():
    assert open_known(MODEL, OpenRequest(architecture="efficientnet_b1")) is None
