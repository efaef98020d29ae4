"""What the bench reports is counted right; that it is fast is measured by running it, not here."""

import json

import numpy as np
import pytest

from xai_core import bench
from xai_core.cli import bench as cli_bench
from xai_core.errors import SettingRefused
from xai_core.model.spec import default_spec
from xai_core.runtimes.architectures import build_network
from xai_core.runtimes.bench_model import EagerNetwork
from xai_core.runtimes.checkpoint import open_model, save_checkpoint

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
FIGURES = dict.fromkeys(KEYS, 1.5) | {"peak_mb": None}


def one_round(**numbers):
    return bench._Round(
        **(
            {"recipe": 2.0, "engine": 12.0, "bare": 16.0, "correlation": 1.0, "difference": 0.0, "first_map_s": 1.0}
            | numbers
        )
    )


def test_ratios_are_taken_within_rounds_and_then_their_medians():
    found = bench._figures([one_round(), one_round(recipe=1.0), one_round(engine=24.0, bare=24.0)], 12.5)
    assert (found.recipe_evals_per_s, found.engine_evals_per_s, found.bare_evals_per_s) == (2.0, 12.0, 16.0)
    assert (found.engine_over_recipe, found.engine_over_bare, found.peak_mb) == (12.0, 0.75, 12.5)


def test_maps_are_reported_at_their_worst():
    found = bench._figures([one_round(), one_round(correlation=0.9, difference=0.2)], None)
    assert (found.map_correlation, found.map_difference) == (0.9, 0.2)


@pytest.fixture
def command(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench, "models", lambda: {"demo": None, "other": tmp_path / "other.safetensors"})
    monkeypatch.setattr(bench, "measure", lambda *_args, **_options: FIGURES)

    def run(**options):
        cli_bench.bench_models(**({"evaluations": 200, "rounds": 1, "as_json": True} | options))
        return capsys.readouterr()

    return run


def test_the_json_has_the_figures_of_each_model_and_an_absent_one_is_told(command):
    said = command()
    assert json.loads(said.out) == {"other": FIGURES}
    assert tuple(json.loads(said.out)["other"]) == KEYS
    assert "demo is not measured: its checkpoint is not here." in said.err


def test_the_text_names_what_is_unknown(command):
    said = command(as_json=False)
    assert "engine over recipe" in said.out
    assert "unknown" in said.out.splitlines()[-1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [({"evaluations": 99}, "evals is 99; expected at least 100"), ({"rounds": 0}, "rounds is 0; expected at least 1")],
)
def test_a_run_too_short_to_tell_anything_is_refused(command, options, sentence):
    with pytest.raises(SettingRefused, match=sentence):
        command(**options)


def test_the_eager_network_of_the_recipe_gives_the_runtime_s_answers(tmp_path):
    labels = ("a", "b", "c")
    path = tmp_path / "small.safetensors"
    save_checkpoint(path, build_network("mobilenet_v3_small", 3).eval(), default_spec(labels, "mobilenet_v3_small"))
    pictures = np.random.default_rng(0).normal(size=(2, 224, 224, 3)).astype(np.float32)
    np.testing.assert_allclose(
        EagerNetwork(path, "cpu")(pictures), open_model(path, device="cpu").logits(pictures), rtol=1e-3, atol=1e-5
    )
