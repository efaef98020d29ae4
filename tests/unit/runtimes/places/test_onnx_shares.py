"""Parts of places in ONNX graphs of all exporters' forms, and none where the logits are no sum over places."""

import numpy as np
import pytest

from tests.unit.runtimes.sources.onnx_graph.graphs import BIAS, WEIGHT, info, model, node
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.onnx_runtime import OnnxRuntime
from xai_core.runtimes.sources.onnx_graph.prepare import prepare_graph
from xai_core.runtimes.sources.onnx_graph.runnable import Finding, build_runnable

HEIGHT, WIDTH = 2, 3
SPEC = ModelSpec(labels=("a", "b", "c"), input_size=(HEIGHT, WIDTH), short_side=None, interpolation="bilinear")
SCALE, SHIFT = np.array([2, 0.5, -1], np.float32), np.array([0.1, -0.2, 0.3], np.float32)
LINEAR = node("Gemm", "v w b", "y")
MEAN = node("ReduceMean", "x", "v", axes=[2, 3], keepdims=0)
CONSTANTS = {
    "w": WEIGHT,
    "wt": WEIGHT.T.copy(),
    "b": BIAS,
    "kernel": WEIGHT.T[:, :, None, None].copy(),
    "scale": SCALE,
    "shift": SHIFT,
    "two": np.float32(2),
    "half": np.float32(0.5),
    "epsilon": np.float32(1e-5),
    "tokens": np.array([0, 3, -1]),
    "vector": np.array([0, -1]),
    "three": np.array([3, -1]),
    "nought": np.array(0),
    "first": np.array([0]),
    "rest": np.array([-1]),
    "zeros": np.zeros(3, np.float32),
    "ones": np.ones(3, np.float32),
}


def opened(*nodes, opset=17, labels=SPEC.labels, **given):
    constants = CONSTANTS | given
    used = {name for entry in nodes for name in entry.input}
    made = model(
        head=False,
        tail=nodes,
        constants={name: value for name, value in constants.items() if name in used},
        inputs=[info("x", ["n", 3, HEIGHT, WIDTH])],
        opset=opset,
    )
    spec = ModelSpec(labels=labels, input_size=SPEC.input_size, short_side=None, interpolation="bilinear")
    prepared = prepare_graph(made, "made.onnx", labels=len(labels))
    return OnnxRuntime(build_runnable(prepared, Finding(channels_last=False), "made.onnx"), spec, "id")


def pictures():
    return np.random.default_rng(4).normal(size=(3, HEIGHT, WIDTH, 3)).astype(np.float32)


def plain_shares():
    """The shares of a mean and the linear layer, for the pictures themselves as feature maps."""
    return (pictures().reshape(3, HEIGHT * WIDTH, 3) @ WEIGHT + BIAS) / (HEIGHT * WIDTH)


FORMS = {
    "gemm": [MEAN, LINEAR],
    "gemm transposed": [MEAN, node("Gemm", "v wt b", "y", transB=1)],
    "matmul and add": [MEAN, node("MatMul", "v w", "z"), node("Add", "b z", "y")],
    "global average pool": [
        node("GlobalAveragePool", "x", "p"),
        node("Flatten", "p", "f"),
        node("Dropout", "f", "v"),
        LINEAR,
    ],
    "average pool of the whole map": [
        node("AveragePool", "x", "p", kernel_shape=[HEIGHT, WIDTH]),
        node("Reshape", "p vector", "v"),
        LINEAR,
    ],
    # As torch exports x.view(x.size(0), -1).
    "reshaped to the number of pictures": [
        node("GlobalAveragePool", "x", "p"),
        node("Shape", "p", "sizes"),
        node("Gather", "sizes first", "count", axis=0),
        node("Concat", "count rest", "shape", axis=0),
        node("Reshape", "p shape", "v"),
        LINEAR,
    ],
    # As torch exports an index of both axes.
    "the only place by its index": [
        node("GlobalAveragePool", "x", "p"),
        node("Gather", "p nought", "g", axis=3),
        node("Gather", "g nought", "v", axis=-1),
        LINEAR,
    ],
    "mean of columns, then of rows": [
        node("ReduceMean", "x", "c", axes=[3], keepdims=0),
        node("ReduceMean", "c", "v", axes=[2], keepdims=0),
        LINEAR,
    ],
    "channels last": [
        node("Transpose", "x", "t", perm=[0, 2, 3, 1]),
        node("ReduceMean", "t", "v", axes=[-3, -2], keepdims=0),
        LINEAR,
    ],
    "tokens": [
        node("Reshape", "x tokens", "r"),
        node("Transpose", "r", "t", perm=[0, 2, 1]),
        node("ReduceMean", "t", "v", axes=[1], keepdims=0),
        LINEAR,
    ],
    "convolution of one place": [
        node("GlobalAveragePool", "x", "p"),
        node("Conv", "p kernel b", "c"),
        node("Flatten", "c", "y"),
    ],
    "linear layer before the mean": [
        node("Conv", "x kernel b", "c"),
        node("GlobalAveragePool", "c", "p"),
        node("Flatten", "p", "y"),
    ],
    "temperature": [MEAN, node("Gemm", "v w b", "z"), node("Div", "z two", "q"), node("Div", "q half", "y")],
    "two heads": [
        MEAN,
        node("Gemm", "v w b", "z1"),
        node("Gemm", "v w b", "z2"),
        node("Add", "z1 z2", "s"),
        node("Mul", "s half", "y"),
    ],
    "softmax": [MEAN, node("Gemm", "v w b", "z"), node("Softmax", "z", "y")],
}


