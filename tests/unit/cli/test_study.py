"""The commands `study ...`."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAIRS = [
    {"truth": "pork_chop", "guess": "ravioli", "count": 2, "share": 0.4},
    {"truth": "ravioli", "guess": "pork_chop", "count": 1, "share": 0.2},
]
SUMMARY = {
    "pictures": 20,
    "unreadable": 1,
    "top1": 16 / 19,
    "top5": 1.0,
    "pairs": PAIRS,
    "import_findings": [],
    "changed_pictures": [],
}

# Sends itself a signal when 8 of the 20 pictures are done: with chunks of 4, the first one is stored by then.
STOPPED = """
import os, signal, sys
from xai_core.study import build, inference

# A suite that runs in the background ignores Ctrl-C, and so would the processes that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

inference.CHUNK = inference._BATCH = 4
run_inference = build.run_inference

def stopping(folder, pictures, runtime, chunks, progress, **given):
    def report(done, planned):
        progress(done, planned)
        if done == 8:
            os.kill(os.getpid(), int(sys.argv[1]))

    return run_inference(folder, pictures, runtime, chunks, report, **given)

build.run_inference = stopping
from xai_core.__main__ import main
main(sys.argv[2:])
"""


@pytest.fixture
def create(tiny_food101, tiny_model, tmp_path):
    """Arguments that create the study `one`."""
    return ["study", "create", "one", "--data", tiny_food101, "--model", tiny_model, "--studies", tmp_path / "new"]


def test_create_ends_with_figures_pairs_and_unreadable_pictures(run, create):
    code, out, err = run(*create)
    assert code == 0
    assert "one (one): 20 pictures, 1 unreadable\ntop-1 0.842, top-5 1.000" in out
    assert "pork_chop  ->  ravioli           2         40.0%" in out
    assert "Unreadable pictures\npizza/5: it is not a picture of a known kind" in out
    assert "Predicting: 20 of 20 pictures" in err


def test_json_is_alone_on_stdout_and_the_same_from_create_and_show(run, create, run_tiny):
    code, out, _ = run(*create, "--json")
    assert (code, json.loads(out)) == (0, SUMMARY)
    assert json.loads(run_tiny("study show", "--json")[1]) == SUMMARY


def test_list_has_sound_studies_and_the_reason_of_others(run, studies, tiny_model):
    _, out, _ = run("study", "list", "--studies", studies)
    assert out == "tiny  20  top-1 0.842  tiny\n"
    tiny_model.unlink()
    code, out, _ = run("study", "list", "--studies", studies, "--json")
    (listed,) = json.loads(out)
    assert (code, listed["name"], listed["sound"]) == (0, "tiny", False)
    assert "colours.onnx cannot be read" in listed["problem"]


def test_without_studies_list_says_how_to_create_one(run, tmp_path):
    code, out, _ = run("study", "list", "--studies", tmp_path / "none")
    assert code == 0
    assert "There is no study in" in out
    assert "python -m xai_core study create" in out
    assert run("study", "list", "--studies", tmp_path / "none", "--json")[1] == "[]\n"


def test_the_environment_names_the_folder_and_the_option_goes_first(run, studies, tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_STUDIES", str(studies))
    assert run("study", "list")[1].startswith("tiny")
    assert "There is no study" in run("study", "list", "--studies", tmp_path / "none")[1]


def test_an_unknown_study_lists_those_that_exist(run, studies):
    code, _, err = run("study", "show", "large", "--studies", studies)
    assert (code, err) == (1, f"error: There is no study 'large' here. Those in {studies} are: tiny.\n")


def test_a_model_that_has_changed_is_refused_with_the_command_that_rebuilds(run_tiny, tiny_model):
    tiny_model.write_bytes(tiny_model.read_bytes() + b"\0")
    code, _, err = run_tiny("study show")
    assert code == 1
    assert "has changed" in err
    assert "Rebuild it: python -m xai_core study create tiny" in err


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("missing data", "There is no file or folder"),
        ("half-unpacked data", "the folder food-101/images is missing"),
        ("no spec", "comes without a spec"),
        ("labels", "has 4 outputs, but there are 3 labels"),
    ],
)
def test_bad_input_ends_with_a_sentence_and_without_a_study(
    run, create, tiny_food101, tiny_model, tmp_path, *, wrong, sentence
):
    if wrong == "missing data":
        create[create.index("--data") + 1] = tmp_path / "nowhere"
    elif wrong == "half-unpacked data":
        shutil.rmtree(tiny_food101 / "food-101/images")
    elif wrong == "no spec":
        tiny_model.with_suffix(".json").unlink()
    else:
        (tmp_path / "three.txt").write_text("pizza\npork_chop\nravioli\n")
        create += ["--labels", tmp_path / "three.txt"]
    code, out, err = run(*create)
    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert sentence in err
    assert not (tmp_path / "new/one").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9)])
def test_the_same_command_continues_a_stopped_run(run, create, tmp_path, *, number, code):
    stopped = subprocess.run(
        [sys.executable, "-c", STOPPED, str(int(number)), *map(str, create)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (stopped.returncode, stopped.stdout) == (code, "")
    assert ("Run the same command again to continue." in stopped.stderr) == (code == 130)
    assert "Traceback" not in stopped.stderr
    assert not (tmp_path / "new/one").exists()
    code, out, _ = run(*create, "--json")
    assert code == 0
    assert json.loads(out)["pairs"] == PAIRS
