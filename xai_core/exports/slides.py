"""Slides of a story as a PowerPoint file with real text, pictures, alternative texts and speaker notes."""

import importlib.util
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from xai_core.errors import PackageMissing
from xai_core.exports.report import Figure
from xai_core.language import ENGLISH, current, tr

PACKAGE, EXTRA = "python-pptx", "slides"

WIDTH_IN, HEIGHT_IN = 13.333, 7.5
"""Size of a slide in inches, 16 to 9."""

_MARGIN, _GAP = 0.6, 0.2
_HEAD_TOP, _HEAD_HEIGHT = 0.35, 0.5
_SENTENCE_TOP, _SENTENCE_HEIGHT = 0.85, 1.45
_FIGURES_TOP, _FIGURES_BOTTOM = 2.4, 6.9
_REMARK_HEIGHT = 0.6  # two lines
_FOOT_TOP, _FOOT_HEIGHT = 6.98, 0.35
_LINE_HEIGHT = 0.3  # one line of a caption

_HEAD_PT, _CAPTION_PT, _REMARK_PT, _FOOT_PT = 18, 14, 14, 11
_SENTENCE_PT = ((75, 32), (120, 28), (200, 24))
"""Largest number of Latin characters and size of the text, in points."""
_SMALLEST_PT = 20

_ACCENT, _INK, _FAINT = (15, 95, 115), (12, 19, 23), (91, 102, 108)

_EAST_ASIAN = "Yu Gothic"
"""Font of Chinese, Japanese and Korean characters; python-pptx by itself sets that of Latin ones only."""

_LOCALES = {"ja": "ja-JP"}
"""Language that PowerPoint checks the spelling in, and screen readers speak; not set for English."""

_JPEG_QUALITY = 90

# XML 1.0 has no other characters. lxml refuses them in an attribute.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, eq=False)
class Slide:
    """Step of a story with one sentence and one row of pictures, as plain text from any source.

    Attributes
    ----------
    head
        Name of the step, such as "Where it looked".
    sentence
        What the step says.
    figures
        Pictures of about one shape. Their `lines` are written below them.
    notes
        Paragraphs for the speaker.
    remark
        Small text below the pictures, on the test behind the sentence or on its limits; may be empty.
    """

    head: str
    sentence: str
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """Rectangle on a slide in inches."""

    left: float
    top: float
    width: float
    height: float


def require_package() -> None:
    """Check that PowerPoint files can be written.

    Raises
    ------
    PackageMissing
        If python-pptx is not installed; the hint has the line that installs it.
    """
    if importlib.util.find_spec("pptx") is None:
        raise PackageMissing(PACKAGE, tr("A PowerPoint file"), EXTRA)


def render_pptx(slides: Sequence[Slide], *, title: str, foot: str = "") -> bytes:
    """Return slides as a PowerPoint file (.pptx), 16 to 9.

    Parameters
    ----------
    slides
        The slides, one or more.
    title
        Title in the properties of the file.
    foot
        Small line on every slide, such as where the numbers come from.

    Raises
    ------
    PackageMissing
        If python-pptx is not installed.
    """
    require_package()
    from pptx import Presentation  # noqa: PLC0415 - an extra

    file: Any = Presentation()
    file.slide_width, file.slide_height = _emu(WIDTH_IN), _emu(HEIGHT_IN)
    file.core_properties.title, file.core_properties.author = _xml_text(title), ""
    if current() != ENGLISH:
        file.core_properties.language = _LOCALES[current()]
    layout = next(layout for layout in file.slide_layouts if layout.name == "Title Only")
    for number, slide in enumerate(slides, start=1):
        _draw_slide(file.slides.add_slide(layout), slide, f"{foot}   {number} / {len(slides)}")
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def jpeg(figure: Figure) -> bytes:
    """Return the picture of a figure as JPEG. Overlays keep the resolution of their colours."""
    out = io.BytesIO()
    subsampling = 2 if figure.photo else 0
    Image.fromarray(figure.picture).save(out, "JPEG", quality=_JPEG_QUALITY, subsampling=subsampling)
    return out.getvalue()


