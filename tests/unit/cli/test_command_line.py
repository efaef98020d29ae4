"""What the commands answer, what they refuse, and how they leave."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from xai_core.cli import check, console, options
from xai_core.errors import StoreRefused
from xai_core.explain.explanation import Explanation
from xai_core.explain.store import ExplanationStore
from xai_core.settings import ENGINES
from xai_core.study import study

ROOT = Path(__file__).parents[3]

# Sends itself a signal when 8 of the 20 pictures are done: with chunks of 4, the first is kept by then.
STOPPED = """
import os, signal, sys
from xai_core.study import inference, study

# A suite that runs in the background ignores Ctrl-C, and so would what it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

inference.CHUNK = inference._BATCH = 4
asked = study.ask

def stopping(folder, pictures, runtime, workshop, progress):
    def told(done, planned):
        progress(done, planned)
        if done == 8:
            os.kill(os.getpid(), int(sys.argv[1]))

    return asked(folder, pictures, runtime, workshop, told)

study.ask = stopping
from xai_core.__main__ import main
main(sys.argv[2:])
"""


@pytest.fixture
def studies(tiny_study):
    """Folder that holds the study `tiny`."""
    return tiny_study.folder.parent


@pytest.fixture
def ask(run, studies):
    """Asks about the study `tiny`: command first, then further arguments."""

    def about_tiny(command, *arguments):
        return run(*command.split(), "tiny", *arguments, "--studies", studies)

    return about_tiny


PAIRS = [
    {"truth": "pork_chop", "guess": "ravioli", "count": 2, "share": 0.4},
    {"truth": "ravioli", "guess": "pork_chop", "count": 1, "share": 0.2},
]


class TestStudies:
    def test_create_ends_with_figures_pairs_and_unreadable_pictures(self, run, tiny_food101, tiny_model, tmp_path):
        code, out, err = run(
            "study", "create", "one", "--data", tiny_food101, "--model", tiny_model, "--studies", tmp_path / "new"
        )
        assert code == 0
        assert "one (one): 20 pictures, 1 unreadable\ntop-1 0.842, top-5 1.000" in out
        assert "pork_chop  ->  ravioli           2         40.0%" in out
        assert "Unreadable pictures\npizza/5: it is not a picture of a known kind" in out
        assert "Predicting: 20 of 20 pictures" in err

    def test_create_for_machines_is_json_alone_on_stdout(self, run, tiny_food101, tiny_model, tmp_path):
        made = ("study", "create", "one", "--data", tiny_food101, "--model", tiny_model, "--studies", tmp_path / "new")
        code, out, _ = run(*made, "--json")
        assert code == 0
        assert json.loads(out) == {"pictures": 20, "unreadable": 1, "top1": 16 / 19, "top5": 1.0, "pairs": PAIRS}

    def test_show_says_the_same_as_create_did(self, ask):
        _, out, _ = ask("study show", "--json")
        assert json.loads(out) == {"pictures": 20, "unreadable": 1, "top1": 16 / 19, "top5": 1.0, "pairs": PAIRS}

    def test_list_tells_sound_studies_from_others_and_why(self, run, studies, tiny_model):
        _, out, _ = run("study", "list", "--studies", studies)
        assert out == "tiny  20  top-1 0.842  tiny\n"
        tiny_model.unlink()
        code, out, _ = run("study", "list", "--studies", studies, "--json")
        (listed,) = json.loads(out)
        assert (code, listed["name"], listed["sound"]) == (0, "tiny", False)
        assert "colours.onnx is not there" in listed["problem"]

    def test_without_studies_list_says_how_to_make_one(self, run, tmp_path):
        code, out, _ = run("study", "list", "--studies", tmp_path / "none")
        assert code == 0
        assert "There is no study in" in out
        assert "python -m xai_core study create" in out
        assert run("study", "list", "--studies", tmp_path / "none", "--json")[1] == "[]\n"

    def test_the_environment_names_the_folder_and_the_option_goes_first(self, run, studies, tmp_path, monkeypatch):
        monkeypatch.setenv("XAI_STUDIES", str(studies))
        assert run("study", "list")[1].startswith("tiny")
        assert "There is no study" in run("study", "list", "--studies", tmp_path / "none")[1]


class TestConfusions:
    def test_all_pairs_for_machines(self, ask):
        assert json.loads(ask("confusions", "--json")[1]) == PAIRS

    def test_top_bounds_the_list(self, ask):
        assert json.loads(ask("confusions", "--top", 1, "--json")[1]) == PAIRS[:1]
        assert ask("confusions", "--top", 1)[1].splitlines()[1:] == ["pork_chop  ->  ravioli         2         40.0%"]
        assert ask("confusions", "--top", 0)[::2] == (1, "error: top is 0; expected at least 1 pair.\n")

    def test_a_model_without_mistakes_has_none(self, run, tiny_food101, tiny_model, tmp_path):
        made = ("--data", tiny_food101, "--model", tiny_model, "--limit", 4, "--studies", tmp_path / "new")
        run("study", "create", "right", *made)
        assert run("confusions", "right", "--studies", tmp_path / "new")[1].startswith("The model makes no mistake")


class TestExplain:
    def test_the_likeliest_labels_come_with_additive_figures(self, ask):
        code, out, _ = ask("explain", "pork_chop/4", "--evals", 40, "--top-k", 2, "--json")
        found = json.loads(out)
        assert code == 0
        told = ["image_id", "truth", "guess", "engine", "evaluations", "seconds", "labels", "ranking", "cached"]
        assert list(found) == told
        assert (found["engine"], found["ranking"]) == ("partition", None)
        assert (found["image_id"], found["truth"], found["guess"]) == ("pork_chop/4", "pork_chop", "ravioli")
        assert (found["cached"], len(found["labels"])) == (False, 2)
        assert 2 <= found["evaluations"] <= 40
        assert found["labels"][0]["label"] == "ravioli"
        for label in found["labels"]:
            assert label["base"] + label["sum"] == pytest.approx(label["logit"], abs=1e-3)

    def test_the_second_time_nothing_is_evaluated_nor_loaded_whatever_is_displayed(self, ask, monkeypatch):
        first = json.loads(ask("explain", "pork_chop/4", "--evals", 40, "--json")[1])
        monkeypatch.setattr(study.Study, "open_runtime", lambda _self: pytest.fail("The model was loaded."))
        second = json.loads(ask("explain", "pork_chop/4", "--evals", 40, "--top-k", 1, "--json")[1])
        assert second == first | {"cached": True, "labels": first["labels"][:1]}

    def test_the_files_hold_overlays_and_the_whole_explanation(self, ask, tmp_path):
        png, npz = tmp_path / "out.png", tmp_path / "out.npz"
        code, out, _ = ask("explain", "pork_chop/4", "--evals", 40, "--png", png, "--npz", npz)
        assert code == 0
        assert out.startswith("pork_chop/4 was taken for ravioli (")
        with np.load(npz, allow_pickle=False) as arrays:
            assert {"region_of", "values", "labels", "base", "full"} <= set(arrays)
        assert Explanation.load(npz).settings.evaluations == 40
        with Image.open(png) as picture:
            assert picture.format == "PNG"
            assert picture.width > 2 * picture.height

    def test_an_engine_that_estimates_says_how_sure_it_is(self, ask):
        asked = ("explain", "pork_chop/4", "--evals", 60, "--engine", "regions", "--seed", 3)
        code, out, _ = ask(*asked, "--json")
        found = json.loads(out)
        assert (code, found["engine"], found["ranking"]["seed"]) == (0, "regions", 3)
        assert (found["ranking"]["of"], found["ranking"]["rather_than"]) == ("ravioli", "pork_chop")
        assert 0 <= found["ranking"]["holds"] <= 1
        assert all(0 <= label["within_noise"] <= 1 for label in found["labels"])
        _, out, _ = ask(*asked)
        assert "Regions along edges. Least-squares values under fair-coin coalitions" in out
        assert out.splitlines()[-1].startswith("Why ravioli rather than pork chop, by seed 3? ")
        assert "within noise" in out

    def test_a_seed_is_of_no_meaning_where_nothing_is_drawn(self, ask):
        ask("explain", "pork_chop/4", "--evals", 40)
        assert json.loads(ask("explain", "pork_chop/4", "--evals", 40, "--seed", 5, "--json")[1])["cached"]

    def test_every_engine_can_be_asked_for(self):
        assert tuple(options.Engine) == ENGINES

    def test_progress_is_told_aside(self, ask):
        _, out, err = ask("explain", "pizza/1", "--evals", 40, "--json")
        assert "evaluations" in err
        json.loads(out)

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
            (("pizza/1", "--steer", 5), "steer_top is 5; expected at most 4, the number of labels"),
            (("pizza/1", "--batch-size", 0), "search width is 0; expected at least 1 evaluation"),
            (("pizza/1", "--png", "no/such/folder/out.png"), "There is no folder"),
            (("pizza/1", "--npz", "/"), "is a folder; expected the name of a file"),
        ],
    )
    def test_a_wrong_argument_is_refused_in_a_sentence_before_the_model_is_loaded(
        self, ask, monkeypatch, arguments, sentence
    ):
        monkeypatch.setattr(study.Study, "open_runtime", lambda _self: pytest.fail("The model was loaded."))
        code, out, err = ask("explain", *arguments)
        assert (code, out) == (1, "")
        assert err.startswith("error: ")
        assert sentence in err

    def test_a_disk_that_refuses_the_explanation_costs_the_exit_code_but_not_the_answer(self, ask, monkeypatch):
        def full(_store, _key, _explanation):
            raise StoreRefused("The disk is full.", "Free some space.")

        monkeypatch.setattr(ExplanationStore, "put", full)
        code, out, err = ask("explain", "pizza/1", "--evals", 40, "--json")
        assert code == 1
        assert json.loads(out)["guess"] == "pizza"
        assert err.endswith("error: The disk is full. Free some space.\n")

    def test_an_unknown_study_lists_those_that_exist(self, run, studies):
        code, _, err = run("explain", "large", "pizza/1", "--studies", studies)
        assert (code, err) == (1, f"error: There is no study 'large' here. Those in {studies} are: tiny.\n")

    def test_a_model_that_changed_since_is_refused_with_the_command_that_rebuilds(self, ask, tiny_model):
        tiny_model.write_bytes(tiny_model.read_bytes() + b"\0")
        code, _, err = ask("explain", "pizza/1")
        assert code == 1
        assert "has changed" in err
        assert "Rebuild it: python -m xai_core study create tiny" in err


class TestCheck:
    def test_it_tells_versions_device_and_studies(self, run, studies):
        code, out, _ = run("check", "--studies", studies, "--json")
        found = json.loads(out)
        assert code == 0
        assert {"torch", "torchvision", "shap", "opencv-python", "onnxruntime", "streamlit"} <= set(found["packages"])
        assert None not in found["packages"].values()
        assert found["device"].startswith(("cpu", "cuda"))
        assert [(each["name"], each["sound"]) for each in found["studies"]] == [("tiny", True)]
        assert "tiny" in run("check", "--studies", studies)[1]

    def test_a_package_that_does_not_load_is_named_with_the_cure(self, run, studies, monkeypatch):
        monkeypatch.setattr(check, "PACKAGES", {"numpy": "numpy", "torch": "no_such_module"})
        code, out, _ = run("check", "--studies", studies)
        assert code == 1
        assert "torch    MISSING (ModuleNotFoundError: No module named 'no_such_module')" in out
        assert "pip install -r requirements.txt" in out

    def test_a_broken_study_is_told_and_is_no_fault_of_the_installation(self, run, studies):
        (studies / "tiny/logits.npy").unlink()
        code, out, _ = run("check", "--studies", studies)
        assert code == 0
        assert "missing or damaged" in out


class TestLeaving:
    @pytest.mark.parametrize("arguments", [("study", "create", "x"), ("explain",), ("nonsense",), ("study", "show")])
    def test_wrong_usage_is_exit_code_2(self, run, arguments):
        code, out, err = run(*arguments)
        assert (code, out) == (2, "")
        assert "Usage" in err

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ("missing data", "the folder itself is missing"),
            ("half-unpacked data", "the folder food-101/meta is missing"),
            ("no spec", "comes without a spec"),
            ("labels", "has 4 outputs, but there are 3 labels"),
        ],
    )
    def test_bad_input_leaves_a_sentence_and_no_study(
        self, run, tiny_food101, tiny_model, tmp_path, *, wrong, sentence
    ):
        options = ["--data", tiny_food101, "--model", tiny_model, "--studies", tmp_path / "new"]
        if wrong == "missing data":
            options[1] = tmp_path / "nowhere"
        elif wrong == "half-unpacked data":
            shutil.rmtree(tiny_food101 / "food-101/meta")
        elif wrong == "no spec":
            tiny_model.with_suffix(".json").unlink()
        else:
            (tmp_path / "three.txt").write_text("pizza\npork_chop\nravioli\n")
            options += ["--labels", tmp_path / "three.txt"]
        code, out, err = run("study", "create", "bad", *options)
        assert (code, out) == (1, "")
        assert err.startswith("error: ")
        assert sentence in err
        assert not (tmp_path / "new/bad").exists()

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
    def test_a_stopped_run_is_gone_on_with_by_the_same_command(
        self, run, tiny_food101, tiny_model, tmp_path, *, number, code
    ):
        command = ["study", "create", "one", "--data", tiny_food101, "--model", tiny_model, "--studies", tmp_path / "s"]
        stopped = subprocess.run(
            [sys.executable, "-c", STOPPED, str(int(number)), *map(str, command)],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (stopped.returncode, stopped.stdout) == (code, "")
        assert ("The same command goes on where it was." in stopped.stderr) == (code == 130)
        assert "Traceback" not in stopped.stderr
        assert not (tmp_path / "s/one").exists()
        code, out, _ = run(*command, "--json")
        assert code == 0
        assert json.loads(out)["pairs"] == PAIRS

    def test_help_waits_for_no_heavy_library(self):
        heavy = "{'torch', 'torchvision', 'shap', 'cv2', 'onnxruntime', 'pandas', 'numpy'}"
        script = f"import sys, xai_core.__main__; sys.exit(str({heavy} & set(sys.modules) or ''))"
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.stderr.strip() == ""


class TestConsole:
    def test_lines_of_progress_come_now_and_then_and_measure_this_run_only(self, capsys):
        times = iter([0.0, 1.0, 11.0, 12.0])
        tell = console._Lines("Predicting", "pictures", lambda: next(times))
        for done in (1000, 1100, 2100, 3000):
            tell(done, 3000)
        assert capsys.readouterr().err.splitlines() == [
            "Predicting: 2,100 of 3,000 pictures, 100.0/s, 9 s left",
            "Predicting: 3,000 of 3,000 pictures, 166.7/s, 0 s left",
        ]

    def test_on_a_terminal_a_bar_shows_rate_and_time_left(self, monkeypatch):
        screen = console.Console(force_terminal=True, width=120, record=True)
        monkeypatch.setattr(console, "aside", screen)
        with console.progress("Predicting", "pictures") as tell:
            for done in (500, 600, 1000):
                tell(done, 1000)
        shown = screen.export_text()
        assert "1000/1000" in shown
        assert "pictures/s" in shown
