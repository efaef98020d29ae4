"""A model file opens, or is refused with a reason; nothing in it is ever executed."""

import json

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from safetensors.torch import save_file

from xai_core.errors import ModelRefused
from xai_core.model.spec import ARCHITECTURES, default_spec
from xai_core.runtimes.architectures import build_network
from xai_core.runtimes.checkpoint import open_model
from xai_core.runtimes.networks.build import build_empty
from xai_core.runtimes.networks.recognise import find_networks
from xai_core.runtimes.opening.writing import save_checkpoint

SMALL = "mobilenet_v3_small"
LABELS = tuple(f"class_{number}" for number in range(5))


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0xF00D)
    return build_network(SMALL, 5).eval()


@pytest.fixture
def saved(network, tmp_path):
    """A plain state dict in a file."""
    torch.save(network.state_dict(), tmp_path / "model.pth")
    return tmp_path / "model.pth"


def refusal(path, **given):
    with pytest.raises(ModelRefused) as refused:
        open_model(path, device="cpu", **given)
    return refused.value.sentence


def expected_logits(network, inputs):
    with torch.inference_mode():
        return network(torch.from_numpy(inputs.transpose(0, 3, 1, 2).copy())).numpy()


def inputs(size, count=2):
    return np.random.default_rng(7).normal(size=(count, *size, 3)).astype(np.float32)


def test_a_plain_state_dict_opens_with_the_default_preprocessing(network, saved):
    runtime = open_model(saved, labels=LABELS, runtime="torch", device="cpu")
    assert runtime.spec == default_spec(LABELS, SMALL)
    assert (runtime.name, runtime.embedding_size) == ("torch cpu", 1024)
    given = inputs((224, 224))
    np.testing.assert_allclose(runtime.logits(given), expected_logits(network, given), rtol=1e-4, atol=1e-6)


def test_efficientnet_b1_opens_with_the_head_of_the_recipe_and_with_a_bare_linear(tmp_path):
    recipe = build_network("efficientnet_b1", 101)
    bare = build_network("efficientnet_b1", 1)
    bare.classifier = torch.nn.Linear(1280, 101)
    bare.load_state_dict({name.replace("classifier.1.", "classifier."): t for name, t in recipe.state_dict().items()})
    labels = [f"class_{number}" for number in range(101)]
    given, found = inputs((240, 240), 1), []
    for network in (recipe, bare):
        torch.save(network.state_dict(), tmp_path / "model.pt")
        runtime = open_model(tmp_path / "model.pt", labels=labels, device="cpu")
        assert runtime.spec == default_spec(labels, "efficientnet_b1")
        found.append(runtime.logits(given))
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_is_recognised_from_its_tensors(architecture):
    (found,) = find_networks(build_empty(architecture, 3).state_dict())
    assert (found.name, found.prefix) == (architecture, "")


@pytest.mark.parametrize(("half", "tolerance"), [(False, 1e-6), (True, 1e-2)])
def test_our_own_file_needs_nothing_beside_it(network, tmp_path, half, tolerance):
    spec = default_spec(LABELS, SMALL)
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, network, spec, half=half)
    runtime = open_model(path, device="cpu")
    given = inputs((224, 224))
    wanted = expected_logits(network, given)
    assert runtime.spec == spec
    np.testing.assert_allclose(runtime.logits(given), wanted, atol=tolerance * np.abs(wanted).max())
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.safetensors"]


def test_safetensors_without_our_header_are_a_plain_state_dict(network, tmp_path):
    save_file(network.state_dict(), tmp_path / "model.safetensors")
    assert open_model(tmp_path / "model.safetensors", labels=LABELS, device="cpu").spec.labels == LABELS


def test_labels_come_from_a_file(saved, tmp_path):
    (tmp_path / "labels").write_bytes(("\ufeff" + "\r\n".join(LABELS)).encode())
    assert open_model(saved, labels=tmp_path / "labels", device="cpu").spec.labels == LABELS


def test_the_classes_of_the_data_set_name_the_outputs_where_nothing_else_does(network, saved, tmp_path):
    assert open_model(saved, classes=LABELS, device="cpu").spec.labels == LABELS
    save_checkpoint(tmp_path / "own.safetensors", network, default_spec(LABELS, SMALL))
    others = [f"other_{number}" for number in range(5)]
    assert open_model(tmp_path / "own.safetensors", classes=others, device="cpu").spec.labels == LABELS
    assert "model.pth has 5 outputs and does not name them" in refusal(saved, classes=LABELS[:3])


def test_names_of_outputs_are_not_guessed(saved):
    assert refusal(saved) == (
        "model.pth has 5 outputs and does not name them. "
        "Give a file of 5 class names, one per line, in the order of the outputs."
    )


def test_too_few_labels_are_refused_naming_both_numbers(saved):
    assert "model.pth has 5 outputs, but there are 4 labels." in refusal(saved, labels=LABELS[:4])


def test_the_same_labels_in_another_order_than_the_files_own_are_refused(network, tmp_path):
    save_checkpoint(tmp_path / "model.safetensors", network, default_spec(LABELS, SMALL))
    assert "another order than its spec" in refusal(tmp_path / "model.safetensors", labels=LABELS[::-1])


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("the file's code was run",)


@pytest.mark.parametrize("content", [lambda: build_network(SMALL, 5), lambda: {"weight": torch.zeros(1), "x": Bomb()}])
@pytest.mark.parametrize("new_format", [True, False])
def test_a_pickled_object_is_refused_and_not_run(tmp_path, content, new_format):
    torch.save(content(), tmp_path / "model.pth", _use_new_zipfile_serialization=new_format)
    message = refusal(tmp_path / "model.pth", labels=LABELS)
    assert message.startswith("model.pth holds a pickled module or other Python objects (")
    assert message.endswith("Save the weights alone: torch.save(model.state_dict(), FILE).")


