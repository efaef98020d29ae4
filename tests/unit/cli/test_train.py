"""The command `train`."""

import numpy as np
import pytest

from xai_core.demo import paint_dataset
from xai_core.demo.menu import MENU
from xai_core.runtimes.checkpoint import open_model

DISHES = ("pork_chop", "ravioli", "sushi")
TINY = ("--architecture", "mobilenet_v3_small", "--from-scratch", "--image-size", 32, "--epochs", 1)
ON_CPU = ("--batch-size", 4, "--device", "cpu", "--workers", 0)


def test_it_writes_a_model_that_opens_with_its_labels(run, tmp_path, monkeypatch):
    monkeypatch.setattr(paint_dataset, "MENU", {name: MENU[name] for name in DISHES})
    paint_dataset.paint_all(tmp_path, train=5, test=1)
    model = tmp_path / "model.safetensors"
    code, out, err = run("train", "--data", tmp_path, "--out", model, *TINY, *ON_CPU)
    assert (code, out) == (0, "")
    assert "Reading: 15 of 15 pictures" in err
    assert "Training: 12 of 12 pictures" in err
    assert err.endswith(f"{model} holds the best epoch, with its training record.\n")
    runtime = open_model(model)
    assert (runtime.spec.labels, runtime.spec.input_size) == (DISHES, (32, 32))
    settings = runtime.spec.training["settings"]
    assert (settings["architecture"], settings["epochs"]) == ("mobilenet_v3_small", 1)
    assert np.isfinite(runtime.logits(np.zeros((1, 32, 32, 3), np.float32))).all()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"--data": "nowhere"}, "There is no file or folder"),
        ({"--architecture": "mobilenet"}, "architecture is 'mobilenet'; expected one of "),
        ({"--epochs": 0}, "epochs is 0; expected at least 1"),
        ({"--mask-evidence": "a:b"}, "expected a study of the training pictures as well: --explained STUDY"),
        ({"--image-size": 16}, "image size is 16; expected at least 32 pixels"),
        ({}, "every picture of the train split is missing"),
    ],
    ids=lambda value: None if isinstance(value, str) else " ".join(value) or "no train split",
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(run, tiny_food101, tmp_path, change, sentence):
    options = {"--data": tiny_food101, "--out": "model.safetensors"} | change
    for name in ("--data", "--out"):
        options[name] = tmp_path / options[name]
    flat = [part for option in options.items() for part in option]
    code, out, err = run("train", "--from-scratch", *flat)
    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert sentence in err
    assert "Traceback" not in err
    assert not list(tmp_path.glob("model*"))