def cells(figures: Sequence[Figure], area: Box) -> Iterator[tuple[Figure, Box, Box]]:
    """Lay figures out in rows as large as possible, and yield each with the boxes of its picture and its lines.

    Parameters
    ----------
    figures
        The figures, in any number.
    area
        Where they go. Rows are centred in it.
    """
    if not figures:
        return
    ratio = max(figure.picture.shape[1] / figure.picture.shape[0] for figure in figures)
    lines = max(len(figure.lines) for figure in figures) * _LINE_HEIGHT
    heights = {columns: _height(len(figures), columns, ratio, lines, area) for columns in range(1, len(figures) + 1)}
    columns = max(heights, key=lambda count: heights[count])
    height = heights[columns]
    width, rows = height * ratio, -(-len(figures) // columns)
    left = area.left + (area.width - columns * width - (columns - 1) * _GAP) / 2
    top = area.top + (area.height - rows * (height + lines) - (rows - 1) * _GAP) / 2
    for position, figure in enumerate(figures):
        row, column = divmod(position, columns)
        x, y = left + column * (width + _GAP), top + row * (height + lines + _GAP)
        own = height * figure.picture.shape[1] / figure.picture.shape[0]
        yield figure, Box(x + (width - own) / 2, y, own, height), Box(x, y + height, width, lines)


def _height(count: int, columns: int, ratio: float, lines: float, area: Box) -> float:
    """Return the height of a picture if the figures are in so many columns."""
    rows = -(-count // columns)
    width = (area.width - (columns - 1) * _GAP) / columns
    return min(width / ratio, (area.height - (rows - 1) * _GAP) / rows - lines)


def _draw_slide(page: Any, slide: Slide, foot: str) -> None:
    wide = WIDTH_IN - 2 * _MARGIN
    # The sentence is the slide's title, so that outlines, screen readers and the list of slides have it.
    title = page.shapes.title
    _place(title, Box(_MARGIN, _SENTENCE_TOP, wide, _SENTENCE_HEIGHT))
    _write(title, (slide.sentence,), _sentence_pt(slide.sentence), _INK, bold=True)
    _write(_text_box(page, Box(_MARGIN, _HEAD_TOP, wide, _HEAD_HEIGHT)), (slide.head,), _HEAD_PT, _ACCENT, bold=True)
    bottom = _FIGURES_BOTTOM - (_REMARK_HEIGHT + _GAP if slide.remark else 0)
    for figure, picture, lines in cells(slide.figures, Box(_MARGIN, _FIGURES_TOP, wide, bottom - _FIGURES_TOP)):
        shape = page.shapes.add_picture(io.BytesIO(jpeg(figure)), *_corner_and_size(picture))
        shape._element.nvPicPr.cNvPr.set("descr", _xml_text(figure.alt))  # noqa: SLF001 - the library has no way to set it
        if figure.lines:
            _write(_text_box(page, lines), figure.lines, _CAPTION_PT, _INK, centred=True)
    if slide.remark:
        below = Box(_MARGIN, _FIGURES_BOTTOM - _REMARK_HEIGHT, wide, _REMARK_HEIGHT)
        _write(_text_box(page, below), (slide.remark,), _REMARK_PT, _INK)
    _write(_text_box(page, Box(_MARGIN, _FOOT_TOP, wide, _FOOT_HEIGHT)), (foot,), _FOOT_PT, _FAINT)
    notes = page.notes_slide.notes_text_frame
    notes.text = _xml_text("\n".join(slide.notes))
    for paragraph in notes.paragraphs:
        for run in paragraph.runs:
            _set_script(run)


def _sentence_pt(sentence: str) -> int:
    # Letters of East Asia are as wide as two Latin ones.
    width = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in sentence)
    return next((size for most, size in _SENTENCE_PT if width <= most), _SMALLEST_PT)


def _text_box(page: Any, box: Box) -> Any:
    return page.shapes.add_textbox(*_corner_and_size(box))


def _place(shape: Any, box: Box) -> None:
    shape.left, shape.top, shape.width, shape.height = _corner_and_size(box)


def _write(
    shape: Any,
    lines: Sequence[str],
    size_pt: int,
    colour: tuple[int, int, int],
    *,
    bold: bool = False,
    centred: bool = False,
) -> None:
    """Write lines into a shape, one paragraph each, from its top on."""
    from pptx.dml.color import RGBColor  # noqa: PLC0415 - an extra
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN  # noqa: PLC0415
    from pptx.util import Pt  # noqa: PLC0415

    frame = shape.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.CENTER if centred else PP_ALIGN.LEFT
        run = paragraph.add_run()
        run.text = _xml_text(line.strip())
        run.font.size, run.font.bold, run.font.color.rgb = Pt(size_pt), bold, RGBColor(*colour)
        _set_script(run)


def _set_script(run: Any) -> None:
    """Set the East Asian font of a run, and its language."""
    from pptx.oxml.ns import qn  # noqa: PLC0415 - an extra

    properties = run._r.get_or_add_rPr()  # noqa: SLF001 - the library has no way to set them
    properties.append(properties.makeelement(qn("a:ea"), {"typeface": _EAST_ASIAN}))
    if current() in _LOCALES:
        properties.set("lang", _LOCALES[current()])
        properties.set("altLang", "en-US")


def _corner_and_size(box: Box) -> tuple[int, int, int, int]:
    return _emu(box.left), _emu(box.top), _emu(box.width), _emu(box.height)


def _emu(inches: float) -> int:
    """Convert inches into the unit of the file format."""
    return round(inches * 914_400)


def _xml_text(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