@pytest.mark.parametrize("length", [0, 1, 1000, -1000])
@pytest.mark.parametrize("kind", ["pth", "safetensors", "onnx"])
def test_a_truncated_file_is_refused(network, saved, tmp_path, kind, length):
    whole = tmp_path / f"whole.{kind}"
    if kind == "pth":
        whole.write_bytes(saved.read_bytes())
    elif kind == "safetensors":
        save_checkpoint(whole, network, default_spec(LABELS, SMALL))
    else:
        onnx.save(linear_graph(), whole)
    cut = tmp_path / f"cut.{kind}"
    cut.write_bytes(whole.read_bytes()[:length])
    assert refusal(cut, labels=LABELS, spec=default_spec(LABELS, SMALL)).startswith("cut.")


def linear_graph(size=32, **shape):
    """Pixels @ weights as an ONNX graph with five outputs."""
    weights = np.ones((3 * size * size, 5), np.float32)
    given = shape.get("given", ["n", 3, size, size])
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info("image", shape.get("kind", TensorProto.FLOAT), given)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 5])],
        [helper.make_tensor("weights", TensorProto.FLOAT, weights.shape, weights.tobytes(), raw=True)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


LINEAR_SPEC = {
    "labels": list(LABELS),
    "input_size": [32, 32],
    "resize": "stretch",
    "interpolation": "bilinear",
    "value_range": [0, 1],
    "mean": [0, 0, 0],
    "std": [1, 1, 1],
}


def test_an_onnx_file_takes_the_spec_beside_it(tmp_path):
    onnx.save(linear_graph(), tmp_path / "model.onnx")
    (tmp_path / "model.json").write_text(json.dumps(LINEAR_SPEC))
    runtime = open_model(tmp_path / "model.onnx")
    assert (runtime.spec.labels, runtime.embedding_size) == (LABELS, 3 * 32 * 32)
    assert runtime.logits(np.ones((1, 32, 32, 3), np.float32)).tolist() == [[3 * 32 * 32] * 5]


def test_an_onnx_file_without_a_spec_is_refused_with_the_cure(tmp_path):
    onnx.save(linear_graph(), tmp_path / "model.onnx")
    message = refusal(tmp_path / "model.onnx", labels=LABELS)
    assert message.startswith("model.onnx comes without a spec")
    assert "Write model.json beside it, or give a spec file with the keys labels, input_size, resize" in message


@pytest.mark.parametrize(
    ("graph", "spec", "message"),
    [
        ({}, {"labels": ["one", "two"]}, "model.onnx has 5 outputs, but there are 2 labels."),
        ({}, {"input_size": [30, 32]}, "has shape (n, 3, 32, 32); its spec says (n, 3, 30, 32)."),
        ({"kind": TensorProto.UINT8}, {}, "cannot run model.onnx"),
        ({"given": ["n", 3 * 32 * 32]}, {}, "expected colour pictures, float or uint8 of shape (n, 3, h, w)"),
    ],
)
def test_a_graph_that_does_not_fit_its_spec_is_refused(tmp_path, graph, spec, message):
    onnx.save(linear_graph(**graph), tmp_path / "model.onnx")
    (tmp_path / "spec.json").write_text(json.dumps(LINEAR_SPEC | spec))
    assert message in refusal(tmp_path / "model.onnx", spec=tmp_path / "spec.json")


@pytest.mark.parametrize("name", ["model.pth", "model.safetensors", "model.onnx"])
def test_a_file_that_does_not_exist_is_reported_as_missing(tmp_path, name):
    assert refusal(tmp_path / name).startswith("There is no model file ")


def test_another_kind_of_file_is_refused_with_the_known_ones(tmp_path):
    (tmp_path / "model.h5").write_bytes(b"keras")
    assert refusal(tmp_path / "model.h5") == (
        "model.h5 is of no known kind. Give a .safetensors, .pth, .pt, .ckpt, .bin, .tar, .th or .onnx file."
    )


def test_a_network_that_is_not_known_is_refused_with_the_known_ones(tmp_path):
    torch.save(torch.nn.Linear(3, 5).state_dict(), tmp_path / "model.pth")
    message = refusal(tmp_path / "model.pth", labels=LABELS)
    assert message.startswith("model.pth holds 2 tensors (weight, bias, ...) of a network that is not known here.")
    assert "efficientnet_b1" in message


def test_tensors_of_another_network_than_the_named_one_are_refused(saved):
    assert "does not hold a resnet18: conv1.weight is missing" in refusal(saved, labels=LABELS, architecture="resnet18")


def test_a_head_of_unknown_layers_is_refused(network, tmp_path):
    odd = {**network.state_dict(), "classifier.7.weight": torch.zeros(5, 5)}
    torch.save(odd, tmp_path / "model.pth")
    assert "classifier.7.weight is not a tensor of that network" in refusal(tmp_path / "model.pth", labels=LABELS)
    del odd["classifier.3.weight"]
    torch.save(odd, tmp_path / "model.pth")
    assert "expected torchvision's own layers or one Linear" in refusal(tmp_path / "model.pth", labels=LABELS)


def test_a_device_that_is_not_there_is_refused(saved):
    with pytest.raises(ModelRefused, match="The device 'tpu' is not known"):
        open_model(saved, labels=LABELS, runtime="torch", device="tpu")
