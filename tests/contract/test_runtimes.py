"""Contract of all runtimes, checked on one small network that each library runs in each layout."""

import threading

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from xai_core.errors import ExplanationFailed, ModelRefused
from xai_core.model.places import PlaceRuntime
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.checkpoint import open_model
from xai_core.runtimes.device_runtime import DeviceRuntime
from xai_core.runtimes.onnx_export import export
from xai_core.runtimes.onnx_runtime import OnnxRuntime
from xai_core.runtimes.sources.onnx_graph.runnable import read_plain_graph
from xai_core.runtimes.torch_runtime import TorchRuntime

HEIGHT, WIDTH, LABELS, FEATURES = 12, 10, 5, 8
SPEC = ModelSpec(
    labels=tuple(f"class_{number}" for number in range(LABELS)),
    input_size=(HEIGHT, WIDTH),
    short_side=None,
    interpolation="bilinear",
)
KINDS = [
    "torch",
    "torch composing",
    pytest.param(
        "torch cuda",
        marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device that torch can use"),
    ),
    "torch exported",
    "onnx",
    "onnx in lanes",
    "onnx channels last",
    "onnx one by one",
    "onnx three by three",
    "onnx matmul",
    "onnx softmax",
]


def network():
    """Convolution, batch norm, pooling and a linear layer with fixed random weights."""
    torch.manual_seed(0xF00D)
    layers = nn.Sequential(
        nn.Conv2d(3, FEATURES, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(FEATURES),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(FEATURES, LABELS),
    )
    layers[1].running_mean.uniform_(-0.1, 0.1)
    layers[1].running_var.uniform_(0.5, 2)
    return layers.eval()


def as_onnx(layers, kind):
    """Return the network as an ONNX graph, in one of the shapes that exporters give it."""
    convolution, norm, linear = layers[0], layers[1], layers[5]
    tensors = {
        "kernel": convolution.weight,
        "scale": norm.weight,
        "shift": norm.bias,
        "mean": norm.running_mean,
        "variance": norm.running_var,
        "weight": linear.weight.T if kind == "onnx matmul" else linear.weight,
        "bias": linear.bias,
    }
    last = "logits" if kind != "onnx softmax" else "scores"
    gemm = [helper.make_node("Gemm", ["flat", "weight", "bias"], [last], transB=1)]
    matmul = [
        helper.make_node("MatMul", ["flat", "weight"], ["product"]),
        helper.make_node("Add", ["product", "bias"], [last]),
    ]
    channels_last = kind == "onnx channels last"
    nodes = [
        helper.make_node("Transpose" if channels_last else "Identity", ["image"], ["nchw"]),
        helper.make_node("Conv", ["nchw", "kernel"], ["convolved"], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("BatchNormalization", ["convolved", "scale", "shift", "mean", "variance"], ["scaled"]),
        helper.make_node("Relu", ["scaled"], ["positive"]),
        helper.make_node("GlobalAveragePool", ["positive"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        *(matmul if kind == "onnx matmul" else gemm),
    ]
    if channels_last:
        nodes[0].attribute.append(helper.make_attribute("perm", [0, 3, 1, 2]))
    if kind == "onnx softmax":
        nodes.append(helper.make_node("Softmax", ["scores"], ["logits"]))
    count = {"onnx one by one": 1, "onnx three by three": 3}.get(kind, "n")
    shape = [count, HEIGHT, WIDTH, 3] if channels_last else [count, 3, HEIGHT, WIDTH]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [count, LABELS])],
        [numpy_helper.from_array(tensor.detach().numpy().copy(), name) for name, tensor in tensors.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def opened(kind, layers, folder):
    if kind == "torch":
        return TorchRuntime(layers, SPEC, "id", "cpu")
    if kind == "torch composing":
        return DeviceRuntime(layers, SPEC, "id", "cpu")
    if kind == "torch cuda":
        return DeviceRuntime(layers, SPEC, "id")
    if kind == "torch exported":
        export(layers, SPEC, folder / "small.onnx")
    else:
        onnx.save(as_onnx(layers, kind), folder / "small.onnx")
    lanes = {"lanes": 3, "threads": 1, "batch": 2} if kind in ("onnx in lanes", "torch exported") else {}
    return OnnxRuntime(read_plain_graph(folder / "small.onnx"), SPEC, "id", **lanes)


@pytest.fixture(params=KINDS)
def runtime(request, tmp_path):
    return opened(request.param, network(), tmp_path)


def pictures(count, seed=1):
    return np.random.default_rng(seed).normal(size=(count, HEIGHT, WIDTH, 3)).astype(np.float32)


def test_the_logits_are_those_of_the_network_itself(runtime):
    given = pictures(7)
    with torch.inference_mode():
        expected = network()(torch.from_numpy(given.transpose(0, 3, 1, 2).copy())).numpy()
    found = runtime.logits(given)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9])
def test_batch_size_is_speed_not_meaning(runtime, count):
    given = pictures(9)
    alone = np.concatenate([runtime.logits(given[i : i + 1]) for i in range(count)])
    np.testing.assert_allclose(runtime.logits(given[:count]), alone, atol=1e-6)


@pytest.mark.parametrize("batch", [1, 2, 8])
def test_batches_of_another_size_give_the_same_logits(runtime, batch):
    given = pictures(9)
    np.testing.assert_allclose(runtime.with_batch(batch).logits(given), runtime.logits(given), atol=1e-6)
    assert runtime.preferred_batch >= 1


def test_the_memory_layout_that_the_runtime_prefers_changes_no_logit(runtime):
    given = pictures(5)
    preferred = given.transpose(0, 3, 1, 2).copy().transpose(0, 2, 3, 1) if runtime.channels_first else given
    np.testing.assert_array_equal(runtime.logits(preferred), runtime.logits(given))


def test_the_same_question_gives_the_same_bits(runtime):
    np.testing.assert_array_equal(runtime.logits(pictures(6)), runtime.logits(pictures(6)))


def test_embeddings_times_the_last_layer_are_the_logits(runtime):
    logits, embeddings = runtime.logits_and_embeddings(pictures(6))
    last = network()[5]
    assert embeddings.shape == (6, FEATURES) == (6, runtime.embedding_size)
    expected = embeddings @ last.weight.detach().numpy().T + last.bias.detach().numpy()
    np.testing.assert_allclose(logits, expected, atol=1e-6)


def test_the_shares_of_the_places_are_those_of_the_feature_map_and_sum_to_the_logit(runtime):
    given, labels = pictures(7), [4, 0, 2]
    layers = network()
    with torch.inference_mode():
        features = layers[:3](torch.from_numpy(given.transpose(0, 3, 1, 2).copy())).numpy()
    last = layers[5]
    weight, bias = last.weight.detach().numpy()[labels], last.bias.detach().numpy()[labels]
    rows, columns = features.shape[2:]
    expected = (np.einsum("kc,nchw->nhwk", weight, features) + bias).reshape(7, -1, 3) / (rows * columns)
    logits, shares = runtime.place_logits(given, labels)
    assert isinstance(runtime, PlaceRuntime)
    assert (runtime.place_grid, shares.dtype) == ((rows, columns), np.float32)
    np.testing.assert_allclose(shares, expected, atol=1e-6)
    np.testing.assert_allclose(shares.sum(axis=1), logits[:, labels], atol=1e-6)
    np.testing.assert_array_equal(logits, runtime.logits(given))
    np.testing.assert_allclose(runtime.with_batch(2).place_logits(given, labels)[1], shares, atol=1e-6)


def test_other_memory_layouts_change_no_logit(runtime):
    given = pictures(4)
    np.testing.assert_array_equal(runtime.logits(np.asfortranarray(given)), runtime.logits(given))
    np.testing.assert_array_equal(runtime.logits(given[:, ::-1]), runtime.logits(given[:, ::-1].copy()))


def test_pictures_are_only_read(runtime):
    given = pictures(5)
    given.flags.writeable = False
    runtime.logits(given)


@pytest.mark.parametrize(
    "shape", [(0, HEIGHT, WIDTH, 3), (2, WIDTH, HEIGHT, 3), (2, 3, HEIGHT, WIDTH), (HEIGHT, WIDTH, 3)]
)
def test_another_shape_is_refused_naming_both(runtime, shape):
    with pytest.raises(ValueError, match=r"shape \(.*\); expected \(n, 12, 10, 3\)"):
        runtime.logits(np.zeros(shape, np.float32))


def test_pictures_that_are_not_normalised_are_refused(runtime):
    with pytest.raises(ValueError, match="The pictures are uint8; expected normalised float32"):
        runtime.logits(np.zeros((1, HEIGHT, WIDTH, 3), np.uint8))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_outputs_that_are_not_finite_are_refused_with_their_number(kind, poison, tmp_path):
    layers = network()
    layers[5].bias.data[2] = poison
    runtime = opened(kind, layers, tmp_path)
    with pytest.raises(ExplanationFailed, match=r"not finite \(NaN or infinite\) for 3 of 3 pictures"):
        runtime.logits(pictures(3))


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_of_outputs_other_than_that_of_the_labels_is_refused(kind, tmp_path):
    layers = network()
    layers[5] = nn.Linear(FEATURES, LABELS + 1)
    with pytest.raises((ExplanationFailed, ModelRefused), match=r"6"):
        opened(kind, layers, tmp_path).logits(pictures(3))


def test_a_network_whose_last_step_is_not_linear_has_no_embeddings(tmp_path):
    layers = network()
    graph = as_onnx(layers, "onnx")
    graph.graph.node[-1].output[0] = "before"
    graph.graph.node.append(helper.make_node("Relu", ["before"], ["logits"]))
    onnx.save(graph, tmp_path / "small.onnx")
    for runtime in (
        TorchRuntime(nn.Sequential(*layers, nn.ReLU()).eval(), SPEC, "id", "cpu"),
        OnnxRuntime(read_plain_graph(tmp_path / "small.onnx"), SPEC, "id"),
    ):
        logits, embeddings = runtime.logits_and_embeddings(pictures(3))
        assert (logits.shape, embeddings, runtime.embedding_size) == ((3, LABELS), None, None)


def test_threads_that_share_a_runtime_get_their_own_logits(runtime):
    questions = [pictures(6, seed) for seed in range(8)]
    expected = [runtime.logits_and_embeddings(question) for question in questions]
    found = [None] * len(questions)

    def ask(number):
        for _ in range(10):
            found[number] = runtime.logits_and_embeddings(questions[number])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(questions))]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    for (logits, embeddings), (wanted_logits, wanted_embeddings) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(logits, wanted_logits)
        np.testing.assert_array_equal(embeddings, wanted_embeddings)


@pytest.mark.real
def test_the_real_classifier_keeps_the_contract(real):
    runtime = open_model(real.onnx)
    given = np.random.default_rng(0).uniform(0, 255, (5, *runtime.spec.input_size, 3)).astype(np.float32)
    logits, embeddings = runtime.logits_and_embeddings(given)
    assert runtime.spec.labels == tuple(real.labels)
    assert (logits.shape, embeddings.shape) == ((5, 101), (5, runtime.embedding_size))
    constants = {t.name: numpy_helper.to_array(t) for t in onnx.load(real.onnx).graph.initializer}
    last = onnx.load(real.onnx).graph.node[-1]
    weight, bias = constants[last.input[1]], constants[last.input[2]]
    np.testing.assert_allclose(embeddings @ weight.T + bias, logits, atol=1e-4)
    np.testing.assert_allclose(runtime.logits(given[3:4]), logits[3:4], atol=1e-4)
