"""Sizes that a graph computes from its own shapes become constants where every batch gives the same."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper

from tests.unit.runtimes.sources.onnx_graph.graphs import answers, info, model, node, pictures, session
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.onnxruntime_library import onnxruntime
from xai_core.runtimes.sources.onnx_graph.computed_sizes import equal_constants, store_constants
from xai_core.runtimes.sources.onnx_graph.picture_trial import try_on_pictures
from xai_core.runtimes.sources.onnx_graph.prepare import prepare_graph
from xai_core.runtimes.sources.onnx_graph.runnable import Finding, build_runnable

SPEC = ModelSpec(labels=("a", "b", "c"), input_size=(4, 4), short_side=None, interpolation="bilinear")


def same_padding(**given):
    """A convolution with TensorFlow's "same" padding, computed from the shape of the picture as exporters do."""
    front = [
        node("Shape", "p", "shape"),
        node("Gather", "shape two", "height", axis=0),
        node("Mod", "height two_scalar", "odd"),
        node("Add", "odd one", "more"),
        node("Unsqueeze", "more zero", "more1"),
        node("Concat", "none6 more1 more1", "pads", axis=0),
        node("Pad", "p pads ", "q"),
        node("Conv", "q kernel", "x", kernel_shape=[2, 2], strides=[2, 2]),
    ]
    front[-2].input.append("")
    constants = {
        "two": np.int64(2),
        "two_scalar": np.int64(2),
        "one": np.int64(1),
        "zero": np.array([0], np.int64),
        "none6": np.zeros(6, np.int64),
        "kernel": np.random.default_rng(0).normal(size=(3, 3, 2, 2)).astype(np.float32),
    }
    return model(front=front, constants=constants, inputs=[info("p", ["n", 3, "h", "w"])], **given)


def tried(made, count=4):
    def prepare(probabilities):
        return prepare_graph(made, "a.onnx", labels=3, probabilities=probabilities)

    return try_on_pictures(prepare, prepare(None), pictures(count), SPEC, "a.onnx")


def kinds(made):
    return [inner.op_type for inner in made.graph.node]


def test_a_padding_that_is_computed_from_the_shape_becomes_a_constant():
    prepared, finding = tried(same_padding())
    assert finding.constants == {"pads": {"type": "int64", "shape": [8], "values": [0, 0, 0, 0, 0, 0, 1, 1]}}
    before = {count: answers(prepared, pictures(5)[:count])[0] for count in (1, 4, 5)}
    graph = build_runnable(prepared, Finding.from_json(finding.to_json()), "a.onnx")
    assert kinds(graph.model)[:3] == ["Pad", "Conv", "ReduceMean"]
    for count, wanted in before.items():
        given = {"p": graph.picture.arrange(pictures(5)[:count])}
        np.testing.assert_allclose(session(graph.model).run([graph.logits.name], given)[0], wanted, atol=1e-5)


def test_onnx_runtime_adds_the_padding_to_the_convolution_behind_it(tmp_path):
    def optimised(made):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
        onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return kinds(onnx.load(tmp_path / "optimised.onnx"))

    graph = build_runnable(*tried(same_padding()), "a.onnx")
    assert "Pad" in optimised(same_padding())
    assert "Pad" not in optimised(graph.model)
    # An empty input behind the paddings alone would prevent it.
    graph.model.graph.node[0].input.append("")
    assert "Pad" in optimised(graph.model)


def test_paddings_that_the_batch_decides_stay_computed():
    made = same_padding()
    made.graph.initializer[[tensor.name for tensor in made.graph.initializer].index("two")].CopyFrom(
        numpy_helper.from_array(np.int64(0), "two")
    )
    prepared, finding = tried(made)
    assert prepared.sizes == ("pads",)
    assert finding.constants == {}
    assert kinds(build_runnable(prepared, finding, "a.onnx").model) == kinds(prepared.model)


def test_values_of_the_picture_and_paddings_elsewhere_are_left_alone():
    made = same_padding()
    assert prepare_graph(made, "a.onnx", labels=3).sizes == ("pads",)
    made.graph.node[7].op_type = "Identity"
    del made.graph.node[7].input[1:], made.graph.node[7].attribute[:]
    assert prepare_graph(made, "a.onnx", labels=3).sizes == ()
    by_values = same_padding()
    by_values.graph.node[0].CopyFrom(node("Cast", "p", "shape", to=TensorProto.INT64))
    assert prepare_graph(by_values, "a.onnx", labels=3).sizes == ()


def test_other_answers_leave_the_graph_as_it_is(monkeypatch):
    def wrong(names, runs):
        return {name: {"type": "int64", "shape": [8], "values": [0, 0, 0, 0, 0, 0, 3, 3]} for name in names}

    monkeypatch.setattr("xai_core.runtimes.sources.onnx_graph.picture_trial.equal_constants", wrong)
    prepared, finding = tried(same_padding())
    assert finding.constants == {}
    assert kinds(build_runnable(prepared, finding, "a.onnx").model) == kinds(prepared.model)


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ([np.array([1, 2]), np.array([1, 2])], True),
        ([np.array([1, 2]), np.array([1, 3])], False),
        ([np.array([1, 2]), np.array([1, 2, 3])], False),
        ([np.float32([0.1]), np.float32([0.1])], True),
        ([np.zeros(100), np.zeros(100)], False),
        ([np.array(["a"]), np.array(["a"])], False),
        ([[np.array(1)], [np.array(1)]], False),
    ],
)
def test_only_small_equal_tensors_are_kept(values, kept):
    assert (list(equal_constants(["k"], [[value] for value in values])) == ["k"]) is kept


def test_stored_constants_keep_type_and_shape_and_remove_what_made_them():
    made = model(
        tail=[node("Shape", "z", "zs"), node("Cast", "zs", "k", to=TensorProto.FLOAT), node("Mul", "z k", "y")]
    )
    store_constants(made, equal_constants(["k"], [[np.array([[2.5]], np.float32)]]))
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in made.graph.initializer}["k"]
    assert (stored.dtype, stored.tolist()) == (np.float32, [[2.5]])
    assert kinds(made) == ["ReduceMean", "Gemm", "Mul"]
