import numpy as np
import pytest
from onnx import TensorProto

from tests.unit.runtimes.sources.onnx_graph.graphs import answers, info, model, node, pictures, true_logits
from xai_core.errors import ModelRefused
from xai_core.runtimes.sources.onnx_graph.prepare import prepare_graph

MEAN, VARIANCE = np.array([0.1, 0.2, 0.3], np.float32), np.array([1, 2, 4], np.float32)
NORM = {"scale": np.ones(3, np.float32), "shift": np.zeros(3, np.float32), "mean": MEAN, "var": VARIANCE}


def norm(outputs, **attributes):
    return [node("BatchNormalization", "z scale shift mean var", f"n {outputs}", epsilon=0.0, **attributes), OUT]


OUT = node("Identity", "n", "y")
DROPPED = [node("Dropout", "z ratio train", "y")]


def test_dropout_is_switched_off():
    made = model(tail=DROPPED, constants={"ratio": np.float32(0.5), "train": np.bool_(True)})
    graph = prepare_graph(made, "a.onnx", labels=3)
    np.testing.assert_allclose(answers(graph, pictures())[0], true_logits(pictures()), rtol=1e-5, atol=1e-6)
    assert "one Dropout layer would still drop values" in graph.notes[0]
    assert list(made.graph.node[2].input) == ["z", "ratio", "train"], "the model that was given has changed"


def test_dropout_in_inference_mode_is_not_mentioned():
    made = model(tail=DROPPED, constants={"ratio": np.float32(0.5), "train": np.bool_(False)})
    assert prepare_graph(made, "a.onnx", labels=3).notes == ()


@pytest.mark.parametrize(
    ("opset", "outputs", "attributes"),
    [
        (9, "o1 o2 o3 o4", {}),
        (13, "o1 o2 o3 o4", {}),
        (14, "o1 o2", {"training_mode": 1}),
        (15, "o1 o2", {"training_mode": 1}),
        (17, "o1 o2", {"training_mode": 1}),
        (15, "o1 o2", {}),
    ],
)
def test_batch_normalisation_uses_the_stored_statistics(opset, outputs, attributes):
    graph = prepare_graph(model(tail=norm(outputs, **attributes), constants=NORM, opset=opset), "a.onnx", labels=3)
    expected = (true_logits(pictures()) - MEAN) / np.sqrt(VARIANCE)
    np.testing.assert_allclose(answers(graph, pictures())[0], expected, rtol=1e-5, atol=1e-6)
    assert "one BatchNormalization layer would use the statistics of the batch" in graph.notes[0]


def test_batch_normalisation_without_statistics_is_refused():
    unused = NORM | {"mean": np.zeros(3, np.float32), "var": np.ones(3, np.float32)}
    with pytest.raises(ModelRefused, match="stores no statistics"):
        prepare_graph(model(tail=norm("o1 o2", training_mode=1), constants=unused), "a.onnx", labels=3)


def test_weights_that_are_standardised_by_a_batch_normalisation_are_left_as_they_are():
    standardised = node("BatchNormalization", "rows one none none one", "v o1 o2", epsilon=0.0, training_mode=1)
    tail = [standardised, node("Squeeze", "v zero", "k"), node("MatMul", "z k", "y")]
    rows = np.random.default_rng(0).normal(size=(1, 3, 3)).astype(np.float32)
    constants = {"rows": rows, "zero": np.array([0], np.int64)}
    constants |= {"one": np.ones(3, np.float32), "none": np.zeros(3, np.float32)}
    graph = prepare_graph(model(tail=tail, constants=constants), "a.onnx", labels=3)
    matrix = (rows[0] - rows[0].mean(axis=1, keepdims=True)) / rows[0].std(axis=1, keepdims=True)
    np.testing.assert_allclose(answers(graph, pictures())[0], true_logits(pictures()) @ matrix, rtol=1e-4, atol=1e-5)
    assert graph.notes == ()


def test_logits_that_need_the_statistics_of_the_batch_are_refused():
    tail = [*norm("o1 o2", training_mode=1)[:1], node("Sub", "n o1", "y")]
    with pytest.raises(ModelRefused, match="depend on the statistics of the batch"):
        prepare_graph(model(tail=tail, constants=NORM), "a.onnx", labels=3)


def test_random_numbers_are_refused_only_on_the_way_to_the_logits():
    noise = node("RandomNormalLike", "z", "noise")
    with pytest.raises(ModelRefused, match="RandomNormalLike"):
        prepare_graph(model(tail=[noise, node("Add", "z noise", "y")]), "a.onnx", labels=3)
    beside = model(
        tail=[noise, node("Identity", "z", "y")],
        outputs=[info("y", ["n", 3]), info("noise", ["n", 4], TensorProto.FLOAT)],
    )
    assert prepare_graph(beside, "a.onnx", labels=3, output="y").logits.width == 3
