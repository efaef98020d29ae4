"""Tiny ONNX graphs whose logits are known: the mean colour of a picture times a matrix."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from xai_core.runtimes.onnxruntime_library import onnxruntime

WEIGHT = np.array([[2, 0, 1], [0, 2, -1], [1, -1, 2]], np.float32)
BIAS = np.array([0.5, 0, -0.5], np.float32)


def info(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def node(operation, inputs, outputs, **attributes):
    return helper.make_node(operation, inputs.split(), outputs.split(), **attributes)


def model(*, tail=(), constants=None, outputs=None, inputs=None, front=(), opset=17, head=True, **metadata):
    """A classifier of three labels; `tail` follows its logits z, and ends in y."""
    body = [
        node("ReduceMean", "x", "m", axes=[2, 3], keepdims=0),
        node("Gemm", "m w b", "z"),
    ]
    stored = {"w": WEIGHT, "b": BIAS, **(constants or {})} if head else dict(constants or {})
    graph = helper.make_graph(
        [*front, *(body if head else ()), *(tail or [node("Identity", "z", "y")])],
        "g",
        inputs or [info("x", ["n", 3, 4, 4])],
        outputs or [info("y", None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in stored.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    helper.set_model_props(made, metadata)
    return made


def pictures(count=4, size=4, seed=3):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(count, 1, 1, 3)) + 0.1 * rng.normal(size=(count, size, size, 3))).astype(np.float32)


def true_logits(given):
    return given.mean(axis=(1, 2)) @ WEIGHT + BIAS


def session(made):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])


def answers(prepared, given):
    """Logits, and embedding where there is one, of a prepared graph."""
    picture_input = prepared.inputs[0]
    return session(prepared.model).run(prepared.logits.names, {picture_input.name: picture_input.arrange(given)})


def external(made, path, location="weights.bin"):
    onnx.save_model(made, path, save_as_external_data=True, location=location, size_threshold=0)
