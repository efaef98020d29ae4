"""Pages in Japanese, and the choice of the language."""

import io
import re
from types import SimpleNamespace

import pytest
import streamlit as st
from google.protobuf.json_format import MessageToDict
from pptx import Presentation

from pages.ui.reports import formats
from tests.read import texts, wait_for_jobs
from xai_core import language
from xai_core.demo import preparation
from xai_core.demo.preparation import Preparation
from xai_core.exports import fonts, pdf
from xai_core.exports.report import Report
from xai_core.language import tr
from xai_core.study.pictures.duplicates import find_duplicates

UNSEEN = {
    *("anchor", "css", "cssContent", "formId", "html", "id", "js", "jsContent", "json", "key", "queryString", "spec"),
    "url",
}
"""Fields of elements whose texts nobody reads."""

ENGLISH = re.compile(r"(?:[A-Za-z]{2,}(?:'[a-z])?[,.:;]? +){3,}[A-Za-z]{2,}")
"""Four or more English words in a row."""

COMMANDS = re.compile(r"^python -m xai_core ", re.MULTILINE)

PAGES = {
    **dict.fromkeys(("overview", "confusions", "data", "compare", "evidence", "explain", "trust"), ()),
    **dict.fromkeys(("repair", "models", "present"), ()),
    # Titles of papers, and what was noted when model and pictures were read, which a study keeps.
    "about": ("Food-101 - mining discriminative", "Food-101's layout in "),
}
"""Translated pages, with the beginnings of what they show in English."""


def elements_of(block):
    """Yield the elements of a block and of all blocks in it, and these blocks."""
    for child in block.children.values():
        yield child
        if hasattr(child, "children"):
            yield from elements_of(child)


