import numpy as np
import pytest
from onnx import TensorProto

from tests.unit.runtimes.sources.onnx_graph.graphs import info, model, node, pictures
from xai_core.errors import ModelRefused
from xai_core.runtimes.sources.onnx_graph.index import GraphIndex
from xai_core.runtimes.sources.onnx_graph.picture_input import PictureInput, find_picture_inputs, inner_batches


def found(shape, kind=TensorProto.FLOAT, front=(), **given):
    made = model(inputs=[info("x", shape, kind)], front=front, **given)
    return find_picture_inputs(GraphIndex(made), "a.onnx")


@pytest.mark.parametrize(
    ("shape", "channels_last", "batch", "size"),
    [
        (["n", 3, 4, 6], [False], None, (4, 6)),
        (["n", 4, 6, 3], [True], None, (4, 6)),
        ([8, 3, "h", "w"], [False], 8, (None, None)),
        ([None, None, None, 3], [True], None, (None, None)),
        (["b", "h", "w", "c"], [True, False], None, (None, None)),
        (["b", "channels", "h", "w"], [False, True], None, (None, None)),
        (["b", "d1", "d2", "d3"], [False, True], None, (None, None)),
        (None, [False, True], None, (None, None)),
        ([3, 4, 6], [False], 1, (4, 6)),
        ([-1, 3, 4, 6], [False], None, (4, 6)),
        ([1, 3, 3, 3], [False], 1, (3, 3)),
    ],
)
def test_layout_batch_and_size_are_read_from_the_shape(shape, channels_last, batch, size):
    inputs = found(shape)
    assert [way.channels_last for way in inputs] == channels_last
    assert (inputs[0].batch, (inputs[0].height, inputs[0].width)) == (batch, size)
    assert inputs[0].has_batch == (shape is None or len(shape) == 4)


def test_a_transposition_at_the_start_shows_channels_last():
    made = model(
        inputs=[info("pixels", ["b", "d1", "d2", "d3"])], front=[node("Transpose", "pixels", "x", perm=[0, 3, 1, 2])]
    )
    assert [way.channels_last for way in find_picture_inputs(GraphIndex(made), "a.onnx")] == [True, False]


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        (TensorProto.FLOAT, np.float32),
        (TensorProto.FLOAT16, np.float16),
        (TensorProto.DOUBLE, np.float64),
        (TensorProto.UINT8, np.uint8),
    ],
)
def test_pictures_are_arranged_in_the_type_of_the_input(kind, dtype):
    arranged = found(["n", 3, 4, 4], kind)[0].arrange(pictures(2))
    assert (arranged.dtype, arranged.shape, arranged.flags.c_contiguous) == (dtype, (2, 3, 4, 4), True)


def test_values_keep_their_place():
    given = np.arange(24, dtype=np.float32).reshape(1, 2, 4, 3)
    first = PictureInput(name="x", dtype=np.float32, channels_last=False)
    last = PictureInput(name="x", dtype=np.float32, channels_last=True)
    assert first.arrange(given)[0, 2, 1, 3] == given[0, 1, 3, 2] == 23
    np.testing.assert_array_equal(last.arrange(given), given)


def test_the_last_picture_fills_a_fixed_batch():
    arranged = found([4, 3, 4, 4])[0].arrange(pictures(2))
    np.testing.assert_array_equal(arranged[1:], np.repeat(arranged[1:2], 3, axis=0))


def test_a_graph_without_a_batch_axis_gets_one_picture():
    assert found([3, 4, 4])[0].arrange(pictures(1)).shape == (3, 4, 4)


def test_bytes_are_what_the_pictures_were_before_their_normalisation():
    pixels = np.random.default_rng(1).integers(0, 256, (2, 4, 4, 3)).astype(np.float32)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    given = ((pixels / 255 - np.float32(mean)) / np.float32(std)).astype(np.float32)
    picture_input = found(["n", 4, 4, 3], TensorProto.UINT8)[0]
    arranged = picture_input.arrange(given, mean=mean, std=std, value_range=(0.0, 1.0))
    np.testing.assert_array_equal(arranged, pixels.astype(np.uint8))
    np.testing.assert_array_equal(picture_input.arrange(pixels), pixels.astype(np.uint8))
    assert picture_input.is_bytes


@pytest.mark.parametrize(
    ("shape", "kind", "words"),
    [
        (["n", 1, 4, 4], TensorProto.FLOAT, "grey pictures"),
        (["n", 12], TensorProto.FLOAT, "expected colour pictures"),
        (["n", 3, 4, 4], TensorProto.INT64, "expected float32, float16, double or uint8"),
    ],
)
def test_other_inputs_are_refused(shape, kind, words):
    with pytest.raises(ModelRefused, match=words):
        found(shape, kind)


def test_fixed_shapes_inside_a_graph_are_numbers_of_pictures_to_try():
    made = model(
        tail=[node("Reshape", "z four", "r"), node("Reshape", "r any", "y")],
        constants={"four": np.array([4, 3]), "any": np.array([-1, 3])},
    )
    assert inner_batches(GraphIndex(made)) == (4,)
