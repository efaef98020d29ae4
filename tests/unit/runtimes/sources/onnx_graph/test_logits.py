import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from tests.unit.runtimes.sources.onnx_graph.graphs import (
    BIAS,
    WEIGHT,
    answers,
    info,
    model,
    node,
    pictures,
    true_logits,
)
from xai_core.errors import ModelRefused
from xai_core.runtimes.sources.onnx_graph.files import read_model
from xai_core.runtimes.sources.onnx_graph.logits import FLOOR
from xai_core.runtimes.sources.onnx_graph.prepare import prepare_graph

SHAPE = np.array([-1, 3])
EXP_SUM = [
    node("Exp", "z", "e"),
    node("ReduceSum", "e axis", "s", keepdims=1),
]
SHIFTED = [
    node("ReduceMax", "z", "top", axes=[1], keepdims=1),
    node("Sub", "z top", "shifted"),
    node("Exp", "shifted", "e"),
    node("ReduceSum", "e axis", "s", keepdims=1),
]
SOFTMAX = node("Softmax", "z", "p", axis=1)

TAILS = {
    "softmax": [node("Softmax", "z", "y", axis=1)],
    "log-softmax": [node("LogSoftmax", "z", "y", axis=1)],
    "identity": [SOFTMAX, node("Identity", "p", "y")],
    "cast": [SOFTMAX, node("Cast", "p", "y", to=TensorProto.FLOAT16)],
    "reshape": [SOFTMAX, node("Reshape", "p shape", "y")],
    "flatten": [SOFTMAX, node("Flatten", "p", "y")],
    "clip": [SOFTMAX, node("Clip", "p low high", "y")],
    "dropout": [SOFTMAX, node("Dropout", "p", "y")],
    "percent": [SOFTMAX, node("Mul", "p hundred", "y")],
    "divided": [SOFTMAX, node("Div", "p hundred", "y")],
    "rounded to 8 bits": [
        SOFTMAX,
        node("QuantizeLinear", "p step zero", "q"),
        node("DequantizeLinear", "q step zero", "y"),
    ],
    "log of softmax": [SOFTMAX, node("Add", "p tiny", "pt"), node("Log", "pt", "y")],
    "exp of log-softmax": [node("LogSoftmax", "z", "l", axis=1), node("Exp", "l", "y")],
    "exp / sum": [*EXP_SUM, node("Div", "e s", "y")],
    "exp x reciprocal of sum": [*EXP_SUM, node("Reciprocal", "s", "r"), node("Mul", "r e", "y")],
    "shifted exp / sum": [*SHIFTED, node("Div", "e s", "y")],
    "shifted - log(sum)": [*SHIFTED, node("Log", "s", "ls"), node("Sub", "shifted ls", "y")],
    "exp(z - log-sum-exp)": [
        node("ReduceLogSumExp", "z", "lse", axes=[1], keepdims=1),
        node("Sub", "z lse", "l"),
        node("Exp", "l", "y"),
    ],
    "one pixel a label": [
        node("Unsqueeze", "z axes", "u"),
        node("Softmax", "u", "p", axis=1),
        node("Transpose", "p", "t", perm=[0, 2, 3, 1]),
        node("Flatten", "t", "y"),
    ],
    "softmax twice": [SOFTMAX, node("Softmax", "p", "y", axis=1)],
    "renormalised": [SOFTMAX, node("ReduceSum", "p axis", "s", keepdims=1), node("Div", "p s", "y")],
}
CONSTANTS = {
    "shape": SHAPE,
    "low": np.float32(1e-7),
    "high": np.float32(1),
    "hundred": np.float32(100),
    "step": np.float32(1 / 255),
    "zero": np.uint8(0),
    "tiny": np.float32(1e-8),
    "axis": np.array([1]),
    "axes": np.array([2, 3]),
}


def prepared(tail=(), labels=3, output=None, **given):
    constants = CONSTANTS | given.pop("constants", {})
    return prepare_graph(model(tail=tail, constants=constants, **given), "a.onnx", labels=labels, output=output)


def refusal(*arguments, **given):
    with pytest.raises(ModelRefused) as refused:
        prepared(*arguments, **given)
    return refused.value.sentence


