"""The commands that paint, train and fetch: what they write, what they refuse, and how they leave."""

from urllib.error import URLError

import numpy as np
import pytest
from torchvision.datasets import utils

from xai_core.cli import demo
from xai_core.data.dataset import Food101Folder
from xai_core.demo import first_run, paint_dataset
from xai_core.demo.menu import MENU
from xai_core.runtimes.checkpoint import open_model

DISHES = ("pork_chop", "ravioli", "sushi")


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Three dishes, painted in this process: a second one would paint from the whole menu."""
    monkeypatch.setattr(paint_dataset, "MENU", {name: MENU[name] for name in DISHES})
    monkeypatch.setattr(demo.os, "cpu_count", lambda: 1)


class TestPaint:
    def test_it_paints_both_splits_and_says_how_far_it_is(self, run, tmp_path):
        code, out, err = run("demo", "paint", "--data", tmp_path, "--train", 2, "--test", 1)
        assert (code, out) == (0, "")
        assert "Painting: 9 of 9 pictures" in err
        assert [len(Food101Folder.open(tmp_path, split).pictures) for split in ("train", "test")] == [6, 3]

    def test_a_set_without_test_pictures_is_refused_before_anything_is_painted(self, run, tmp_path):
        code, out, err = run("demo", "paint", "--data", tmp_path / "new", "--train", 5, "--test", 0)
        assert (code, out) == (1, "")
        assert err == "error: 5 train and 0 test pictures a class; expected 0 to 5000 and 1 to 5000.\n"
        assert not (tmp_path / "new").exists()

    def test_another_seed_in_the_same_folder_is_refused_with_the_cure(self, run, tmp_path):
        painted = ("demo", "paint", "--data", tmp_path, "--train", 0, "--test", 1)
        run(*painted)
        code, _, err = run(*painted, "--seed", 7)
        assert code == 1
        assert "was painted with seed 101, not 7; use that seed or another folder.\n" in err

    def test_a_place_that_takes_no_files_is_refused_with_a_sentence(self, run, tmp_path):
        (tmp_path / "taken").write_text("")
        code, _, err = run("demo", "paint", "--data", tmp_path / "taken", "--train", 0, "--test", 1)
        assert code == 1
        assert err.startswith("error: ")
        assert "cannot be painted to" in err


class TestPrepareAndVerify:
    def test_prepare_ends_with_what_is_ready(self, run, tmp_path, monkeypatch):
        monkeypatch.setattr(first_run, "TEST", 1)
        monkeypatch.setattr(first_run, "EVALUATIONS", 4)
        code, out, err = run("demo", "prepare", "--studies", tmp_path)
        assert (code, out) == (0, "")
        assert err.endswith("The demo is ready: Demo kitchen: painted dishes, 3 pictures.\n")
        assert run("demo", "prepare", "--studies", tmp_path)[2] == (
            "The demo is ready: Demo kitchen: painted dishes, 3 pictures.\n"
        )

    def test_verify_without_the_demo_says_that_there_is_no_such_study(self, run, tmp_path):
        code, out, err = run("demo", "verify", "--studies", tmp_path, "--json")
        assert (code, out) == (1, "")
        assert "There is no study 'demo-kitchen' here." in err


class TestTrain:
    TINY = ("--architecture", "mobilenet_v3_small", "--from-scratch", "--image-size", 32, "--epochs", 1)
    ON_CPU = ("--batch-size", 4, "--device", "cpu", "--workers", 0)

    def test_it_writes_a_model_that_opens_with_its_labels(self, run, tmp_path):
        paint_dataset.paint_all(tmp_path, train=5, test=1)
        model = tmp_path / "model.safetensors"
        code, out, err = run("train", "--data", tmp_path, "--out", model, *self.TINY, *self.ON_CPU)
        assert (code, out) == (0, "")
        assert "Reading: 15 of 15 pictures" in err
        assert "Training: 12 of 12 pictures" in err
        assert err.endswith(f"{model} holds the best epoch, with its record.\n")
        runtime = open_model(model)
        assert (runtime.spec.labels, runtime.spec.input_size) == (DISHES, (32, 32))
        settings = runtime.spec.training["settings"]
        assert (settings["architecture"], settings["epochs"]) == ("mobilenet_v3_small", 1)
        assert np.isfinite(runtime.logits(np.zeros((1, 32, 32, 3), np.float32))).all()

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"--data": "nowhere"}, "the folder itself is missing"),
            ({"--architecture": "mobilenet"}, "architecture is 'mobilenet'; expected one of "),
            ({"--epochs": 0}, "epochs is 0; expected at least 1"),
            ({"--image-size": 16}, "image size is 16; expected at least 32 pixels"),
            ({}, "every picture of the train split is missing"),
        ],
        ids=lambda value: None if isinstance(value, str) else " ".join(value) or "no train split",
    )
    def test_what_cannot_be_trained_is_refused_in_a_sentence(self, run, tiny_food101, tmp_path, change, sentence):
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


def test_food101_without_a_network_is_a_sentence_with_the_cure(run, tmp_path, monkeypatch):
    def no_network(*_, **__):
        raise URLError("no route to host")

    monkeypatch.setattr(utils, "download_url", no_network)
    # A small disk is another fault.
    monkeypatch.setattr("xai_core.data.download._check_room", lambda root, _: root.mkdir())
    code, out, err = run("food101", "download", "--data", tmp_path / "data")
    assert (code, out) == (1, "")
    assert "Food-101 (101,000 photographs) needs 10.3 GB" in err
    assert "error: Food-101 cannot be fetched from " in err
    assert "no route to host" in err
    assert "Check the network" in err
