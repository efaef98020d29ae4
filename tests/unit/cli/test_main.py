"""Exit codes, messages and the name of the program."""

import subprocess
import sys
from pathlib import Path

import pytest

from xai_core import __version__
from xai_core.cli import console
from xai_core.errors import ModelRefused, StudyRefused

ROOT = Path(__file__).parents[3]
COMMANDS = (
    "confusions",
    "explain",
    "precompute",
    "faithfulness",
    "verdicts",
    "properties",
    "duplicates",
    "neighbours",
    "cohorts",
    "select",
    "label-errors",
    "bench",
    "train",
    "check",
    "study create",
    "study list",
    "study show",
    "study upgrade",
    "study relink",
    "study export",
    "study import",
    "demo prepare",
    "demo paint",
    "demo verify",
    "food101 download",
)

# Ends with the names of heavy libraries that the help of a command has loaded.
HELP_SCRIPT = """
import sys
from xai_core.__main__ import main
try:
    main(sys.argv[1:])
finally:
    heavy = {"torch", "torchvision", "shap", "cv2", "onnxruntime", "pandas", "numpy", "scipy", "PIL"}
    print("loaded:", *sorted(heavy & set(sys.modules)))
"""


@pytest.mark.parametrize("arguments", [("study", "create", "x"), ("explain",), ("nonsense",), ("study", "show")])
def test_wrong_usage_is_exit_code_2(run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "Usage" in err


@pytest.mark.parametrize("arguments", [[], ["--help"], ["explain", "--help"], ["study", "create", "--help"]])
def test_help_loads_no_heavy_library(arguments):
    command = [sys.executable, "-c", HELP_SCRIPT, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "loaded:"


def test_the_version_is_that_of_the_package(run):
    assert run("--version") == (0, f"confusion-explainer {__version__}\n", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_without_dead_names(run, command):
    code, out, _ = run(*command.split(), "--help")
    assert code == 0
    assert f"Usage: python -m xai_core {command}" in out


@pytest.mark.parametrize("command", ["explain", "precompute", "faithfulness", "bench", "demo verify"])
def test_evaluations_have_the_same_two_names_everywhere(run, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "200")
    assert "--evaluations,--evals" in run(*command.split(), "--help")[1]


def test_the_program_has_the_name_that_it_was_called_by(monkeypatch, run, tmp_path):
    where = ("--studies", tmp_path)
    assert "Create one: python -m xai_core study create --help" in run("study", "list", *where)[1]
    monkeypatch.setattr(sys, "argv", ["/usr/bin/confusion-explainer", "study", "list"])
    assert "Create one: confusion-explainer study create --help" in run("study", "list", *where)[1]
    assert "Usage: confusion-explainer study create" in run("study", "create", "--help")[1]
    refused = StudyRefused("It has changed.", "Rebuild it: python -m xai_core study create tiny")
    assert console.error_text(refused) == "It has changed. Rebuild it: confusion-explainer study create tiny"


def test_a_message_names_the_option_to_change():
    refused = ModelRefused("The labels are unknown.", "Give the names of the classes.", "labels")
    assert console.error_text(refused) == "The labels are unknown. Give the names of the classes. Option: --labels."
    unchanged = ModelRefused("It is damaged.", "Copy it again.")
    assert console.error_text(unchanged) == "It is damaged. Copy it again."
