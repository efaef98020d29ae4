"""Names are literal text in Markdown and in charts."""

import re

import pytest

from pages.ui.frame.plain_text import chart_text, literal, literal_words, without_markdown

EVIL = "![x](http://evil.example/x.png) $a$ :red[b] <b>"


@pytest.mark.parametrize("name", ["pork_chop/12", "pizza", "café au lait", "M&M 5%", "a (b), c; d: e - f"])
def test_usual_names_stay_as_they_are(name):
    assert literal(name) == name
    assert literal_words("pork_chop") == "pork chop"


@pytest.mark.parametrize(
    "name", [EVIL, "*a*", "_a_ b", "`a`", "[a](b)", "~~a~~", "# a", "> a", "1. a", "- a", "+ a", r"\*", "&lt;", "a\nb"]
)
def test_marks_are_escaped_and_come_back(name):
    shown = literal(name)
    assert shown != name
    assert without_markdown(f"**{shown}**") == " ".join(name.split())


def test_nothing_of_an_evil_name_is_markdown():
    shown = literal(EVIL)
    assert not re.search(r"(?<!\\)[\[\]$<*`]", shown)
    assert not re.search(r":\w|https?://", shown)


@pytest.mark.parametrize("name", [":smile:", ":material/star:", "https://a.b", "www.a.b", "a@b.c", "a -> b", "a <- b"])
def test_what_streamlit_finds_in_plain_text_does_not_fit_any_more(name):
    assert "\N{WORD JOINER}" in literal(name)


def test_charts_get_neither_tags_nor_numbers_of_their_own():
    assert chart_text("<b>%{x}</b>") == "&lt;b&gt;%\N{WORD JOINER}{x}&lt;/b&gt;"
