"""Fonts of drawn texts."""

import pytest
from PIL import ImageFont

from xai_core import language
from xai_core.exports import fonts


@pytest.fixture
def forget():
    """Function that forgets which fonts were found, also after the test."""
    forget = fonts.file_of.cache_clear
    forget()
    yield forget
    forget()


def test_without_a_font_for_them_drawn_texts_are_english(forget, monkeypatch):
    monkeypatch.setattr(fonts, "FILES", {"ja": ("no-such-font.ttf",)})
    monkeypatch.setenv("PATH", "")
    with language.using("ja"), fonts.drawing():
        assert language.current() == "en"
        assert fonts.font(12).getlength("a") == ImageFont.load_default(12).getlength("a")


def test_a_font_that_the_system_lists_is_found(forget, monkeypatch, tmp_path):
    path = tmp_path / "letters.ttf"
    path.write_bytes(ImageFont.load_default(12).font_bytes)
    program = tmp_path / "fc-list"
    program.write_text(f"#!/bin/sh\necho no-such-font.ttf\necho {path}\n")
    program.chmod(0o755)
    monkeypatch.setattr(fonts, "FILES", {"ja": ()})
    monkeypatch.setenv("PATH", str(tmp_path))
    assert fonts.file_of("ja") == str(path)
    assert fonts.file_of("en") is None


def test_with_a_font_drawn_texts_are_in_the_language_of_the_reader(forget, monkeypatch, tmp_path):
    path = tmp_path / "letters.ttf"
    path.write_bytes(ImageFont.load_default(12).font_bytes)
    monkeypatch.setattr(fonts, "FILES", {"ja": ("no-such-font.ttf", str(path))})
    with language.using("ja"), fonts.drawing():
        assert language.current() == "ja"
        assert fonts.font(12).path == str(path)
