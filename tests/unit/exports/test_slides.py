"""Slides of a story as a PowerPoint file."""

import importlib.util
import io

import numpy as np
import pytest
from pptx import Presentation

from xai_core import language
from xai_core.errors import PackageMissing
from xai_core.exports import slides
from xai_core.exports.report import Figure
from xai_core.exports.slides import Box, Slide

GREY = np.full((30, 30, 3), 128, np.uint8)
HOSTILE = "正解 <b>&\x07 $x$"


def figure(**changes):
    return Figure(GREY, "a \x01grey square", lines=("pork chop, 88.7%", "second line"), **changes)


def test_a_file_has_real_text_pictures_with_alternative_texts_and_notes():
    many = Slide(
        "Is it always so?", "word " * 60, tuple(figure(photo=True) for _ in range(12)), ("First.", HOSTILE), "Remark."
    )
    made = slides.render_pptx([Slide("What it said", HOSTILE, (figure(),)), many, Slide("Bare", "Text.")], title="T")
    file = Presentation(io.BytesIO(made))
    assert file.slide_width / file.slide_height == pytest.approx(16 / 9, abs=1e-3)
    first, second, third = file.slides
    # XML has no other control characters than blanks.
    assert first.shapes.title.text == "正解 <b>&\N{REPLACEMENT CHARACTER} $x$"
    assert [shape.text_frame.text for shape in first.shapes if shape.has_text_frame] == [
        first.shapes.title.text,
        "What it said",
        "pork chop, 88.7%\nsecond line",
        "1 / 3",
    ]
    assert 'typeface="Yu Gothic"' in first.shapes.title._element.xml
    assert "Remark." in [shape.text_frame.text for shape in second.shapes if shape.has_text_frame]
    assert second.notes_slide.notes_text_frame.text == "First.\n正解 <b>&\N{REPLACEMENT CHARACTER} $x$"
    pictures = [shape for shape in second.shapes if shape.shape_type.name == "PICTURE"]
    assert len(pictures) == 12
    assert {shape._element.nvPicPr.cNvPr.get("descr") for shape in pictures} == {
        "a \N{REPLACEMENT CHARACTER}grey square"
    }
    assert {shape.width == shape.height for shape in pictures} == {True}
    for shape in (*first.shapes, *second.shapes, *third.shapes):
        assert shape.left >= 0
        assert shape.top >= 0
        assert shape.left + shape.width <= file.slide_width
        assert shape.top + shape.height <= file.slide_height
    assert len(made) < 100_000


def test_japanese_is_marked_as_such_in_every_run_and_its_wide_letters_take_room():
    sentence = "その部分がないと、モデルの推計はポークチョップ、88.7%。正解です。その部分がないと、モデル"
    with language.using("ja"):
        made = slides.render_pptx([Slide("注目した場所", sentence, (figure(),), ("数値。",))], title="混同")
    file = Presentation(io.BytesIO(made))
    (page,) = file.slides
    frames = [shape.text_frame for shape in page.shapes if shape.has_text_frame]
    frames.append(page.notes_slide.notes_text_frame)
    runs = [run for frame in frames for paragraph in frame.paragraphs for run in paragraph.runs]
    assert len(runs) == 6
    for run in runs:
        assert 'lang="ja-JP"' in run._r.xml
        assert '<a:ea typeface="Yu Gothic"/>' in run._r.xml
    assert file.core_properties.language == "ja-JP"
    # Of Latin letters as many would have the largest size.
    assert len(sentence) < 60
    assert page.shapes.title.text_frame.paragraphs[0].runs[0].font.size.pt == 28


@pytest.mark.parametrize(
    ("count", "side", "columns"),
    [(1, 3.4, 1), (2, 3.4, 2), (4, 2.85, 4), (12, 1.3, 6)],
)
def test_figures_are_as_large_as_possible(count, side, columns):
    """In an area of 12 by 4 with two lines of 0.3 below each picture, and gaps of 0.2."""
    found = list(slides.cells([figure() for _ in range(count)], Box(0, 0, 12, 4)))
    assert [picture.height for _, picture, _ in found] == pytest.approx([side] * count)
    assert len({round(picture.left, 6) for _, picture, _ in found}) == columns
    for _, picture, lines in found:
        assert lines.top == pytest.approx(picture.top + picture.height)
        assert lines.height == pytest.approx(0.6)


def test_without_the_package_an_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(PackageMissing, match="A PowerPoint file needs the package python-pptx") as caught:
        slides.render_pptx([Slide("Head", "Text.")], title="T")
    assert caught.value.hint == 'Install it: pip install ".[slides]"'
