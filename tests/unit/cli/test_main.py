"""Exit codes, messages and the name of the program."""

# ruff: noqa: RUF001 - Japanese has its own punctuation

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from xai_core import __version__
from xai_core.cli import console
from xai_core.errors import ModelRefused, StudyRefused
from xai_core.language import using

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

# Writes the help of the program, and that of all its commands.
ALL_HELP_SCRIPT = """
import typer
from xai_core.__main__ import app, main

def show_help(command, *names):
    try:
        main([*names, "--help"])
    except SystemExit as done:
        assert not done.code, names
    for name, inner in getattr(command, "commands", {}).items():
        show_help(inner, *names, name)

show_help(typer.main.get_command(app))
"""

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


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("explain", "引数'NAME'がありません。"),
        ("explain --nix", "オプション--nixはありません（近いオプション：--engine, --npz, --png）。"),
        ("explain x y --evals 2.5", "'--evaluations' / '--evals'の値が正しくありません：整数を指定してください。"),
        ("explain x y --engine lime", "'lime'は'partition', 'regions'のいずれでもありません。"),
        ("explian", "コマンド'explian'はありません。'explain'のことですか？"),
        ("study relink x", "値が正しくありません："),
    ],
)
def test_wrong_usage_is_refused_in_the_language_of_the_reader(run, monkeypatch, arguments, sentence):
    monkeypatch.setenv("COLUMNS", "200")
    with using("ja"):
        code, out, err = run(*arguments.split())
    assert (code, out) == (2, "")
    assert "使い方：python -m xai_core" in err
    assert sentence in err


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


def test_help_in_japanese_is_whole_and_has_no_english_sentence():
    command = [sys.executable, "-c", ALL_HELP_SCRIPT]
    # Narrow columns, in which a text that cannot be broken into lines would be cut off.
    environment = os.environ | {"XAI_LANG": "ja", "COLUMNS": "110", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for name in {"[OPTIONS]", *COMMANDS}:
        assert f"使い方：python -m xai_core {name}" in done.stdout
    assert "…" not in done.stdout
    # Texts stand in columns, and their lines would hide a sentence that is longer than one of them.
    words = re.sub(r"[│\s]+", " ", done.stdout).replace("Label Studio", "")
    assert re.findall(r"(?:\b[A-Za-z]+ ){3}[A-Za-z]+", words) == []


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
