"""The command `explain`."""

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from xai_core.cli import options
from xai_core.errors import StoreRefused
from xai_core.explain.explanation import Explanation
from xai_core.explain.store import ExplanationStore
from xai_core.palettes import PALETTES
from xai_core.settings.engine_table import ENGINES
from xai_core.settings.mask_table import MASKS
from xai_core.study import study


@pytest.fixture
def no_model(monkeypatch):
    """Fails the test if the model is loaded."""
    monkeypatch.setattr(study.Study, "open_runtime", lambda _self: pytest.fail("The model was loaded."))


def test_the_most_probable_labels_come_with_additive_figures(run_tiny):
    code, out, err = run_tiny("explain", "pork_chop/4", "--evaluations", 40, "--top-k", 2, "--json")
    found = json.loads(out)
    assert code == 0
    keys = ["image_id", "truth", "guess", "engine", "evaluations", "seconds", "labels", "ranking", "cached"]
    assert list(found) == keys
    assert found["engine"] == "regions"
    assert (found["image_id"], found["truth"], found["guess"]) == ("pork_chop/4", "pork_chop", "ravioli")
    assert (found["cached"], len(found["labels"])) == (False, 2)
    assert 2 <= found["evaluations"] <= 40
    assert found["labels"][0]["label"] == "ravioli"
    for label in found["labels"]:
        assert label["base"] + label["sum"] == pytest.approx(label["logit"], abs=1e-3)
    assert "evaluations" in err


def test_the_second_time_nothing_is_evaluated_nor_loaded_whatever_is_displayed(run_tiny, request):
    first = json.loads(run_tiny("explain", "pork_chop/4", "--evaluations", 40, "--json")[1])
    request.getfixturevalue("no_model")
    second = json.loads(run_tiny("explain", "pork_chop/4", "--evals", 40, "--top-k", 1, "--json")[1])
    assert second == first | {"cached": True, "labels": first["labels"][:1]}


def test_the_mask_and_its_colour_can_be_chosen(run_tiny, tmp_path):
    npz, asked = tmp_path / "out.npz", ("--mask", "colour", "--colour", "255,0,9")
    code, _, err = run_tiny("explain", "pork_chop/4", "--evals", 40, *asked, "--npz", npz)
    settings = Explanation.load(npz).settings
    assert (code, settings.mask, settings.colour) == (0, "colour", (255, 0, 9)), err
    code, _, err = run_tiny("explain", "pork_chop/4", "--evals", 40, "--mask", "gaussian", "--blur", 5, "--npz", npz)
    settings = Explanation.load(npz).settings
    assert (code, settings.mask, settings.blur_px) == (0, "gaussian", 5), err


def test_the_palette_changes_the_overlays_and_no_map(run_tiny, tmp_path):
    usual, other = tmp_path / "usual.png", tmp_path / "other.png"
    run_tiny("explain", "pork_chop/4", "--evals", 40, "--png", usual)
    palette = ("--palette", "orange and purple")
    _, out, _ = run_tiny("explain", "pork_chop/4", "--evals", 40, "--png", other, *palette, "--json")
    assert json.loads(out)["cached"]
    assert usual.read_bytes() != other.read_bytes()


def test_search_width_has_the_name_of_shap_too(run_tiny):
    run_tiny("explain", "pork_chop/4", "--evals", 40, "--search-width", 7)
    assert json.loads(run_tiny("explain", "pork_chop/4", "--evals", 40, "--batch-size", 7, "--json")[1])["cached"]
    assert not json.loads(run_tiny("explain", "pork_chop/4", "--evals", 40, "--json")[1])["cached"]


def test_the_files_hold_overlays_and_the_whole_explanation(run_tiny, tmp_path):
    png, npz = tmp_path / "out.png", tmp_path / "out.npz"
    code, out, _ = run_tiny("explain", "pork_chop/4", "--evals", 40, "--png", png, "--npz", npz)
    assert code == 0
    assert out.startswith("pork_chop/4 was taken for ravioli (")
    with np.load(npz, allow_pickle=False) as arrays:
        assert {"region_of", "values", "labels", "base", "full"} <= set(arrays)
    assert Explanation.load(npz).settings.evaluations == 40
    with Image.open(png) as picture:
        assert picture.format == "PNG"
        assert picture.width > 2 * picture.height


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has this device")
@pytest.mark.parametrize("option", ["--png", "--npz"])
def test_a_full_disk_is_reported_with_the_file_and_the_cure_on_one_line(run_tiny, option):
    code, _, err = run_tiny("explain", "pizza/1", "--evals", 40, option, "/dev/full")
    assert code == 1
    cure = "Free some space on the disk, or choose another file."
    assert err.splitlines()[-1] == f"error: /dev/full cannot be written: No space left on device. {cure}"
    assert Path("/dev/full").is_char_device()


