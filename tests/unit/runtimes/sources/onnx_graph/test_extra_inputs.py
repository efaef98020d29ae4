import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper

from tests.unit.runtimes.sources.onnx_graph.graphs import WEIGHT, answers, info, model, node, pictures, true_logits
from xai_core.errors import ModelRefused
from xai_core.runtimes.sources.onnx_graph.extra_inputs import IMAGENET_MEAN, IMAGENET_STD
from xai_core.runtimes.sources.onnx_graph.index import GraphIndex
from xai_core.runtimes.sources.onnx_graph.prepare import prepare_graph

RESCALED = 1 / np.sqrt(np.float32(IMAGENET_STD))


def keras(name="efficientnetb0", *, rescaled=True, square_root=True):
    """The first layers of Keras's EfficientNet as an export has them: mean and variance are inputs without a value."""
    spread = [node("Sqrt", "v", "s"), node("Div", "c s", "d")] if square_root else [node("Div", "c v", "d")]
    tail = [
        node("Mul", "x scale", "u"),
        node("Sub", "u m", "c"),
        *spread,
        node("Mul", "d rescale" if rescaled else "d unit", "e"),
        node("ReduceMean", "e", "f", axes=[1, 2], keepdims=0),
        node("MatMul", "f w", f"{name}/top"),
        node("Identity", f"{name}/top", "y"),
    ]
    constants = {"scale": np.float32(1 / 255), "rescale": RESCALED, "unit": np.float32(1), "w": WEIGHT}
    inputs = [info("x", ["n", 4, 4, 3]), info("m", [1, 1, 1, 3]), info("v", [1, 1, 1, 3])]
    return model(head=False, tail=tail, constants=constants, inputs=inputs)


@pytest.mark.parametrize("square_root", [True, False])
@pytest.mark.parametrize(("name", "rescaled"), [("efficientnetb0", True), ("efficientnetv2-b0", False)])
def test_keras_networks_get_their_mean_and_variance_back(name, rescaled, square_root):
    graph = prepare_graph(keras(name, rescaled=rescaled, square_root=square_root), "a.onnx", labels=3)
    pixels = 255 * np.abs(pictures())
    expected = ((pixels / 255 - np.float32(IMAGENET_MEAN)) / np.float32(IMAGENET_STD)).mean(axis=(1, 2)) @ WEIGHT
    np.testing.assert_allclose(answers(graph, pixels)[0], expected, rtol=1e-4, atol=1e-4)
    assert "'m' has no value" in graph.notes[0]
    assert "0.485, 0.456, 0.406" in graph.notes[0]


def test_a_graph_that_does_not_tell_the_values_is_refused_with_lines_that_store_them(tmp_path):
    made = keras(rescaled=False)
    with pytest.raises(ModelRefused) as refused:
        prepare_graph(made, "a.onnx", labels=3)
    assert "'m': float (1, 1, 1, 3), 'v': float (1, 1, 1, 3)" in refused.value.sentence
    line = refused.value.sentence.split("in the file: ")[1].split(". For the")[0]
    onnx.save(made, tmp_path / "a.onnx")
    for name in ("m", "v"):
        exec(line.replace("VALUES", "[[[[0.5, 0.5, 0.5]]]]").replace("'m'", repr(name)), {"FILE": tmp_path / "a.onnx"})
    graph = prepare_graph(onnx.load(tmp_path / "a.onnx"), "a.onnx", labels=3)
    assert GraphIndex(graph.model).inputs == ("x",)


def test_values_can_be_given():
    graph = prepare_graph(keras(rescaled=False), "a.onnx", labels=3, values={"m": [0.1, 0.2, 0.3], "v": [4]})
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.model.graph.initializer}
    np.testing.assert_array_equal(stored["m"].reshape(-1), np.float32([0.1, 0.2, 0.3]))
    np.testing.assert_array_equal(stored["v"], np.full((1, 1, 1, 3), 4, np.float32))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"m": [1, 2]}, "'m' of a.onnx is float (1, 1, 1, 3); 2 numbers (1, 2) do not fit it"),
        ({"m": [1e300]}, "1 number (1e+300) do not fit it"),
        ({"mean": [1]}, "'mean', which is no input that the logits need in a.onnx. Inputs that take values: 'm'"),
        ({"x": [1]}, "'x', which takes the pictures in a.onnx"),
    ],
)
def test_values_that_no_input_takes_are_refused(given, told):
    with pytest.raises(ModelRefused) as refused:
        prepare_graph(keras(rescaled=False), "a.onnx", labels=3, values=given)
    assert told in refused.value.sentence
    assert refused.value.argument == "input"


def test_a_graph_of_pictures_only_takes_no_values():
    with pytest.raises(ModelRefused, match="'w', which is no input that the logits need") as refused:
        prepare_graph(model(), "a.onnx", labels=3, values={"w": [1]})
    assert refused.value.hint == "It takes nothing but the picture."


@pytest.mark.parametrize(("shape", "count"), [([None, 3, 1, 1], 3), (["a", "b", "c", "d"], 3), (None, 3), ([1], 1)])
def test_values_take_the_shape_that_the_input_declares(shape, count):
    last = not shape or shape[-1] != 1
    front = [node("Transpose", "p", "t", perm=[0, 3, 1, 2]), node("Sub", "t s" if not last else "p s", "u")]
    tail = [node("Transpose", "u", "x", perm=[0, 3, 1, 2])] if last else [node("Identity", "u", "x")]
    made = model(front=[*front, *tail], inputs=[info("p", ["n", 4, 4, 3]), info("s", shape)])
    values = np.arange(1, count + 1, dtype=np.float32)
    graph = prepare_graph(made, "a.onnx", labels=3, values={"s": values.tolist()})
    np.testing.assert_allclose(answers(graph, pictures())[0], true_logits(pictures() - values), rtol=1e-4, atol=1e-5)


def test_whole_numbers_are_not_rounded():
    made = model(
        front=[node("Cast", "k", "f", to=TensorProto.FLOAT), node("Mul", "p f", "x")],
        inputs=[info("p", ["n", 3, 4, 4]), info("k", [], TensorProto.INT64)],
    )
    with pytest.raises(ModelRefused, match="do not fit it"):
        prepare_graph(made, "a.onnx", labels=3, values={"k": [0.5]})
    graph = prepare_graph(made, "a.onnx", labels=3, values={"k": [2]})
    np.testing.assert_allclose(answers(graph, pictures())[0], true_logits(2 * pictures()), rtol=1e-5, atol=1e-5)


def test_a_switch_for_training_is_set_to_false():
    made = model(
        tail=[node("Dropout", "z ratio is_training", "y")],
        constants={"ratio": np.float32(0.5)},
        inputs=[info("x", ["n", 3, 4, 4]), info("is_training", [], TensorProto.BOOL)],
    )
    graph = prepare_graph(made, "a.onnx", labels=3)
    np.testing.assert_allclose(answers(graph, pictures())[0], true_logits(pictures()), rtol=1e-5, atol=1e-6)


def test_an_input_that_no_logit_needs_is_left_out():
    made = model(inputs=[info("x", ["n", 3, 4, 4]), info("size", [2])])
    assert [value.name for value in prepare_graph(made, "a.onnx", labels=3).model.graph.input] == ["x"]


def test_weights_that_are_listed_as_inputs_are_no_inputs():
    made = model(inputs=[info("x", ["n", 3, 4, 4]), info("w", [3, 3]), info("b", [3])])
    np.testing.assert_allclose(
        answers(prepare_graph(made, "a.onnx", labels=3), pictures())[0], true_logits(pictures()), rtol=1e-5, atol=1e-6
    )
