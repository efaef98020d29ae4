"""A model file gets another last layer, and opens as before."""

import json

import numpy as np
import onnx
import pytest
from safetensors.numpy import load_file

from tests.conftest import SIDE, colour_spec
from xai_core.errors import ModelRefused
from xai_core.model.spec import ModelSpec, default_spec
from xai_core.runtimes.architectures import build_network
from xai_core.runtimes.checkpoint import open_model
from xai_core.runtimes.last_layer.exchange import REPAIR_KEY, ExchangeableModel
from xai_core.runtimes.last_layer.search import find_last_layer
from xai_core.runtimes.opening.writing import save_checkpoint
from xai_core.runtimes.sources.safetensors_file import open_layers
from xai_core.runtimes.torch_runtime import TorchRuntime

RNG = np.random.default_rng(0)
EMBEDDINGS = RNG.normal(size=(20, 5)).astype(np.float32)
WEIGHT, BIAS = RNG.normal(size=(3, 5)).astype(np.float32), np.float32([1, 2, 3])
LOGITS = EMBEDDINGS @ WEIGHT.T + BIAS


@pytest.mark.parametrize("transposed", [False, True])
def test_the_layer_is_known_by_what_it_computes(transposed):
    decoys = {"first": RNG.normal(size=(3, 5)).astype(np.float32), "scale": np.float32([1, 1, 1])}
    stored = (WEIGHT.T if transposed else WEIGHT).astype(np.float16)
    found = find_last_layer(decoys | {"head": stored, "offset": BIAS}, EMBEDDINGS.astype(np.float16), LOGITS, "net")
    assert (found.weight_name, found.bias_name, found.transposed) == ("head", "offset", transposed)
    assert found.weight == pytest.approx(WEIGHT, abs=2e-3)


def test_weights_of_a_convolution_of_one_pixel_count():
    found = find_last_layer({"head": WEIGHT[..., None, None], "offset": BIAS}, EMBEDDINGS, LOGITS, "net")
    assert found.weight.shape == (3, 5)


def test_a_file_without_such_a_layer_is_refused():
    with pytest.raises(ModelRefused, match="No weights of net turn its 5 embeddings into its 3 logits"):
        find_last_layer({"head": WEIGHT, "offset": BIAS + 9}, EMBEDDINGS, LOGITS, "net")


@pytest.fixture
def pictures():
    return RNG.uniform(-1, 1, (6, SIDE, SIDE, 3)).astype(np.float32)


def test_an_onnx_file_keeps_everything_but_the_layer(tiny_model, tmp_path, pictures):
    spec = ModelSpec.from_json(colour_spec(), "spec")
    logits, embeddings = open_model(tiny_model, device="cpu").logits_and_embeddings(pictures)
    model = ExchangeableModel(tiny_model, spec, embeddings, logits)
    out = tmp_path / "new.onnx"
    weight, bias = 2 * model.layer.weight[::-1], model.layer.bias + 1
    written = model.write(out, weight, bias, {"cure": "refit"})
    repaired = open_model(out, device="cpu")
    assert repaired.spec == written
    assert repaired.spec.training == {"repair": {"cure": "refit"}}
    assert repaired.logits(pictures) == pytest.approx(embeddings @ weight.T + bias, abs=1e-4)
    (entry,) = (prop for prop in onnx.load(out).metadata_props if prop.key == REPAIR_KEY)
    assert json.loads(entry.value) == {"cure": "refit"}


def test_a_checkpoint_keeps_everything_but_the_layer(tmp_path, pictures):
    spec = ModelSpec.from_json(
        default_spec(("a", "b", "c"), "mobilenet_v3_small").to_json()
        | {"input_size": [SIDE, SIDE], "resize": "stretch"},
        "spec",
    )
    path = tmp_path / "net.safetensors"
    network = build_network("mobilenet_v3_small", 3)
    save_checkpoint(path, network, spec, half=True)
    network.load_state_dict(open_layers(path, spec.architecture).state_dict())
    logits, embeddings = TorchRuntime(network, spec, "before", "cpu").logits_and_embeddings(pictures)
    model = ExchangeableModel(path, spec, embeddings, logits)
    out = tmp_path / "new.safetensors"
    weight, bias = -model.layer.weight, model.layer.bias + np.float32([0, 1, 0])
    model.write(out, weight, bias, {"cure": "refit"})
    repaired = TorchRuntime(open_layers(out, spec.architecture), spec, "after", "cpu")
    assert repaired.logits(pictures) == pytest.approx(embeddings @ weight.T + bias, abs=1e-3)
    before, after = load_file(path), load_file(out)
    assert {name for name, tensor in before.items() if not np.array_equal(tensor, after[name])} == {
        model.layer.weight_name,
        model.layer.bias_name,
    }


def test_another_ending_is_refused(tiny_model, tmp_path, pictures):
    spec = ModelSpec.from_json(colour_spec(), "spec")
    logits, embeddings = open_model(tiny_model, device="cpu").logits_and_embeddings(pictures)
    model = ExchangeableModel(tiny_model, spec, embeddings, logits)
    with pytest.raises(ModelRefused, match=r"The file to write is new\.pth"):
        model.write(tmp_path / "new.pth", model.layer.weight, model.layer.bias, {})
