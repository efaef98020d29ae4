"""A report contains all that it shows, runs nothing that people wrote, and can be sent by mail."""

import base64
import html.parser
import io
import re

import numpy as np
import pytest
from PIL import Image

from xai_core import language
from xai_core.exports import report
from xai_core.exports.report import Figure, Report, Section, Table

EVIL = '"><script>alert(1)</script><img src="http://evil.example/x.png" onerror=alert(1)>'
VOID = {"meta", "img", "link", "br"}


class Parsed(html.parser.HTMLParser):
    """HTML file as a browser reads it, with its elements, their attributes and its text."""

    def __init__(self, content):
        super().__init__()
        self.elements, self.text, self.open = [], "", []
        self.feed(content.decode("utf-8"))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def of(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def figure(picture=None, **words):
    return Figure(np.full((4, 6, 3), 77, np.uint8) if picture is None else picture, **{"alt": "A picture"} | words)


def made(*figures, **parts):
    sections = [Section("For ravioli", ("Evidence for it.",), figures, 2, Table(("Class", "Logit"), (("a", "1"),)))]
    return Report(**{"title": "Why?", "introduction": "A dish.", "sections": sections} | parts)


def opened(source):
    return Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))


def noise(number, side=240):
    return np.random.default_rng(number).integers(0, 256, (side, side, 3), np.uint8)


def test_it_says_in_which_language_it_is():
    assert Parsed(report.render_html(made())).of("html") == [{"lang": "en"}]
    with language.using("ja"):
        content = report.render_html(made(title="混同"))
    assert Parsed(content).of("html") == [{"lang": "ja"}]
    assert "<title>混同</title>" in content.decode()
    assert '"Yu Gothic"' in content.decode()


def test_it_contains_all_texts_and_closes_every_element():
    found = Parsed(
        report.render_html(
            made(
                figure(title="The mistake", lines=("called ravioli", "97%")),
                remarks=("wrong label: Pasta.",),
                facts=[("Model", "b1-abc")],
                scale=figure(lines=("Red is for.",)),
            )
        )
    )
    assert found.open == []
    for text in (
        "Why?",
        "A dish.",
        "For ravioli",
        "The mistake",
        "called ravioli",
        "97%",
        "Pasta.",
        "b1-abc",
        "Red is",
    ):
        assert text in found.text
    assert [image["alt"] for image in found.of("img")] == ["A picture", "A picture"]
    assert found.of("html") == [{"lang": "en"}]


def test_photographs_are_jpeg_and_overlays_are_png_pixel_for_pixel():
    photo, overlay = Parsed(report.render_html(made(figure(noise(0), photo=True), figure(noise(1))))).of("img")
    assert opened(photo["src"]).format == "JPEG"
    np.testing.assert_array_equal(np.asarray(opened(overlay["src"])), noise(1))


def test_texts_of_people_are_shown_as_text_and_never_run():
    evil = figure(alt=EVIL, title=EVIL, lines=(EVIL,))
    section = Section(EVIL, (EVIL,), (evil,), 2, Table((EVIL,), ((EVIL,),)))
    found = Parsed(
        report.render_html(
            Report(
                title=EVIL,
                introduction=EVIL,
                sections=[section],
                remarks=[EVIL],
                facts=[(EVIL, EVIL)],
                links=[(EVIL, "http://a/")],
            )
        )
    )
    assert found.open == []
    assert not found.of("script")
    assert [image["alt"] for image in found.of("img")] == [EVIL]
    assert not any("onerror" in attributes for _, attributes in found.elements)


def test_nothing_is_loaded_from_anywhere():
    content = report.render_html(made(figure(), scale=figure(), links=[("Open it", "https://host/explain?a=1&b=2")]))
    found = Parsed(content)
    assert all(image["src"].startswith("data:image/") for image in found.of("img"))
    assert [link["href"] for link in found.of("a")] == ["https://host/explain?a=1&b=2"]
    assert not {"script", "link", "iframe", "object", "base"} & {tag for tag, _ in found.elements}
    assert b"url(" not in content
    assert b"@import" not in content
    (policy,) = (meta["content"] for meta in found.of("meta") if "http-equiv" in meta)
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "", "//host/x"])
def test_only_web_addresses_become_links(address):
    assert not Parsed(report.render_html(made(figure(), links=[("Open it", address)]))).of("a")


def test_a_report_that_would_be_too_heavy_gets_lighter_overlays_and_its_photographs_stay():
    overlays = [figure(noise(number, side=64)) for number in range(12)]
    content = report.render_html(made(figure(noise(99), photo=True), *overlays), max_bytes=150_000)
    assert len(content) < 160_000
    photo, *maps = Parsed(content).of("img")
    assert opened(photo["src"]).size == (240, 240)
    assert {opened(image["src"]).size for image in maps} == {(32, 32)}


def test_one_picture_is_a_png_that_knows_what_it_shows():
    told = made(
        figure(photo=True, title="The picture"),
        figure(noise(1), title="For ravioli", lines=("logit 2",), alt="Red and blue"),
        scale=figure(lines=("Red is for.",)),
        facts=[("Model", "b1-abc")],
    )
    assert [panel.title for panel in report.panels(told)] == ["The picture", "For ravioli"]
    with Image.open(io.BytesIO(report.panel(told, 1))) as found:
        np.testing.assert_array_equal(np.asarray(found), noise(1))
        assert found.text == {
            "Title": "Why? For ravioli",
            "Description": "Red and blue\nlogit 2\nRed is for.",
            "Source": "Model: b1-abc",
        }


def test_the_same_report_is_the_same_file():
    assert report.render_html(made(figure(noise(0)))) == report.render_html(made(figure(noise(0))))


def test_it_says_how_it_is_to_be_printed():
    styles = re.search(r"@media print \{.*\n\}", report.render_html(made()).decode(), re.DOTALL).group()
    assert "break-inside: avoid" in styles
    assert "print-color-adjust: exact" in styles
