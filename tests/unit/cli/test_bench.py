"""The command `bench`; the speed itself is measured by running it, not here."""

import dataclasses
import json

import pytest

from xai_core.bench import null_model, server, speed

KEYS = (
    "recipe_evals_per_s",
    "engine_evals_per_s",
    "bare_evals_per_s",
    "engine_over_recipe",
    "engine_over_bare",
    "map_correlation",
    "map_difference",
    "first_map_s",
    "peak_mb",
)
FIGURES = dict.fromkeys(KEYS, 1.5)
NULL = dict.fromkeys((field.name for field in dataclasses.fields(null_model.NullFigures)), 12.5)
SERVER = {"rss_mb": 480.0, "first_page_s": 2.5}


@pytest.fixture(autouse=True)
def _measured(monkeypatch, tmp_path):
    """One model is there with known figures, the other is missing."""
    monkeypatch.setattr(speed, "models", lambda: {"demo": None, "other": tmp_path / "other.safetensors"})
    monkeypatch.setattr(speed, "measure", lambda *_args, **_options: FIGURES)
    monkeypatch.setattr(null_model, "measure_null_model", lambda **_options: NULL)
    monkeypatch.setattr(server, "measure_server", lambda _app: SERVER)


def test_the_json_has_the_figures_of_each_model_and_a_missing_one_is_noted(run):
    code, out, err = run("bench", "--json")
    assert (code, json.loads(out)) == (0, {"other": FIGURES, "null_model": NULL, "server": SERVER})
    assert "demo is not measured, because its checkpoint is not here." in err


def test_the_table_has_a_row_for_each_figure(run):
    _, out, _ = run("bench")
    assert len(out.splitlines()) == 1 + len(KEYS) + 7 + 1
    assert "engine / recipe" in out
    assert "A server has 480 MB and its first page after 2.5 s." in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--evaluations", 99), "evaluations is 99; expected at least 100"),
        (("--rounds", 0), "rounds is 0; expected at least 1"),
    ],
)
def test_a_run_too_short_to_measure_anything_is_refused(run, arguments, sentence):
    code, out, err = run("bench", *arguments)
    assert (code, out) == (1, "")
    assert sentence in err
