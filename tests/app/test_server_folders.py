"""Folders of the server are for those who run it: viewers see them neither on pages nor in files."""

# ruff: noqa: RUF001 - Japanese has its own punctuation

import io
import json
import zipfile

import pandas as pd
import pytest
import streamlit as st

from pages.ui.frame.plain_text import fault_sentence
from tests.app.test_roles import signed_in  # noqa: F401 - a fixture
from xai_core.errors import PictureUnreadable, StoreRefused

PICTURE = {"picture": "pork_chop/4", "engine": "partition", "evals": "100"}


@pytest.fixture
def files(monkeypatch):
    """Makers of the files that buttons save, by the buttons' titles."""
    found, draw = {}, st.download_button

    def drawn(title, data, *arguments, **named):
        found[title] = data
        return draw(title, data, *arguments, **named)

    monkeypatch.setattr(st, "download_button", drawn)
    return found


def unpacked(content):
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("role", ["viewer", "admin"])
def test_files_have_folders_of_the_server_for_administrators_only(open_at, study, signed_in, files, role):  # noqa: F811
    signed_in(role)
    at = open_at("data", part="groups", group="*typed", classes="pork_chop,ravioli")
    assert not at.exception
    folder = str(study.data_root)
    makers = {title: make for title, make in files.items() if callable(make)}
    assert {"Table, CSV", "Table, Parquet", "FiftyOne", "Label Studio"} <= set(makers), sorted(files)
    with_folder = {title for title, make in makers.items() if folder.encode() in unpacked(make())}
    assert bool(with_folder) == (role == "admin")
    paths = pd.read_csv(io.BytesIO(makers["Table, CSV"]()))["path"]
    assert all(path.endswith(".jpg") and path.startswith("/") == (role == "admin") for path in paths)
    with zipfile.ZipFile(io.BytesIO(makers["FiftyOne"]())) as archive:
        samples = json.loads(archive.read("samples.json"))["samples"]
    assert [sample["filepath"] for sample in samples] == list(paths)


@pytest.mark.parametrize("role", ["viewer", "admin"])
def test_about_and_errors_name_the_folder_alone(open_at, study, signed_in, role):  # noqa: F811
    signed_in(role)
    at = open_at("about")
    facts = " ".join(table.value.to_string() for table in at.table)
    assert study.data_root.name in facts
    assert (str(study.data_root) in facts) == (role == "admin")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (StoreRefused("/srv/studies/a/x.npz cannot be written: no space left."), "x.npz cannot be written"),
        (PictureUnreadable("pork_chop/4", "[Errno 2] No such file: '/data/of us/4.jpg'"), "picture pork_chop/4 cannot"),
        (StoreRefused("ファイル/srv/studies/x.npzを読めません。"), "ファイルx.npzを読めません。"),
        (StoreRefused("/srv/a/x.npzを読めません：/srv/b/y.npz（1/2）"), "x.npzを読めません：y.npz（1/2）"),
        (StoreRefused("1/2 of https://a.example/b/c and and/or"), "1/2 of https://a.example/b/c and and/or"),
    ],
)
def test_sentences_lose_folders_and_nothing_else(fault, expected):
    said = fault_sentence(fault, with_folders=False)
    assert expected in said
    assert "/srv" not in said
    assert "/data" not in said
    assert fault_sentence(fault, with_folders=True) == fault.sentence
