"""Reports as one HTML file with its pictures inside, without scripts or network, ready to print."""

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

from xai_core.language import current

MAX_BYTES = 5_000_000
"""Largest size of the pictures of a report, so that it can be sent by mail."""

_JPEG_QUALITY = 88
# Factors by which overlays are made smaller until the report fits. Photographs stay as they are: JPEG makes them small
# already, and overlays are read by their colours, not by their details.
_SCALES = (1.0, 0.75, 0.5, 0.35, 0.25)


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """Picture with its texts.

    Attributes
    ----------
    picture : (H, W, 3) uint8
    alt
        Description of the picture for people who do not see it.
    title, lines
        Texts above and below it; may be empty.
    photo
        True for a photograph, which is stored as JPEG; False for a drawing, which is stored as PNG.
    """

    picture: NDArray[np.uint8]
    alt: str
    title: str = ""
    lines: tuple[str, ...] = ()
    photo: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Table whose first column is text and whose other columns are numbers, aligned on the right."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """Part of a report with a text, figures side by side, and a table."""

    title: str
    text: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    columns: int = 4
    table: Table | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Report:
    """Content of a report, as plain text from any source.

    Attributes
    ----------
    title, introduction
        The question, and a sentence about the pictures.
    sections
        The answer.
    scale
        The colour scale that all overlays share. Its `lines` say what the colours mean. None without overlays.
    remarks
        Verdicts and notes of people, one paragraph each.
    facts
        Settings, versions and provenance by name.
    links
        Words and addresses of links back to the app. Addresses that are not of the web are left out.
    """

    title: str
    introduction: str
    sections: Sequence[Section]
    scale: Figure | None = None
    remarks: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    links: Sequence[tuple[str, str]] = ()


def render_html(report: Report, max_bytes: int = MAX_BYTES) -> bytes:
    """Return a report as one HTML file.

    Parameters
    ----------
    report
        Content of the report.
    max_bytes
        Size that its pictures may take. Overlays are made smaller until they fit or would become useless.

    Returns
    -------
    UTF-8. All texts are escaped, and the file forbids the browser to load or run anything. It says that its language is
    that of the reader, so that screen readers pronounce it and browsers choose its fonts.
    """
    pictures = _fitted(list(_figures(report)), max_bytes)
    links = [(words, address) for words, address in report.links if urlsplit(address).scheme in ("http", "https")]
    made = _template().render(
        report=report, source=lambda figure: pictures[id(figure)], links=links, language=current()
    )
    return made.encode()


def panels(report: Report) -> tuple[Figure, ...]:
    """Return the figures of a report in their order, without the colour scale."""
    return tuple(figure for section in report.sections for figure in section.figures)


def panel(report: Report, index: int) -> bytes:
    """Return one figure of a report as a PNG file that contains its texts.

    Parameters
    ----------
    report
        The report.
    index
        Index of the figure in `panels`.

    Returns
    -------
    The picture in its own size. The keywords Title, Description and Source hold its texts and where it comes from.
    """
    figure = panels(report)[index]
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


def _fitted(figures: Sequence[Figure], max_bytes: int) -> dict[int, str]:
    """Return the data URI of each figure by its id, together no longer than `max_bytes` if possible."""
    found: dict[int, str] = {}
    for scale in _SCALES:
        found = {id(figure): _source(figure, 1.0 if figure.photo else scale) for figure in figures}
        if sum(map(len, found.values())) <= max_bytes:
            break
    return found


def _source(figure: Figure, scale: float) -> str:
    """Return a picture as the `src` attribute of an image."""
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
    folder = jinja2.FileSystemLoader(Path(__file__).parent)
    return jinja2.Environment(
        loader=folder, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template("report.html")
