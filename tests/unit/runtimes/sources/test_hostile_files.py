"""Model files and specs that were damaged or made to harm end in a sentence, never in a traceback."""

import json
import random
import struct

import onnx
import pytest
from onnx import TensorProto, helper

from tests.conftest import colour_model, colour_spec
from xai_core.errors import ModelRefused
from xai_core.model.spec import ModelSpec, model_id
from xai_core.model.spec_checks import check_spec
from xai_core.runtimes.checkpoint import open_with_notes
from xai_core.runtimes.sources.onnx_graph.files import read_model
from xai_core.runtimes.sources.safetensors_file import read_checkpoint

HUGE, HALF = 10**400, "\ud800"
SIZES = (-(2**63), -1, 0, 3, 2**31, 2**62)


def nested(depth):
    return json.loads("[" * depth + "]" * depth)


VALUES = (
    *(
        None,
        True,
        -1,
        0,
        1,
        1e308,
        -1e308,
        float("nan"),
        float("inf"),
        HUGE,
        2**63,
        "",
        HALF,
        "x" * 100_000,
        "bilinear",
    ),
    *([], {}, nested(900), [1, 2], [0.5] * 3, [HUGE] * 3, [float("nan")] * 3, [1e-320] * 3, [1e300] * 3, [2**40] * 2),
    *({"short_side": HUGE}, {"short_side": 2**40}, {"long_side": 10**9}, {"crop_pct": 1e-300}, {"stretch": [2**40, 1]}),
    *({"a": nested(900)}, {"a": HALF}, {"a": HUGE}, ["a", "b", HALF, "d"], ["a"] * 4, [32, HUGE]),
)
KEYS = (*colour_spec(), "training", "architecture", "fill", "channels", "antialias", "resampler")


@pytest.fixture
def path(tmp_path):
    """Place of a model file, with a sound spec beside it."""
    (tmp_path / "model.json").write_text(json.dumps(colour_spec()), "utf-8")
    return tmp_path / "model.onnx"


def outcomes(tries, attempt):
    """Return how many tries were accepted. All others must be refused: any other error ends the test."""
    accepted = 0
    for made in tries:
        try:
            attempt(made)
        except ModelRefused:
            continue
        accepted += 1
    return accepted


def damaged_bytes(content, rng, tries):
    for _ in range(tries):
        data = bytearray(content)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(data))
            data[at : at + rng.randint(0, 4)] = rng.randbytes(rng.randint(0, 4))
        yield bytes(data)


def test_specs_with_impossible_values(path):
    path.write_bytes(b"weights")
    rng = random.Random(0)

    def texts():
        for _ in range(300):
            spec = colour_spec() | {rng.choice(KEYS): rng.choice(VALUES) for _ in range(rng.randint(1, 3))}
            text = json.dumps(spec)
            at = rng.randrange(len(text))
            yield text
            yield text[:at] + rng.choice(["\\ud800", "9" * 5000, "[" * 100_000, "\0", '"']) + text[at:]

    def read(text):
        spec = ModelSpec.from_json(text, "spec.json")
        check_spec(spec, "spec.json")
        assert len(model_id(path, spec)) == 24

    assert outcomes(texts(), read) < 60


def test_safetensors_files_with_impossible_headers(tmp_path):
    rng = random.Random(0)
    tensor = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
    metadata = {"spec": json.dumps(colour_spec())}

    def file(header, length=None):
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text) if length is None else length) + text + bytes(24)

    def files():
        sound = file({"w": tensor, "__metadata__": metadata})
        yield sound
        yield from damaged_bytes(sound, rng, 150)
        yield from (sound[:length] for length in (0, 4, 8, 40, len(sound) - 1))
        yield from (file({"w": tensor}, length) for length in (0, 7, 2**31, 2**40, 2**63))
        shapes = [[size] for size in SIZES] + [[2**62, 4], [4, HUGE], "x", [], nested(900)]
        offsets = [[0, 2**62], [-1, 4], [24, 0], [0], None, [0, 4.5]]
        yield from (file({"w": tensor | {"shape": shape}}) for shape in shapes)
        yield from (file({"w": tensor | {"data_offsets": offset}}) for offset in offsets)
        yield from (file({"w": tensor | {"dtype": kind}}) for kind in ("F8_E4M3", "I4", "X", "", None, "BOOL"))
        specs = (1, "[" * 50_000, "{}", '"\\ud800"', json.dumps({"labels": [HALF]}), "9" * 400, "9" * 5000)
        yield from (file({"w": tensor, "__metadata__": {"spec": spec, "more": spec}}) for spec in specs)
        yield from (file({"w": tensor, "__metadata__": other}) for other in (None, [], 1))

    def read(content):
        path = tmp_path / "model.safetensors"
        path.write_bytes(content)
        header = read_checkpoint(path).header
        if header is not None:
            ModelSpec.from_json(header, path.name)

    assert 1 <= outcomes(files(), read) < 150


def set_size(model, rng):
    rng.choice(model.graph.input[0].type.tensor_type.shape.dim).dim_value = rng.choice(SIZES)


