"""Evidence as one HTML file that needs nothing else: pictures within it, no script, no network, fit to be printed."""

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import jinja2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

MOST_BYTES = 5_000_000
"""What a report may weigh, so that it can be sent by mail."""

_JPEG_QUALITY = 88
# How overlays are made smaller until the report is light enough: their colours are what is to be read.
_SCALES = (1.0, 0.75, 0.5, 0.35, 0.25)


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A picture with its words.

    Attributes
    ----------
    picture : (H, W, 3) uint8
    alt
        The picture in words, for those who do not see it.
    title, lines
        Above it and below it; may be empty.
    photo
        Whether it is a photograph: it is then kept as JPEG, else as PNG.
    """

    picture: NDArray[np.uint8]
    alt: str
    title: str = ""
    lines: tuple[str, ...] = ()
    photo: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers in rows; the first column is text, the others are flush right."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A part of a report: figures side by side, what is to be said of them, and numbers."""

    title: str
    text: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    columns: int = 4
    table: Table | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Report:
    """What a report says; plain text throughout, from wherever.

    Attributes
    ----------
    title, lead
        The question, and a sentence on what is looked at.
    sections
        The answer.
    scale
        The colour scale that all overlays share, its `lines` saying what the colours mean; None without overlays.
    remarks
        What people said of it: verdict and note, a paragraph each.
    facts
        Settings, versions and provenance by name.
    links
        Words and address of the ways back to the app; those that are no web addresses are left out.
    """

    title: str
    lead: str
    sections: Sequence[Section]
    scale: Figure | None = None
    remarks: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    links: Sequence[tuple[str, str]] = ()


def page(report: Report, most: int = MOST_BYTES) -> bytes:
    """Return a report as one HTML file.

    Parameters
    ----------
    report
        What it says.
    most
        Bytes that its pictures may take; overlays are made smaller until they fit, or are as small as is of use.

    Returns
    -------
    UTF-8. Everything in it is escaped, and the file forbids its reader's browser to load or run anything.
    """
    pictures = _fitted(list(_figures(report)), most)
    links = [(words, address) for words, address in report.links if urlsplit(address).scheme in ("http", "https")]
    return _template().render(report=report, source=lambda figure: pictures[id(figure)], links=links).encode()


def panels(report: Report) -> tuple[Figure, ...]:
    """Return the pictures of a report in their order, without the scale."""
    return tuple(figure for section in report.sections for figure in section.figures)


def panel(report: Report, place: int) -> bytes:
    """Return one picture of a report as the bytes of a PNG file, which knows what it shows and where it comes from.

    Parameters
    ----------
    report
        Which report.
    place
        Which of its `panels`.

    Returns
    -------
    The picture as it is, its texts beside the pixels as the keywords Title, Description and Source.
    """
    figure = panels(report)[place]
    scale = report.scale.lines if report.scale is not None and not figure.photo else ()
    texts = PngInfo()
    texts.add_itxt("Title", f"{report.title} {figure.title}")
    texts.add_itxt("Description", "\n".join((figure.alt, *figure.lines, *scale)))
    texts.add_itxt("Source", "\n".join(f"{name}: {value}" for name, value in report.facts))
    out = io.BytesIO()
    Image.fromarray(figure.picture).save(out, "PNG", pnginfo=texts)
    return out.getvalue()


def _figures(report: Report) -> Iterator[Figure]:
    if report.scale is not None:
        yield report.scale
    yield from panels(report)


def _fitted(figures: Sequence[Figure], most: int) -> dict[int, str]:
    """Return the data URI of each figure by its identity, together no longer than `most` where that can be."""
    found: dict[int, str] = {}
    for scale in _SCALES:
        found = {id(each): _source(each, 1.0 if each.photo else scale) for each in figures}
        if sum(map(len, found.values())) <= most:
            break
    return found


def _source(figure: Figure, scale: float) -> str:
    """Return a picture as the `src` of an image."""
    picture = Image.fromarray(figure.picture)
    if scale < 1:
        smaller = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(smaller, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    if figure.photo:
        picture.save(out, "JPEG", quality=_JPEG_QUALITY)
    else:
        picture.save(out, "PNG")
    kind = "jpeg" if figure.photo else "png"
    return f"data:image/{kind};base64,{base64.b64encode(out.getvalue()).decode('ascii')}"


@cache
def _template() -> jinja2.Template:
    rooms = jinja2.FileSystemLoader(Path(__file__).parent)
    return jinja2.Environment(
        loader=rooms, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template("report.html")
