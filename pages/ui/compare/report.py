"""The report on a comparison: the mistake and its companions, question by question, on one scale."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pages.ui.compare.board import HOW_TO_READ, Asked, Row
from pages.ui.frame import components
from pages.ui.loaders import pictures
from pages.ui.maps import overlays
from pages.ui.reports import report
from xai_core import render
from xai_core.explain.certainty import drawn
from xai_core.explain.explanation import Explanation
from xai_core.labels import words
from xai_core.report import Figure, Report, Section
from xai_core.study.study import Study

Views = Mapping[str, NDArray[np.uint8]]
"""Pictures as the model sees them, (h, w, 3) uint8, by image id."""


def offer(study: Study, answers: Mapping[str, Explanation | None], asked: Asked) -> None:
    """Offer the report, once all is computed.

    Parameters
    ----------
    study
        Which study.
    answers
        Explanations by image id, the mistake first; None where there is none yet.
    asked
        What the controls say.
    """
    mistake = next(iter(answers))
    titles = [_title(image_id, row) for row in (None, *asked.rows) for image_id in answers]
    found = {image_id: answer for image_id, answer in answers.items() if answer is not None}
    views = {image_id: pictures.sight(study, image_id).view for image_id in answers}
    row = study.row(mistake)
    links = report.ways_back(
        [
            ("Open this comparison in the app", None, {}),
            ("All mistakes of this pair", "confusions", {"truth": row["truth"], "guess": row["guess"]}),
        ]
    )
    make = None if len(found) < len(answers) else lambda: of_comparison(study, found, views, asked, links)
    report.offer("compare", f"{mistake.replace('/', '-')} compared", titles, make)


def of_comparison(
    study: Study,
    answers: Mapping[str, Explanation],
    views: Views,
    asked: Asked,
    links: list[tuple[str, str]] | None = None,
) -> Report:
    """The report: the pictures, then for each question an overlay of each.

    Parameters
    ----------
    study, asked
        As on the page.
    answers
        Explanations by image id, the mistake first.
    views
        Their pictures.
    links
        Words and addresses of the ways back.
    """
    mistake = next(iter(answers))
    truth, guess = (words(study.row(mistake)[each]) for each in ("truth", "guess"))
    own = render.shared_limit(*(row.map(answer) for answer in answers.values() for row in asked.rows))
    limit = asked.limit or own
    seen = tuple(_seen(study, image_id, view) for image_id, view in views.items())
    questions = [
        Section(
            _question(row),
            figures=tuple(
                _overlay(views[each], answer, each, row, limit=limit, asked=asked) for each, answer in answers.items()
            ),
            columns=len(views),
        )
        for row in asked.rows
    ]
    return Report(
        title=f"{truth.capitalize()} taken for {guess}",
        lead=f"{components.picture_name(mistake)}, beside pictures that the model gets right. {HOW_TO_READ}",
        sections=[
            Section("The pictures, as the model sees them", figures=seen, columns=len(views)),
            *questions,
            *report.enough(list(answers.values()), asked.pair, asked.display),
        ],
        scale=report.scale(limit, study, asked.display),
        remarks=report.remarks(study, mistake),
        facts=report.facts(study, list(answers.values())),
        links=links or [],
    )


def _seen(study: Study, image_id: str, view: NDArray[np.uint8]) -> Figure:
    row = study.row(image_id)
    kind = "correct" if row["truth"] == row["guess"] else "mistake"
    return Figure(
        view,
        f"{components.picture_name(image_id)} as the model sees it",
        _title(image_id, None),
        (kind, f"called {words(row['guess'])}, {row['p_guess']:.0%}"),
        photo=True,
    )


def _overlay(
    view: NDArray[np.uint8], answer: Explanation, image_id: str, row: Row, *, limit: float, asked: Asked
) -> Figure:
    palette = asked.display.palette
    rather = f" rather than {words(row.rather)}" if row.rather else ""
    caption = (
        overlays.contrast_numbers(answer, row.label, row.rather) if row.rather else overlays.numbers(answer, row.label)
    )
    evidence = drawn(answer, row.label, row.rather, hides_noise=asked.display.hides_noise)
    return Figure(
        report.tinted(view, evidence, limit, asked.display),
        f"{components.picture_name(image_id)}: what speaks for {words(row.label)}{rather} in {palette.towards}, "
        f"against it in {palette.away}",
        components.picture_name(image_id),
        report.lines(caption),
    )


def _question(row: Row) -> str:
    if row.rather:
        return f"Why {words(row.label)} rather than {words(row.rather)}?"
    return f"For {words(row.label)} ({row.role})"


def _title(image_id: str, row: Row | None) -> str:
    """Of a picture in the list of all: which picture, and what of it is shown."""
    name = components.picture_name(image_id)
    return f"{name}, {_question(row)[0].lower()}{_question(row)[1:]}" if row else name