def set_weight(model, rng):
    tensor = rng.choice(model.graph.initializer)
    if rng.random() < 0.5:
        tensor.dims.append(rng.choice(SIZES))
    else:
        tensor.data_type = rng.choice([0, 2, 8, 14, 16, 17, 99])


def set_node(model, rng):
    node = rng.choice(model.graph.node)
    node.op_type = rng.choice(["", "NoSuch", "If", "Loop", "Softmax", "Constant", "Reshape", "Identity"])
    node.input[0] = rng.choice(["", "logits", "image", "a\0b", node.output[0]])


def set_metadata(model, rng):
    long = "9" * 400
    key = rng.choice(["names", "labels", "imgsz", "mean", "std", "task"])
    text = rng.choice(
        ["[" * 5000, long, "NaN", "[1e999, 1, 1]", f"[{long}, {long}]", '{"0": "\\ud800", "1": "b"}', "-1"]
    )
    model.metadata_props.add(key=key, value=text)


def set_opset(model, rng):
    model.opset_import[0].version = rng.choice([-1, 0, 1, 9999, 2**40])


def test_onnx_files_with_impossible_content(path):
    rng = random.Random(0)

    def files():
        yield from damaged_bytes(colour_model().SerializeToString(), rng, 40)
        for change in (set_size, set_weight, set_node, set_metadata, set_opset):
            for _ in range(5):
                model = colour_model()
                change(model, rng)
                yield model.SerializeToString()

    def read(content):
        path.write_bytes(content)
        # A named library, because the search for the fastest one takes longer than the rest.
        open_with_notes(path, runtime="onnxruntime")

    assert outcomes(files(), read) < 50


def external(location, **entries):
    tensor = TensorProto(name="scale", data_type=TensorProto.FLOAT, dims=[4, 4], data_location=TensorProto.EXTERNAL)
    for key, value in {"location": location, **entries}.items():
        tensor.external_data.add(key=key, value=value)
    return tensor


def in_graph(tensor):
    model = colour_model()
    model.graph.initializer[2].CopyFrom(tensor)
    return model


def in_sparse_attribute(tensor):
    model = colour_model()
    sparse = onnx.SparseTensorProto(values=tensor, dims=[4])
    model.graph.node.append(helper.make_node("Constant", [], ["unused"], sparse_value=sparse))
    return model


def in_function(tensor):
    model = colour_model()
    node = helper.make_node("Constant", [], ["y"], value=tensor)
    model.functions.append(helper.make_function("own", "f", [], ["y"], [node], [helper.make_opsetid("", 17)]))
    model.opset_import.append(helper.make_opsetid("own", 1))
    model.graph.node.append(helper.make_node("f", [], ["unused"], domain="own"))
    return model


@pytest.mark.parametrize("place", [in_graph, in_sparse_attribute, in_function])
@pytest.mark.parametrize("location", ["../other.bin", "/etc/hostname", "C:\\x.bin", "a\0b", "*/_ORT_MEM_ADDR_/*", ""])
def test_weights_outside_the_folder_are_refused_wherever_they_stand(path, place, location):
    onnx.save(place(external(location, offset="0", length="64")), path)
    with pytest.raises(ModelRefused, match=r"which is (outside its folder|missing from)"):
        read_model(path)


def test_places_in_the_second_file_are_checked(path):
    (path.parent / "w.bin").write_bytes(bytes(64))
    for entries in ({"offset": "9" * 400}, {"offset": "x"}, {"length": "-1"}, {"length": "9" * 5000}, {"offset": "65"}):
        onnx.save(in_graph(external("w.bin", **entries)), path)
        with pytest.raises(ModelRefused, match=r"end at byte|is not a number"):
            read_model(path)


def test_an_operator_of_its_own_is_refused_with_its_name(path):
    model = colour_model()
    model.graph.node[0].domain = "com.example"
    onnx.save(model, path)
    with pytest.raises(ModelRefused, match=r"uses 'Conv' of 'com\.example', an operator of its own"):
        read_model(path)


def test_a_graph_that_feeds_itself_is_refused(path):
    model = colour_model()
    model.graph.node[0].input[0] = model.graph.node[-1].output[0]
    onnx.save(model, path)
    with pytest.raises(ModelRefused, match="a node of its graph needs its own output"):
        read_model(path)


def test_limits_are_named():
    spec = colour_spec()
    for change, words in [
        ({"training": nested(40)}, "nested more than 32 levels"),
        ({"training": {"seed": HUGE}}, "holds a number of about 400 digits"),
        ({"architecture": HALF}, r"holds '\\ud800', which is no text"),
        ({"input_size": [8192, 32]}, "pixels up to 4,096"),
        ({"std": [1e-9] * 3}, "an std of at least 1e-06"),
    ]:
        with pytest.raises(ModelRefused, match=words):
            ModelSpec.from_json(json.dumps(spec | change), "spec.json")


def test_a_text_file_named_as_a_checkpoint_is_refused_with_a_reason_in_words(tmp_path):
    path = tmp_path / "notes.pth"
    path.write_text("hello\n")
    with pytest.raises(ModelRefused, match=r"notes\.pth is truncated, damaged or no model file: [A-Z][a-z]\w+"):
        open_with_notes(path)