@pytest.mark.parametrize("form", FORMS)
def test_the_shares_are_those_of_the_feature_map(form):
    runtime = opened(*FORMS[form])
    logits, shares = runtime.place_logits(pictures(), [2, 0])
    assert runtime.place_grid == (HEIGHT, WIDTH)
    np.testing.assert_allclose(shares, plain_shares()[:, :, [2, 0]], atol=1e-6)
    np.testing.assert_allclose(shares.sum(axis=1), logits[:, [2, 0]], atol=1e-6)


def test_a_sum_over_places_is_not_divided():
    runtime = opened(node("ReduceSum", "x axes", "v", keepdims=0), LINEAR, axes=np.array([2, 3]))
    expected = pictures().reshape(3, -1, 3) @ WEIGHT + BIAS / (HEIGHT * WIDTH)
    np.testing.assert_allclose(runtime.place_logits(pictures(), [0, 1, 2])[1], expected, atol=1e-5)


NORMS = {
    "layer norm": [node("LayerNormalization", "p scale shift", "v", axis=-1, epsilon=1e-5)],
    "layer norm of an early opset": [
        node("ReduceMean", "p", "m", axes=[-1], keepdims=1),
        node("Sub", "p m", "d"),
        node("Pow", "d two", "s"),
        node("ReduceMean", "s", "variance", axes=[-1], keepdims=1),
        node("Add", "variance epsilon", "shifted"),
        node("Sqrt", "shifted", "root"),
        node("Div", "d root", "u"),
        node("Mul", "u scale", "scaled"),
        node("Add", "scaled shift", "v"),
    ],
}


@pytest.mark.parametrize("norm", NORMS)
def test_a_layer_norm_of_the_mean_is_linear_at_its_own_mean_and_deviation(norm):
    runtime = opened(node("ReduceMean", "x", "p", axes=[2, 3], keepdims=0), *NORMS[norm], LINEAR)
    features = pictures().reshape(3, -1, 3).astype(np.float64)
    deviation = np.sqrt(features.mean(1).var(1) + 1e-5)[:, None, None]
    linear = (features - features.mean(2, keepdims=True)) / deviation * SCALE @ WEIGHT
    expected = (linear + SHIFT @ WEIGHT + BIAS) / (HEIGHT * WIDTH)
    logits, shares = runtime.place_logits(pictures(), [0, 1, 2])
    np.testing.assert_allclose(shares, expected, atol=1e-5)
    np.testing.assert_allclose(shares.sum(axis=1), logits, atol=1e-6)


def test_a_batch_norm_of_the_mean_belongs_to_the_linear_layer():
    norm = node("BatchNormalization", "f scale shift zeros ones", "v", epsilon=0.0)
    pool = node("ReduceMean", "x", "f", axes=[2, 3], keepdims=0)
    expected = (pictures().reshape(3, -1, 3) * SCALE @ WEIGHT + SHIFT @ WEIGHT + BIAS) / (HEIGHT * WIDTH)
    np.testing.assert_allclose(opened(pool, norm, LINEAR).place_logits(pictures(), [0, 1, 2])[1], expected, atol=1e-6)


def test_the_logits_of_a_single_number_are_zero_and_its_own_shares():
    runtime = opened(
        MEAN,
        node("Gemm", "v column", "z"),
        node("Sigmoid", "z", "y"),
        labels=("no", "yes"),
        column=WEIGHT[:, :1].copy(),
    )
    shares = runtime.place_logits(pictures(), [0, 1])[1]
    expected = pictures().reshape(3, -1, 3) @ WEIGHT[:, 0] / (HEIGHT * WIDTH)
    np.testing.assert_allclose(shares, np.stack([0 * expected, expected], axis=2), atol=1e-6)


WITHOUT = {
    "hidden layer": [MEAN, node("Gemm", "v w b", "h"), node("Relu", "h", "r"), node("Gemm", "r w b", "y")],
    "maximum over places": [node("GlobalMaxPool", "x", "p"), node("Flatten", "p", "v"), LINEAR],
    "mean over the channels": [node("ReduceMean", "x", "m", axes=[1, 3], keepdims=0), node("Gemm", "m other", "y")],
    "mixed pictures": [
        node("GlobalAveragePool", "x", "p"),
        node("Reshape", "p three", "r"),
        node("Transpose", "r", "v", perm=[1, 0]),
        LINEAR,
    ],
    "some of the channels": [MEAN, node("Gather", "v some", "g", axis=1), node("Gemm", "g w b", "y")],
    "one place": [
        node("MaxPool", "x", "s", kernel_shape=[HEIGHT, WIDTH]),
        node("ReduceMean", "s", "v", axes=[2, 3], keepdims=0),
        LINEAR,
    ],
}


@pytest.mark.parametrize("form", WITHOUT)
def test_logits_that_are_no_sum_over_places_have_none(form):
    runtime = opened(*WITHOUT[form], other=np.ones((HEIGHT, 3), np.float32), some=np.array([2, 0, 1]))
    assert runtime.place_grid is None
    assert runtime.logits(pictures()).shape == (3, 3)
    with pytest.raises(ValueError, match="no sum over places"):
        runtime.place_logits(pictures(), [0])


def test_rounding_to_half_precision_is_spread_over_the_places():
    half = {"w": WEIGHT.astype(np.float16), "b": BIAS.astype(np.float16)}
    runtime = opened(
        node("Cast", "x", "h", to=10),
        node("ReduceMean", "h", "v", axes=[2, 3], keepdims=0),
        node("Gemm", "v w b", "z"),
        node("Cast", "z", "y", to=1),
        **half,
    )
    logits, shares = runtime.place_logits(pictures(), [0, 1, 2])
    np.testing.assert_allclose(shares.sum(axis=1), logits, atol=1e-6)
    np.testing.assert_allclose(shares, plain_shares(), atol=2e-3)
