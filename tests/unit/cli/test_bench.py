"""The command `bench`; the speed itself is measured by running it, not here."""

import json

import pytest

from xai_core import bench

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


@pytest.fixture(autouse=True)
def _measured(monkeypatch, tmp_path):
    """One model is there with known figures, the other is missing."""
    monkeypatch.setattr(bench, "models", lambda: {"demo": None, "other": tmp_path / "other.safetensors"})
    monkeypatch.setattr(bench, "measure", lambda *_args, **_options: FIGURES)


def test_the_json_has_the_figures_of_each_model_and_a_missing_one_is_noted(run):
    code, out, err = run("bench", "--json")
    assert (code, json.loads(out)) == (0, {"other": FIGURES})
    assert "demo is not measured, because its checkpoint is not here." in err


def test_the_table_has_a_row_for_each_figure(run):
    _, out, _ = run("bench")
    assert len(out.splitlines()) == 1 + len(KEYS)
    assert "engine / recipe" in out


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