def test_an_engine_that_estimates_reports_the_uncertainty(run_tiny):
    request = ("pork_chop/4", "--evals", 60, "--engine", "regions", "--seed", 3)
    code, out, _ = run_tiny("explain", *request, "--json")
    found = json.loads(out)
    assert (code, found["engine"], found["ranking"]["seed"]) == (0, "regions", 3)
    assert (found["ranking"]["of"], found["ranking"]["rather_than"]) == ("ravioli", "pork_chop")
    assert 0 <= found["ranking"]["holds"] <= 1
    assert all(0 <= label["within_noise"] <= 1 for label in found["labels"])
    _, out, _ = run_tiny("explain", *request)
    assert "Regions along edges. Least-squares values of regions along the picture" in out
    assert out.splitlines()[-1].startswith("Why ravioli rather than pork chop? (seed 3) ")
    assert "hold-out R2" in out
    assert "within noise" in out


def test_a_seed_has_no_meaning_for_an_engine_without_random_numbers(run_tiny):
    asked = ("explain", "pork_chop/4", "--evals", 40, "--engine", "partition")
    run_tiny(*asked)
    assert json.loads(run_tiny(*asked, "--seed", 5, "--json")[1])["cached"]


def test_every_entry_of_the_tables_can_be_chosen():
    assert tuple(options.Engine) == tuple(ENGINES)
    assert tuple(options.Mask) == tuple(MASKS)
    assert tuple(options.PaletteName) == tuple(PALETTES)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("pizza/99",), "There is no picture 'pizza/99' here. Did you mean pizza/"),
        (("pizza/5",), "pizza/5 cannot be read: it is not a picture of a known kind"),
        (("pizza/1", "--evals", 1), "evaluations is 1; expected at least 2"),
        (("pizza/1", "--blur", 0), "blur_px is 0; expected at least 1 pixel"),
        (("pizza/1", "--blur", -3), "blur_px is -3; expected at least 1 pixel"),
        (("pizza/1", "--blur", 33), "blur_px is 33; expected at most 32 pixels, the side of the model's input"),
        (("pizza/1", "--top-k", 0), "top-k is 0; expected 1 to 4, the number of labels"),
        (("pizza/1", "--top-k", 5), "top-k is 5; expected 1 to 4, the number of labels"),
        (("pizza/1", "--steer", 5), "steer_top is 5; expected at most 4, the number of labels. Option: --steer."),
        (
            ("pizza/1", "--search-width", 0),
            "search_width is 0; expected at least 1 evaluation, a whole number. Option: --search-width.",
        ),
        (("pizza/1", "--mask", "colour"), "colour is not given; expected three whole numbers from 0 to 255"),
        (("pizza/1", "--colour", "1,2,3"), "colour is (1, 2, 3); expected three whole numbers from 0 to 255 with the"),
        (("pizza/1", "--mask", "colour", "--colour", "red"), "colour is 'red'; expected R,G,B, three whole numbers"),
        (("pizza/1", "--mask", "colour", "--colour", "1,2,300"), "colour is (1, 2, 300); expected three whole numbers"),
        (("pizza/1", "--png", "no/such/folder/out.png"), "There is no folder"),
        (("pizza/1", "--npz", "/"), "is a folder; expected the name of a file"),
    ],
)
@pytest.mark.usefixtures("no_model")
def test_a_wrong_argument_is_refused_in_a_sentence_before_the_model_is_loaded(run_tiny, arguments, sentence):
    code, out, err = run_tiny("explain", *arguments)
    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert sentence in err


def test_a_store_that_refuses_the_explanation_costs_the_exit_code_but_not_the_answer(run_tiny, monkeypatch):
    def full(_store, _key, _explanation):
        raise StoreRefused("The disk is full.", "Free some space.")

    monkeypatch.setattr(ExplanationStore, "put", full)
    code, out, err = run_tiny("explain", "pizza/1", "--evals", 40, "--json")
    assert code == 1
    assert json.loads(out)["guess"] == "pizza"
    assert err.endswith("error: The disk is full. Free some space.\n")


def test_a_study_of_two_classes_shows_both_by_default(run, tmp_path, tiny_food101):
    for label in ("omelette", "pork_chop"):
        shutil.copytree(tiny_food101 / "food-101" / "images" / label, tmp_path / "two" / label)
    model = two_class_model(tmp_path / "two.onnx")
    studies = tmp_path / "studies"
    assert run("study", "create", "two", "--data", tmp_path / "two", "--model", model, "--studies", studies)[0] == 0
    code, out, _ = run("explain", "two", "omelette/1", "--evals", 4, "--json", "--studies", studies)
    assert (code, len(json.loads(out)["labels"])) == (0, 2)


def two_class_model(path):
    """Model of the mean colour, with two outputs."""
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, 32, 32])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 2])
    nodes = [
        helper.make_node("GlobalAveragePool", ["picture"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["means"]),
        helper.make_node("MatMul", ["means", "weights"], ["logits"]),
    ]
    weights = numpy_helper.from_array(np.array([[1, 1], [1, -1], [-1, 1]], np.float32), "weights")
    graph = helper.make_graph(nodes, "two", [picture], [logits], [weights])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    spec = {"labels": ["omelette", "pork_chop"], "input_size": [32, 32], "resize": "stretch"}
    spec |= {"interpolation": "bilinear", "value_range": [0, 1], "mean": [0.5] * 3, "std": [0.5] * 3}
    path.with_suffix(".json").write_text(json.dumps(spec), "utf-8")
    return path
