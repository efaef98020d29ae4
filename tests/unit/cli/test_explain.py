"""The command `explain`."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from xai_core.cli import options
from xai_core.errors import StoreRefused
from xai_core.explain.explanation import Explanation
from xai_core.explain.store import ExplanationStore
from xai_core.settings import ENGINES
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
    assert (found["engine"], found["ranking"]) == ("partition", None)
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
    assert "Regions along edges. Least-squares values under fair-coin coalitions" in out
    assert out.splitlines()[-1].startswith("Why ravioli rather than pork chop? (seed 3) ")
    assert "hold-out R2" in out
    assert "within noise" in out


def test_a_seed_has_no_meaning_for_an_engine_without_random_numbers(run_tiny):
    run_tiny("explain", "pork_chop/4", "--evals", 40)
    assert json.loads(run_tiny("explain", "pork_chop/4", "--evals", 40, "--seed", 5, "--json")[1])["cached"]


def test_every_engine_can_be_chosen():
    assert tuple(options.Engine) == tuple(ENGINES)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("pizza/99",), "There is no picture 'pizza/99' here. Did you mean pizza/"),
        (("pizza/5",), "pizza/5 cannot be read: it is not a picture of a known kind"),
        (("pizza/1", "--evals", 1), "evaluations is 1; expected at least 2"),
        (("pizza/1", "--blur", 0), "blur is 0; expected at least 1 pixel"),
        (("pizza/1", "--blur", -3), "blur is -3; expected at least 1 pixel"),
        (("pizza/1", "--blur", 33), "blur is 33; expected at most 32 pixels, the side of the model's input"),
        (("pizza/1", "--top-k", 0), "top-k is 0; expected 1 to 4, the number of labels"),
        (("pizza/1", "--top-k", 5), "top-k is 5; expected 1 to 4, the number of labels"),
        (("pizza/1", "--steer", 5), "steer_top is 5; expected at most 4, the number of labels. Option: --steer."),
        (("pizza/1", "--search-width", 0), "search width is 0; expected at least 1 evaluation"),
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
