import numpy as np
import pytest
from onnx import TensorProto, helper

from tests.unit.runtimes.sources.onnx_graph.graphs import answers, info, model, node, pictures, true_logits
from xai_core.errors import ModelRefused
from xai_core.runtimes.sources.onnx_graph.index import GraphIndex
from xai_core.runtimes.sources.onnx_graph.outputs import choose_output, read_class_names
from xai_core.runtimes.sources.onnx_graph.prepare import prepare_graph

Y = node("Identity", "z", "y")
BEST = node("ArgMax", "y", "k", axis=1, keepdims=0)
NAMES = ("apple", "pear", "plum")


def choice(made, labels=3, output=None):
    return choose_output(GraphIndex(made), "a.onnx", labels=labels, output=output)


def refusal(made, **given):
    with pytest.raises(ModelRefused) as refused:
        choice(made, **given)
    return refused.value.sentence


def returning(*outputs, tail=(Y,), **given):
    return model(tail=list(tail), outputs=[info(*output) for output in outputs], **given)


def zip_map(made):
    made.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))
    made.graph.node.append(
        helper.make_node("ZipMap", ["p"], ["map"], domain="ai.onnx.ml", classlabels_strings=list(NAMES))
    )
    kind = helper.make_map_type_proto(TensorProto.STRING, helper.make_tensor_type_proto(TensorProto.FLOAT, []))
    made.graph.output.append(helper.make_value_info("map", helper.make_sequence_type_proto(kind)))
    return made


def test_class_numbers_before_the_probabilities_are_passed_over():
    tail = [node("Softmax", "z", "y", axis=1), node("ArgMax", "y", "k", axis=1, keepdims=1)]
    made = returning(("k", ["n", 1], TensorProto.INT64), ("y", ["n", 3]), tail=tail)
    assert choice(made).name == "y"
    assert "Not used: 'k': int64 (n, 1)" in choice(made).notes[0]
    logits = answers(prepare_graph(made, "a.onnx", labels=3), pictures())[0]
    np.testing.assert_allclose(logits, true_logits(pictures()), rtol=1e-5, atol=1e-6)


def test_an_embedding_of_another_width_is_passed_over():
    made = returning(("big", ["n", 6]), ("y", ["n", 3]), tail=[node("Concat", "m m", "big", axis=1), Y])
    assert choice(made).name == "y"
    assert "(n, 4)" in refusal(made, labels=4)


@pytest.mark.parametrize("order", [("m", "y"), ("y", "m")])
def test_features_of_the_same_width_lead_to_the_logits(order):
    made = returning(*((name, ["n", 3]) for name in order))
    assert choice(made).name == "y"
    assert "the others of its shape lead to it" in choice(made).notes[0]


def test_logits_and_their_probabilities_are_one_choice():
    made = returning(("y", ["n", 3]), ("z", ["n", 3]), tail=[node("Softmax", "z", "y", axis=1)])
    assert choice(made).head.tensor == "z"
    assert "the same logits" in choice(made).notes[0]


def test_an_auxiliary_head_is_asked_about():
    made = returning(("a", ["n", 3]), ("y", ["n", 3]), tail=[node("Neg", "m", "a"), Y])
    assert "'a': float (n, 3), 'y': float (n, 3)" in refusal(made)
    assert "by its name" in refusal(made)
    assert choice(made, output="a").name == "a"
    assert choice(made, output="y").name == "y"


def test_an_output_called_logits_wins_over_an_auxiliary_head():
    tail = [node("Neg", "m", "aux_logits"), node("Identity", "z", "logits")]
    made = returning(("aux_logits", ["n", 3]), ("logits", ["n", 3]), tail=tail)
    assert choice(made).name == "logits"
    assert "because of its name" in choice(made).notes[0]


def test_an_output_that_does_not_exist_or_fit_is_refused():
    made = returning(("k", ["n"], TensorProto.INT64), ("y", ["n", 3]), tail=[Y, BEST])
    assert "'y': float (n, 3)" in refusal(made, output="nope")
    assert "'k' of a.onnx is int64 (n,)" in refusal(made, output="k")


@pytest.mark.parametrize(
    ("outputs", "tail"),
    [
        (
            [("k", ["n"], TensorProto.INT64)],
            [node("Softmax", "z", "p", axis=1), node("ArgMax", "p", "k", keepdims=0, axis=1)],
        ),
        (
            [("v", ["n", 2]), ("k", ["n", 2], TensorProto.INT64)],
            [node("Softmax", "z", "p", axis=1), node("TopK", "p two", "v k")],
        ),
    ],
)
def test_the_numbers_are_found_from_which_the_best_classes_are_chosen(outputs, tail):
    made = returning(*outputs, tail=tail, constants={"two": np.array([2])})
    assert (choice(made).name, choice(made).head.tensor) == ("p", "z")
    logits = answers(prepare_graph(made, "a.onnx", labels=3), pictures())[0]
    np.testing.assert_allclose(logits, true_logits(pictures()), rtol=1e-5, atol=1e-6)


def test_a_zip_map_is_taken_apart_and_names_the_labels():
    made = zip_map(model(tail=[node("Softmax", "z", "p", axis=1)]))
    made.graph.output.pop(0)
    assert read_class_names(GraphIndex(made)) == NAMES
    graph = prepare_graph(made, "a.onnx", labels=3)
    np.testing.assert_allclose(answers(graph, pictures())[0], true_logits(pictures()), rtol=1e-5, atol=1e-6)
    assert read_class_names(GraphIndex(model())) is None


@pytest.mark.parametrize("shape", [["n", 3, 8, 8], ["n", 84, 8400]])
def test_maps_and_boxes_are_no_labels(shape):
    made = model(inputs=[info("x", shape)], head=False, tail=[node("Relu", "x", "y")], outputs=[info("y", shape)])
    assert "has no output with one number for each of 3 labels" in refusal(made)


def test_a_single_picture_may_lose_its_batch_axis():
    made = model(
        inputs=[info("x", [1, 3, 4, 4])], tail=[node("Squeeze", "z first", "y")], constants={"first": np.array([0])}
    )
    assert choice(made).width == 3
    graph = prepare_graph(made, "a.onnx", labels=3)
    np.testing.assert_allclose(answers(graph, pictures(1))[0], true_logits(pictures(1)), rtol=1e-5, atol=1e-6)


def test_an_output_rounded_to_8_bits_is_used_before_the_rounding():
    tail = [node("Softmax", "z", "p", axis=1), node("QuantizeLinear", "p step zero", "y")]
    made = returning(
        ("y", ["n", 3], TensorProto.UINT8), tail=tail, constants={"step": np.float32(1 / 255), "zero": np.uint8(0)}
    )
    logits = answers(prepare_graph(made, "a.onnx", labels=3), pictures())[0]
    np.testing.assert_allclose(logits, true_logits(pictures()), rtol=1e-5, atol=1e-6)
