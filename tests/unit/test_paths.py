"""Folders come from the argument, else from the environment, else from a default."""

import sys
from pathlib import Path

import pytest

from xai_core import paths


def test_a_given_folder_wins(monkeypatch):
    monkeypatch.setenv("XAI_STUDIES", "/elsewhere")
    assert paths.studies_folder(Path("/given")) == Path("/given")


def test_the_environment_comes_next(monkeypatch):
    monkeypatch.setenv("XAI_STUDIES", "~/mine")
    assert paths.studies_folder() == Path("~/mine").expanduser()


def test_the_default_in_a_clone_is_in_the_project(monkeypatch):
    monkeypatch.delenv("XAI_STUDIES", raising=False)
    project = Path(__file__).parents[2]
    assert paths.clone_folder() == project
    assert paths.studies_folder() == project / "studies"


def test_the_default_of_an_installed_package_is_in_the_working_folder(monkeypatch, tmp_path):
    site_packages, work = tmp_path / "site-packages", tmp_path / "work"
    work.mkdir()
    monkeypatch.delenv("XAI_STUDIES", raising=False)
    monkeypatch.setattr(paths, "PACKAGE_PARENT", site_packages)
    monkeypatch.chdir(work)
    assert paths.clone_folder() is None
    assert paths.studies_folder() == work / "studies"


def test_the_cache_folder_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("XAI_CACHE", "~/mine")
    assert paths.cache_folder() == Path("~/mine").expanduser()


@pytest.mark.skipif(sys.platform != "linux", reason="the folders of other systems are named otherwise")
@pytest.mark.parametrize(("xdg", "expected"), [("", ".cache/confusion-explainer"), ("xdg", "xdg/confusion-explainer")])
def test_the_default_cache_folder_is_the_one_of_earlier_versions(monkeypatch, tmp_path, xdg, expected):
    monkeypatch.delenv("XAI_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / xdg) if xdg else "")
    assert paths.cache_folder() == tmp_path / expected
