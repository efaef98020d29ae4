"""Reports as slides, and slides as a report: the same content in two forms."""

from collections.abc import Iterator, Sequence

from xai_core.exports.report import Report, Section
from xai_core.exports.slides import Slide
from xai_core.texts import paragraph

MOST_FIGURES = 8
"""Figures of one slide. A section with more goes on on the next."""


def report_slides(report: Report) -> tuple[Slide, ...]:
    """Return a slide for each section that has figures.

    The first slide says the introduction. Texts and tables of a section go into the speaker notes, those of sections
    without figures into the notes of the slide before, and settings and versions into the notes of the last slide.
    """
    made: list[Slide] = []
    for section in report.sections:
        notes = tuple(_notes(section))
        if not section.figures:
            if made:
                made[-1] = _with_notes(made[-1], notes)
            continue
        for begin in range(0, len(section.figures), MOST_FIGURES):
            first = not made
            sentence = report.introduction if first else section.title
            figures = section.figures[begin : begin + MOST_FIGURES]
            scale = paragraph(*report.scale.lines) if report.scale is not None and first else ""
            made.append(Slide(report.title, sentence, figures, notes if begin == 0 else (), scale))
    if not made:
        made.append(Slide(report.title, report.introduction))
    facts = (*report.remarks, *(f"{name}: {value}" for name, value in report.facts))
    made[-1] = _with_notes(made[-1], facts)
    return tuple(made)


def slides_report(slides: Sequence[Slide], title: str, facts: Sequence[tuple[str, str]]) -> Report:
    """Return a report with a section for each slide."""
    sections = [
        Section(
            f"{number}. {slide.head}",
            (slide.sentence, *filter(None, (slide.remark,)), *slide.notes),
            slide.figures,
            max(2, min(4, len(slide.figures))),
        )
        for number, slide in enumerate(slides, start=1)
    ]
    return Report(title=title, introduction=slides[0].sentence, sections=sections, facts=facts)


def _notes(section: Section) -> Iterator[str]:
    yield section.title
    yield from section.text
    if section.table is not None:
        yield " | ".join(section.table.heading)
        yield from (" | ".join(row) for row in section.table.rows)


def _with_notes(slide: Slide, notes: Sequence[str]) -> Slide:
    return Slide(slide.head, slide.sentence, slide.figures, (*slide.notes, *notes), slide.remark)
