"""Buttons that save what a page shows, as HTML, PowerPoint or PDF."""

import re
from collections.abc import Callable, Sequence

from pages.ui.access.download import draw_download
from xai_core.errors import PackageMissing
from xai_core.exports import fonts, pdf, report, report_slides, slides
from xai_core.exports.report import Report
from xai_core.exports.slides import Slide
from xai_core.language import mark, tr

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def draw_formats(
    page: str,
    stem: str,
    make: Callable[[], Report] | None,
    make_slides: Callable[[], Sequence[Slide]] | None = None,
) -> None:
    """Draw the buttons that download a report, made on the click.

    Parameters
    ----------
    page
        Page of the buttons, for example "explain".
    stem
        Start of the names of the files.
    make
        Makes the report; None while there is nothing to report.
    make_slides
        Makes the slides; None for those of the report.
    """
    slides_of = make_slides or (lambda: report_slides.report_slides(_made(make)))
    offers = {
        "html": (tr("Report, HTML"), lambda: report.render_html(_made(make)), "text/html", _HTML),
        "pptx": ("PowerPoint", lambda: _powerpoint(_made(make), slides_of()), PPTX, _PPTX),
        "pdf": ("PDF", lambda: pdf.render_pdf(report.render_html(_made(make))), "application/pdf", _PDF),
    }
    for extension, (title, render, mime, help_text) in offers.items():
        if extension == "pdf" and pdf.find_browser() is None:
            continue
        why_not = _why_not(extension)
        draw_download(
            title,
            None if make is None or why_not else render,
            f"{file_name(stem)}{'-report' if extension != 'pptx' else ''}.{extension}",
            mime,
            key=f"{page}_{'report' if extension == 'html' else extension}",
            help_text=why_not or tr(help_text),
        )


def file_name(text: str) -> str:
    """Return a text as a part of a file's name, without blanks.

    >>> file_name("pork_chop-4 why ravioli, rather than pork chop?")
    'pork_chop-4-why-ravioli-rather-than-pork-chop'
    """
    return re.sub(r"[^\w.-]+", "-", text).strip("-")


def _made(make: Callable[[], Report] | None) -> Report:
    assert make is not None  # the button is disabled without it
    return make()


def _powerpoint(content: Report, made: Sequence[Slide]) -> bytes:
    study = dict(content.facts).get(tr("Study"), "")
    return slides.render_pptx(made, title=content.title, foot=study)


def _why_not(extension: str) -> str:
    """Return why the server cannot write a format; nothing if it can."""
    if extension == "pdf" and not fonts.has_letters():
        return tr("The server has no font for this language. Print the HTML report on your own machine.")
    if extension == "pptx":
        try:
            slides.require_package()
        except PackageMissing as fault:
            return fault.sentence
    return ""


_HTML = mark(
    "Pictures, maps with scale and numbers, settings and versions in one file. It opens in any browser without a "
    "network, and can be printed."
)
_PPTX = mark("Pictures and maps as slides with text that can be edited; the numbers are in the speaker notes.")
_PDF = mark("The report as printed pages.")