def strings_of(value):
    """Yield the texts of an element that people read."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key not in UNSEEN:
                yield from strings_of(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings_of(part)
    elif isinstance(value, str):
        yield value


def texts_of(at):
    """Yield all texts of an opened page, those in tables too."""
    for element in (*elements_of(at.main), *elements_of(at.sidebar)):
        proto = getattr(element, "proto", None)
        if proto is not None:
            yield from strings_of(MessageToDict(proto))
    for table in (*at.table, *at.dataframe):
        yield from (str(cell) for row in (table.value.columns, *table.value.to_numpy()) for cell in row)


def english_of(at, known=()):
    """Return the texts of an opened page that have an English sentence, without known ones."""
    assert not at.exception
    english = [text for text in texts_of(at) if ENGLISH.search(text) and not COMMANDS.search(text)]
    return [text for text in english if not any(beginning in text for beginning in known)]


@pytest.fixture
def japanese_options(monkeypatch):
    """Titles of options in Japanese where AppTest reads them, which is outside of the app."""
    monkeypatch.setenv("XAI_LANG", "ja")


@pytest.mark.usefixtures("study")
@pytest.mark.parametrize("page", PAGES)
def test_a_page_in_japanese_has_no_english_sentence(open_at, page):
    assert english_of(open_at(page, lang="ja"), PAGES[page]) == []


@pytest.mark.usefixtures("study", "japanese_options")
@pytest.mark.parametrize("page", ["compare", "explain"])
def test_a_map_is_described_in_japanese(open_at, explained, page):
    at = explained(open_at(page, lang="ja", seen="own", under="spotlight"))
    assert "ラビオリの根拠の98%は明るい部分にあります" in texts(at.markdown)
    assert english_of(at) == []


@pytest.mark.usefixtures("study", "japanese_options")
@pytest.mark.parametrize("check", ["what_if", "faithfulness", "masks"])
def test_a_check_is_described_in_japanese(open_at, asked, check):
    at = asked(open_at("trust", lang="ja", check=check, engine="partition", evals="100"))
    wait_for_jobs(at, "trust")
    at.run()
    wait_for_jobs(at, "trust_random_masking", "trust_curves", "trust_masks")
    assert english_of(at.run()) == []


def test_files_are_in_the_language_of_whoever_asked_for_them(monkeypatch):
    """They are made after the page, by a thread that has no reader."""
    offered = []
    monkeypatch.setattr(st, "download_button", lambda _label, data, *_rest, **_more: offered.append(data))
    with language.using("ja"):
        formats.draw_formats("explain", "story", lambda: Report(title=tr("Study"), introduction="", sections=[]))
    html, powerpoint, *_ = offered
    made = html().decode()
    assert '<html lang="ja">' in made
    assert "<h1>スタディ</h1>" in made
    (slide,) = Presentation(io.BytesIO(powerpoint())).slides
    assert slide.shapes[1].text_frame.text == "スタディ"


def test_all_parts_of_data_are_in_japanese(study, open_at):
    find_duplicates(study)
    for part in ("properties", "duplicates", "groups"):
        assert english_of(open_at("data", lang="ja", part=part)) == []


@pytest.mark.usefixtures("study", "japanese_options")
def test_evidence_is_in_japanese_to_the_end(open_at, explained):
    at = explained(open_at("evidence", lang="ja", engine="partition", hide="part"))
    wait_for_jobs(at, "cause")
    at.run()
    assert "この部分がなくても、誤分類2件はすべてラビオリと推計されたままです" in texts(at.markdown)
    assert english_of(at) == []


@pytest.mark.parametrize("code", ["en", "ja"])
def test_a_pdf_needs_a_font_of_the_server_with_the_letters_of_the_reader(monkeypatch, code):
    offered = {}
    monkeypatch.setattr(st, "download_button", lambda label, *_rest, **more: offered.update({label: more["disabled"]}))
    monkeypatch.setattr(pdf, "find_browser", lambda: "chromium")
    monkeypatch.setattr(fonts, "file_of", lambda _language: None)
    with language.using(code):
        formats.draw_formats("explain", "story", lambda: Report(title="", introduction="", sections=[]))
    assert offered["PDF"] == (code == "ja")
    assert not offered["PowerPoint"]


@pytest.mark.usefixtures("no_studies")
def test_the_page_without_a_study_is_in_japanese(open_at, monkeypatch):
    at = open_at("overview", lang="ja")
    assert at.title[0].value == "スタディがまだありません"
    output = io.BytesIO(b"Painting the dishes: 505 of 2,525 pictures, 20.1/s\n")
    monkeypatch.setattr(preparation, "_running", Preparation(SimpleNamespace(poll=lambda: None), output))
    (bar,) = at.run().get("progress")
    assert "2,525枚中505枚" in bar.proto.text


@pytest.mark.usefixtures("study")
class TestLanguage:
    """Language of the reader."""

    def test_it_is_that_of_the_browser(self, open_at):
        at = open_at("about", locale="ja-JP")
        assert at.title[0].value == "このアプリについて"
        assert "lang" not in at.query_params

    def test_it_is_english_in_a_browser_of_another_language(self, open_at):
        assert open_at("about", locale="fr-FR").title[0].value == "About"

    def test_a_link_has_priority_and_holds_on_the_next_page(self, open_at):
        at = open_at("about", locale="en-US", lang="ja")
        assert at.title[0].value == "このアプリについて"
        del at.query_params["lang"]
        assert at.switch_page("pages/data.py").run().title[0].value == "データ"

    def test_an_unknown_language_in_a_link_is_told(self, open_at):
        at = open_at("about", lang="tlh")
        assert at.title[0].value == "About"
        assert "language “tlh”" in at.warning[0].value

    def test_a_choice_is_in_the_url_from_then_on(self, open_at):
        at = open_at("about")
        assert "lang" not in at.query_params
        at.sidebar.selectbox(key="lang").select("ja").run()
        assert at.title[0].value == "このアプリについて"
        assert at.query_params["lang"] == "ja"
        at.sidebar.selectbox(key="lang").select("en").run()
        assert at.title[0].value == "About"

    def test_other_choices_stay_when_the_language_changes(self, open_at):
        at = open_at("data", part="labels")
        at.sidebar.selectbox(key="lang").select("ja").run()
        assert at.query_params["part"] == "labels"
