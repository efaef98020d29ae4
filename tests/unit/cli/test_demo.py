"""The commands `demo ...`; tests/unit/demo/test_verify.py runs `demo verify` on a painted study."""

import pytest

from xai_core.cli import demo
from xai_core.data.dataset import DataOptions
from xai_core.data.sources.table import open_data
from xai_core.demo import first_run, paint_dataset
from xai_core.demo.menu import MENU


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Three dishes, painted in this process: a second one would paint from the whole menu."""
    dishes = ("pork_chop", "ravioli", "sushi")
    monkeypatch.setattr(paint_dataset, "MENU", {name: MENU[name] for name in dishes})
    monkeypatch.setattr(demo.os, "cpu_count", lambda: 1)


def test_paint_writes_both_splits_and_shows_progress(run, tmp_path):
    code, out, err = run("demo", "paint", "--data", tmp_path, "--train", 2, "--test", 1)
    assert (code, out) == (0, "")
    assert "Painting: 9 of 9 pictures" in err
    assert [len(open_data(tmp_path, DataOptions(split=split)).pictures) for split in ("train", "test")] == [6, 3]


def test_a_set_without_test_pictures_is_refused_before_anything_is_painted(run, tmp_path):
    code, out, err = run("demo", "paint", "--data", tmp_path / "new", "--train", 5, "--test", 0)
    assert (code, out) == (1, "")
    assert err == "error: 5 train and 0 test pictures per class; expected 0 to 5000 and 1 to 5000.\n"
    assert not (tmp_path / "new").exists()


def test_another_seed_in_the_same_folder_is_refused_with_the_cure(run, tmp_path):
    painted = ("demo", "paint", "--data", tmp_path, "--train", 0, "--test", 1)
    run(*painted)
    code, _, err = run(*painted, "--seed", 7)
    assert code == 1
    assert "was painted with seed 101, not 7; use that seed or another folder.\n" in err


def test_a_path_that_takes_no_files_is_refused_with_a_sentence(run, tmp_path):
    (tmp_path / "taken").write_text("")
    code, _, err = run("demo", "paint", "--data", tmp_path / "taken", "--train", 0, "--test", 1)
    assert code == 1
    assert err.startswith("error: ")
    assert "cannot be written" in err


def test_prepare_ends_with_what_is_ready(run, tmp_path, monkeypatch):
    monkeypatch.setattr(first_run, "TEST", 1)
    monkeypatch.setattr(first_run, "USUAL_EVALUATIONS", 4)
    code, out, err = run("demo", "prepare", "--studies", tmp_path)
    assert (code, out) == (0, "")
    assert err.endswith("The demo is ready: Demo kitchen: painted dishes, 3 pictures.\n")
    assert run("demo", "prepare", "--studies", tmp_path)[2] == (
        "The demo is ready: Demo kitchen: painted dishes, 3 pictures.\n"
    )


def test_verify_without_the_demo_says_that_there_is_no_such_study(run, tmp_path):
    code, out, err = run("demo", "verify", "--studies", tmp_path, "--json")
    assert (code, out) == (1, "")
    assert "There is no study 'demo-kitchen' here." in err
