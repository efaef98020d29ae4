"""Fixtures of the command tests."""

import os

import pytest


@pytest.fixture
def studies(tiny_study):
    """Folder that holds the study `tiny`."""
    return tiny_study.folder.parent


@pytest.fixture
def run_tiny(run, studies):
    """Runs a command on the study `tiny`, with further arguments after it."""

    def command(name, *arguments):
        return run(*name.split(), "tiny", *arguments, "--studies", studies)

    return command


@pytest.fixture(autouse=True)
def niceness(monkeypatch):
    """Priority changes that a command asks for; the process of the tests keeps its own."""
    changes = []
    monkeypatch.setattr(os, "nice", changes.append, raising=False)
    return changes
