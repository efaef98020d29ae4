"""The studies folder: given, else named by the environment, else in the project."""

from pathlib import Path

from xai_core import paths


def test_a_given_folder_wins(monkeypatch):
    monkeypatch.setenv("XAI_STUDIES", "/elsewhere")
    assert paths.studies_folder(Path("/given")) == Path("/given")


def test_the_environment_comes_next(monkeypatch):
    monkeypatch.setenv("XAI_STUDIES", "~/mine")
    assert paths.studies_folder() == Path("~/mine").expanduser()


def test_else_it_lies_in_the_project(monkeypatch):
    monkeypatch.delenv("XAI_STUDIES", raising=False)
    assert paths.studies_folder() == paths.PROJECT / "studies"
    assert (paths.PROJECT / "xai_core").is_dir()