@pytest.mark.parametrize("tail", TAILS)
def test_the_layer_that_makes_probabilities_is_taken_off(tail):
    graph = prepared(TAILS[tail])
    given = pictures()
    logits, embedding = answers(graph, given)
    np.testing.assert_allclose(logits, true_logits(given), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(embedding, given.mean(axis=(1, 2)), rtol=1e-5, atol=1e-6)
    assert len(graph.notes) == 1
    assert "softmax" in graph.notes[0]


def test_logits_stay_as_they_are_and_nothing_is_noted():
    graph = prepared()
    assert (graph.notes, graph.logits.kind, graph.logits.width) == ((), "logits", 3)
    np.testing.assert_allclose(answers(graph, pictures())[0], true_logits(pictures()), rtol=1e-5, atol=1e-6)


def test_a_temperature_is_a_part_of_the_logits():
    tail = [node("Div", "z two", "t"), node("Softmax", "t", "y", axis=1)]
    logits, embedding = answers(prepared(tail, constants={"two": np.float32(2)}), pictures())
    np.testing.assert_allclose(logits, true_logits(pictures()) / 2, rtol=1e-5, atol=1e-6)
    assert embedding.shape == (4, 3)


def test_a_quantised_softmax_is_taken_off():
    quantised = helper.make_node(
        "QLinearSoftmax", ["q", "in", "zero", "step", "zero"], ["r"], domain="com.microsoft", axis=1, opset=17
    )
    made = model(
        tail=[node("QuantizeLinear", "z in zero", "q"), quantised, node("DequantizeLinear", "r step zero", "y")],
        constants={**CONSTANTS, "in": np.float32(0.05), "zero": np.uint8(128)},
    )
    made.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    logits = answers(prepare_graph(made, "a.onnx", labels=3), pictures())[0]
    np.testing.assert_allclose(logits, np.clip(true_logits(pictures()), -6.4, 6.35), atol=0.026)


def mean_of_two():
    return [
        node("Neg", "z", "n"),
        SOFTMAX,
        node("Softmax", "n", "p2", axis=1),
        node("Add", "p p2", "sum"),
        node("Mul", "sum half", "y"),
    ]


def test_the_mean_of_two_networks_is_explained_by_its_logarithm():
    graph = prepared(mean_of_two(), constants={"half": np.float32(0.5)})
    z = true_logits(pictures())
    softmax = [np.exp(v) / np.exp(v).sum(1, keepdims=True) for v in (z, -z)]
    np.testing.assert_allclose(answers(graph, pictures())[0], np.log(sum(softmax) / 2), rtol=1e-4, atol=1e-5)
    assert graph.logits.kind == "mixture"
    assert "Their logarithms" in graph.notes[0]


def test_probabilities_that_only_pictures_show_are_explained_by_their_logarithm():
    tail = [SOFTMAX, node("MatMul", "p eye", "y")]
    made = model(tail=tail, constants={"eye": 100 * np.eye(3, dtype=np.float32)})
    assert prepare_graph(made, "a.onnx", labels=3).logits.kind == "logits"
    logits = answers(prepare_graph(made, "a.onnx", labels=3, probabilities=100.0), pictures())[0]
    z = true_logits(pictures())
    np.testing.assert_allclose(logits, z - np.log(np.exp(z).sum(1, keepdims=True)), rtol=1e-4, atol=1e-5)


def test_the_logarithm_has_a_floor():
    made = model(tail=[node("Mul", "z zero", "zeros"), node("Abs", "zeros", "y")], constants={"zero": np.float32(0)})
    logits = answers(prepare_graph(made, "a.onnx", labels=3, probabilities=1.0), pictures())[0]
    np.testing.assert_allclose(logits, np.full((4, 3), np.log(FLOOR)), rtol=1e-5)


@pytest.mark.parametrize(
    "tail",
    [
        [node("Sigmoid", "one", "y")],
        [node("Neg", "one", "n"), node("Exp", "n", "e"), node("Add", "unit e", "d"), node("Div", "unit d", "y")],
        [node("Sigmoid", "one", "s"), node("Squeeze", "s axis", "y")],
    ],
)
def test_one_sigmoid_is_two_classes(tail):
    constants = {"column": np.array([[1], [0], [0]], np.float32), "unit": np.float32(1)}
    graph = prepared([node("MatMul", "z column", "one"), *tail], labels=2, constants=constants)
    expected = np.stack([np.zeros(4), true_logits(pictures())[:, 0]], axis=1)
    np.testing.assert_allclose(answers(graph, pictures())[0], expected, rtol=1e-5, atol=1e-6)
    assert "The first label is the class of low values" in graph.notes[-1]


def test_one_number_without_a_sigmoid_needs_two_labels():
    column = {"column": np.array([[1], [0], [0]], np.float32)}
    tail = [node("MatMul", "z column", "y")]
    assert answers(prepared(tail, labels=2, constants=column), pictures())[0].shape == (4, 2)
    assert "one number for each picture" in refusal(tail, labels=None, constants=column)


def test_independent_sigmoids_are_refused_and_the_values_before_them_can_be_chosen():
    tail = [node("Sigmoid", "z", "y")]
    assert "each of its 3 labels a probability apart" in refusal(tail)
    assert "the output z" in refusal(tail)
    np.testing.assert_allclose(
        answers(prepared(tail, output="z"), pictures())[0], true_logits(pictures()), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize(("axes", "shape"), [([2, 3], ["n", 3, 1, 1]), ([1], ["n", 1, 3]), ([2, 3], None)])
def test_axes_of_one_element_are_flattened(axes, shape):
    tail = [node("Unsqueeze", "z extra", "y")]
    graph = prepared(tail, constants={"extra": np.array(axes)}, outputs=[info("y", shape)])
    np.testing.assert_allclose(answers(graph, pictures())[0], true_logits(pictures()), rtol=1e-5, atol=1e-6)


def test_a_convolution_over_one_pixel_is_a_linear_layer():
    front = [node("GlobalAveragePool", "x", "pooled"), node("Conv", "pooled kernel b", "z")]
    made = model(
        head=False,
        front=front,
        tail=[node("Flatten", "z", "y")],
        constants={"kernel": WEIGHT.T[:, :, None, None], "b": BIAS},
    )
    logits, embedding = answers(prepare_graph(made, "a.onnx", labels=3), pictures())
    np.testing.assert_allclose(logits, true_logits(pictures()), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(embedding.reshape(4, 3), pictures().mean(axis=(1, 2)), rtol=1e-5, atol=1e-6)


def test_nodes_may_be_in_any_order():
    made = model(tail=[node("Cast", "z", "c", to=TensorProto.FLOAT), node("Softmax", "c", "y", axis=1)])
    nodes = list(made.graph.node)
    del made.graph.node[:]
    made.graph.node.extend(reversed(nodes))
    logits, embedding = answers(prepare_graph(made, "a.onnx", labels=3), pictures())
    np.testing.assert_allclose(logits, true_logits(pictures()), rtol=1e-5, atol=1e-6)
    assert embedding.shape == (4, 3)


def test_a_softmax_in_a_function_of_the_file_is_taken_off(tmp_path):
    made = model(tail=[helper.make_node("MySoftmax", ["z"], ["y"], domain="mine")])
    opsets = [helper.make_opsetid("", 17)]
    made.functions.append(
        helper.make_function("mine", "MySoftmax", ["a"], ["b"], [node("Softmax", "a", "b", axis=1)], opsets)
    )
    made.opset_import.append(helper.make_opsetid("mine", 1))
    onnx.save(made, tmp_path / "a.onnx")
    graph = prepare_graph(read_model(tmp_path / "a.onnx").model, "a.onnx", labels=3)
    np.testing.assert_allclose(answers(graph, pictures())[0], true_logits(pictures()), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", [TensorProto.FLOAT16, TensorProto.DOUBLE])
def test_logits_of_another_precision_become_float32(kind):
    graph = prepared([node("Cast", "z", "y", to=kind)], outputs=[info("y", ["n", 3], kind)])
    logits = answers(graph, pictures())[0]
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, true_logits(pictures()), rtol=2e-3, atol=2e-3)
