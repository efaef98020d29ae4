"""An .onnx file of any exporter is opened right, or refused with the reason; every file of it is in its id."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from tests.unit.runtimes.sources.onnx_graph.graphs import info, model, node, true_logits
from xai_core.errors import ModelRefused
from xai_core.model import preprocess
from xai_core.model.spec import ModelSpec, model_id
from xai_core.model.spec_parts import Preprocessing
from xai_core.runtimes.checkpoint import open_model, open_with_notes
from xai_core.runtimes.sources import onnx_file

LABELS = ("red", "green", "blue")
SPEC = ModelSpec(
    labels=LABELS, input_size=(4, 4), short_side=None, interpolation="bilinear", mean=(0, 0, 0), std=(1, 1, 1)
)
UNIT = Preprocessing(value_range=(0.0, 1.0))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def views(count=5, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, 4, 4, 3), np.uint8)


def saved(tmp_path, made, name="a.onnx"):
    onnx.save(made, tmp_path / name)
    return tmp_path / name


def opened(tmp_path, made, **given):
    return open_with_notes(saved(tmp_path, made), **{"spec": SPEC, "device": "cpu"} | given)


def logits(found):
    return found.runtime.logits(preprocess.normalise(views(), found.runtime.spec))


def expected(given=None):
    return true_logits(preprocess.normalise(views() if given is None else given, SPEC))


def same_for_each_label(found, wanted):
    """Compare logits up to a number for each picture, which a softmax does not see."""
    centred = [values - values.mean(axis=1, keepdims=True) for values in (found, wanted)]
    np.testing.assert_allclose(*centred, atol=1e-4)


def test_a_plain_graph_has_the_id_of_its_bytes_and_spec(tmp_path):
    found = opened(tmp_path, model())
    assert found.runtime.model_id == model_id(tmp_path / "a.onnx", SPEC)
    assert (found.reading, found.notes, found.files) == ("", (), (tmp_path / "a.onnx",))
    np.testing.assert_allclose(logits(found), expected(), atol=1e-5)


def test_a_softmax_as_last_node_has_that_id_too(tmp_path):
    found = opened(tmp_path, model(tail=[node("Softmax", "z", "y")]))
    assert found.runtime.model_id == model_id(tmp_path / "a.onnx", SPEC)
    np.testing.assert_allclose(logits(found), expected(), atol=1e-5)


@pytest.mark.parametrize(
    "tail",
    [[node("Softmax", "z", "p"), node("Identity", "p", "y")], [node("Softmax", "z", "p"), node("Flatten", "p", "y")]],
)
def test_a_softmax_that_earlier_versions_overlooked_gives_another_id(tmp_path, tail):
    found = opened(tmp_path, model(tail=tail))
    assert found.reading == "values of z"
    assert found.runtime.model_id != model_id(tmp_path / "a.onnx", SPEC)
    assert "ends in a softmax" in found.notes[0]
    np.testing.assert_allclose(logits(found), expected(), atol=1e-5)


def test_probabilities_that_only_the_numbers_show_are_explained_by_their_logarithms(tmp_path):
    made = model(
        tail=[node("Softmax", "z", "p"), node("Mul", "p ones", "y")], constants={"ones": np.ones(3, np.float32)}
    )
    for _ in range(2):  # the second time from the stored finding
        found = opened(tmp_path, made)
        assert found.reading == "logarithms of 1"
        assert any("are probabilities" in note for note in found.notes)
        same_for_each_label(logits(found), expected())


def test_an_answer_that_depends_on_the_batch_is_computed_one_by_one(tmp_path):
    tail = [
        node("ReduceMean", "z", "all", axes=[0], keepdims=1),
        node("Mul", "all tenth", "part"),
        node("Sub", "z part", "y"),
    ]
    found = opened(tmp_path, model(tail=tail, constants={"tenth": np.float32(0.1)}))
    assert found.reading == "one by one"
    assert "Pictures are run one by one" in found.notes[-1]
    np.testing.assert_allclose(logits(found), 0.9 * expected(), atol=1e-5)


def test_other_answers_each_time_are_refused(tmp_path):
    with pytest.raises(ModelRefused, match="draws random numbers"):
        opened(tmp_path, model(tail=[node("RandomNormalLike", "z", "noise"), node("Add", "z noise", "y")]))


def test_a_dropout_in_training_mode_is_switched_off_and_changes_the_id(tmp_path):
    tail = [node("Dropout", "z half on", "y")]
    found = opened(tmp_path, model(tail=tail, constants={"half": np.float32(0.5), "on": np.bool_(True)}))
    assert "inference mode" in found.reading
    assert "Dropout is switched off" in found.notes[0]
    np.testing.assert_array_equal(logits(found), logits(found))
    np.testing.assert_allclose(logits(found), expected(), atol=1e-5)


def test_a_number_of_pictures_that_is_fixed_inside_is_found(tmp_path):
    tail = [node("Reshape", "z two", "r"), node("Identity", "r", "y")]
    found = opened(tmp_path, model(tail=tail, constants={"two": np.array([2, 3], np.int64)}))
    assert "can run only 2 pictures at a time" in found.notes[-1]
    np.testing.assert_allclose(logits(found), expected(), atol=1e-5)


def test_axes_that_are_squeezed_without_names_do_not_lose_the_batch(tmp_path):
    tail = [node("Unsqueeze", "z end", "u"), node("Squeeze", "u", "y")]
    made = model(tail=tail, constants={"end": np.array([2, 3], np.int64)}, outputs=[info("y", ["n", 3])])
    found = opened(tmp_path, made)
    np.testing.assert_allclose(logits(found), expected(), atol=1e-5)
    single = preprocess.normalise(views()[:1], SPEC)
    np.testing.assert_allclose(found.runtime.logits(single), true_logits(single), atol=1e-5)


@pytest.mark.parametrize("channels_last", [True, False])
def test_the_layout_is_found_by_a_run_where_the_graph_leaves_it_open(tmp_path, channels_last):
    front = [node("Transpose", "x", "t", perm=[0, 3, 1, 2]), node("Mul", "t one", "u")] if channels_last else []
    made = model(front=front, constants={"one": np.float32(1)}, inputs=[info("x", ["b", "p", "q", "r"])])
    if channels_last:
        made.graph.node[2].input[0] = "u"
    np.testing.assert_allclose(logits(opened(tmp_path, made)), expected(), atol=1e-5)


def test_bytes_are_taken_as_bytes(tmp_path):
    made = model(
        front=[node("Cast", "x8", "xf", to=TensorProto.FLOAT), node("Div", "xf top", "x")],
        constants={"top": np.float32(255)},
        inputs=[info("x8", ["n", 3, 4, 4], TensorProto.UINT8)],
    )
    given = ModelSpec(labels=LABELS, input_size=(4, 4), short_side=None, interpolation="bilinear")
    for spec in (SPEC, given):  # whatever the spec says about the normalisation, it is undone
        np.testing.assert_allclose(logits(opened(tmp_path, made, spec=spec)), expected(), atol=1e-5)


def test_external_data_is_part_of_the_id(tmp_path):
    def export(made):
        onnx.save_model(made, tmp_path / "a.onnx", save_as_external_data=True, location="a.onnx.data", size_threshold=0)

    export(model())
    first = open_with_notes(tmp_path / "a.onnx", spec=SPEC, device="cpu")
    assert [file.name for file in first.files] == ["a.onnx", "a.onnx.data"]
    graph = (tmp_path / "a.onnx").read_bytes()
    (tmp_path / "a.onnx.data").write_bytes((tmp_path / "a.onnx.data").read_bytes()[::-1])
    assert (tmp_path / "a.onnx").read_bytes() == graph
    assert open_model(tmp_path / "a.onnx", spec=SPEC, device="cpu").model_id != first.runtime.model_id


def test_without_a_spec_labels_size_and_normalisation_are_read_from_the_metadata(tmp_path):
    made = model(labels=json.dumps(LABELS), mean="[0.5, 0.5, 0.5]", std="[0.25, 0.25, 0.25]", crop_pct="0.8")
    found = open_with_notes(saved(tmp_path, made), device="cpu")
    spec = found.runtime.spec
    assert (spec.labels, spec.input_size, spec.short_side) == (LABELS, (4, 4), 5)
    assert (spec.mean, spec.std, spec.value_range) == ((0.5, 0.5, 0.5), (0.25, 0.25, 0.25), (0, 1))
    assert found.origins["labels"] == "its metadata (labels)"
    assert "mean, std" in found.origins["preprocessing"]
    assert found.notes == (
        "Nothing in a.onnx says this, so it is assumed: bilinear interpolation, values from 0 to 1.",
    )


def test_without_metadata_the_missing_parts_can_be_given(tmp_path):
    path = saved(tmp_path, model())
    with pytest.raises(ModelRefused, match=r"comes without a spec.*value_range, mean, std are not known") as refused:
        open_model(path, labels=LABELS, device="cpu")
    assert refused.value.argument == "mean"
    found = open_with_notes(path, labels=LABELS, preprocessing=UNIT, device="cpu")
    np.testing.assert_allclose(logits(found), expected(), atol=1e-5)
    assert found.notes[-1] == (
        "Nothing in a.onnx says this, so it is assumed: short side to 4, 4 x 4 cut from the centre, bilinear "
        "interpolation, mean 0 0 0, std 1 1 1."
    )


def test_a_size_that_is_left_open_must_be_given(tmp_path):
    path = saved(tmp_path, model(inputs=[info("x", ["n", 3, "h", "w"])]))
    with pytest.raises(ModelRefused, match="takes pictures of any size") as refused:
        open_model(path, labels=LABELS, preprocessing=UNIT, device="cpu")
    assert refused.value.argument == "size"
    sized = Preprocessing(value_range=(0.0, 1.0), input_size=(6, 4), resize="stretch")
    assert open_model(path, labels=LABELS, preprocessing=sized, device="cpu").spec.input_size == (6, 4)


def test_outputs_without_names_take_the_classes_of_the_data_and_say_so(tmp_path):
    path = saved(tmp_path, model())
    found = open_with_notes(path, classes=LABELS, preprocessing=UNIT, device="cpu")
    assert found.runtime.spec.labels == LABELS
    assert "does not name its 3 outputs" in found.notes[0]
    with pytest.raises(ModelRefused, match=r"a\.onnx does not name its 3 outputs"):
        open_model(path, classes=LABELS[:2], preprocessing=UNIT, device="cpu")


def test_labels_in_another_order_than_the_file_names_them_are_refused(tmp_path):
    path = saved(tmp_path, model(labels=json.dumps(LABELS)))
    with pytest.raises(ModelRefused, match="output 0 is 'red' there and 'blue' here"):
        open_model(path, labels=LABELS[::-1], preprocessing=UNIT, device="cpu")
    renamed = open_with_notes(path, labels=("a", "b", "c"), preprocessing=UNIT, device="cpu")
    assert "names its outputs otherwise" in renamed.notes[0]


def test_a_spec_that_contradicts_the_metadata_is_used_and_said(tmp_path):
    found = opened(tmp_path, model(mean="[0.5, 0.5, 0.5]"))
    assert found.notes == ("mean is 0, 0, 0 as given; the metadata of a.onnx say 0.5, 0.5, 0.5.",)


def test_bgr_is_fed_as_bgr(tmp_path):
    found = opened(tmp_path, model(), preprocessing=Preprocessing(channels="bgr"))
    assert found.runtime.spec.channels == "bgr"
    np.testing.assert_allclose(logits(found), expected(views()[..., ::-1]), atol=1e-5)


def test_the_output_can_be_chosen_and_is_part_of_the_id(tmp_path):
    made = model(
        tail=[node("Neg", "z", "a"), node("Mul", "z two", "y")],
        constants={"two": np.float32(2)},
        outputs=[info("a", ["n", 3]), info("y", ["n", 3])],
    )
    with pytest.raises(ModelRefused, match="has 2 outputs that fit") as refused:
        opened(tmp_path, made)
    assert refused.value.argument == "output"
    first, second = opened(tmp_path, made, output="a"), opened(tmp_path, made, output="y")
    np.testing.assert_allclose(logits(first), -expected(), atol=1e-5)
    np.testing.assert_allclose(logits(second), 2 * expected(), atol=1e-5)
    assert first.runtime.model_id != second.runtime.model_id


def test_values_of_further_inputs_are_applied_noted_and_part_of_the_id(tmp_path):
    made = model(front=[node("Sub", "p mean", "x")], inputs=[info("p", ["n", 3, 4, 4]), info("mean", ["1", 3, 1, 1])])
    with pytest.raises(ModelRefused, match="wants more than the picture") as refused:
        opened(tmp_path, made)
    assert refused.value.argument == "input"
    assert "such as mean=0.5,0.5,0.5" in refused.value.hint
    found, other = (opened(tmp_path, made, values={"mean": values}) for values in ((0.25, 0.5, 0.75), (0.5,)))
    pixels = preprocess.normalise(views(), SPEC)
    np.testing.assert_allclose(logits(found), true_logits(pixels - np.float32([0.25, 0.5, 0.75])), atol=1e-5)
    np.testing.assert_allclose(logits(other), true_logits(pixels - 0.5), atol=1e-5)
    assert found.notes == ("The input 'mean' is set to 0.25, 0.5, 0.75, as given.",)
    assert found.runtime.model_id != other.runtime.model_id
    assert model_id(tmp_path / "a.onnx", SPEC, reading=found.reading) == found.runtime.model_id


def test_files_of_weights_take_no_values(tmp_path):
    (tmp_path / "a.pth").write_bytes(b"")
    with pytest.raises(ModelRefused, match=r"a\.pth takes pictures only") as refused:
        open_model(tmp_path / "a.pth", values={"mean": (0.5,)})
    assert refused.value.argument == "input"


def test_a_draft_numbers_the_outputs_and_guesses_what_is_missing(tmp_path):
    found = open_with_notes(saved(tmp_path, model(inputs=[info("x", ["n", 3, "h", "w"])])), draft=True, device="cpu")
    spec = found.runtime.spec
    assert spec.labels == ("output 0", "output 1", "output 2")
    assert (spec.input_size, spec.mean, spec.value_range) == ((224, 224), (0.485, 0.456, 0.406), (0.0, 1.0))
    assert found.notes[0].startswith("Nothing names the outputs. They are numbered")
    assert found.notes[-1] == (
        "The guess of size, range, mean, std serves this look at the file only. A study asks for them."
    )


def test_a_model_is_tried_once_on_a_machine_and_again_on_real_pictures(tmp_path, monkeypatch):
    calls = []
    kept = onnx_file.try_on_pictures
    monkeypatch.setattr(onnx_file, "try_on_pictures", lambda *given: calls.append(1) or kept(*given))
    for _ in range(2):
        opened(tmp_path, model())
    assert len(calls) == 1
    for _ in range(2):
        opened(tmp_path, model(), pictures=lambda spec: views())
    assert len(calls) == 2
    opened(tmp_path, model())
    assert len(calls) == 2
