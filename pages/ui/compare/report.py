"""Report on a mistake and its companions."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pages.ui.compare.board import HOW_TO_READ
from pages.ui.compare.request import CompareRequest, Row
from pages.ui.frame import components
from pages.ui.loaders import pictures
from pages.ui.maps import overlays
from pages.ui.reports import report
from xai_core import render
from xai_core.explain.certainty import display_map
from xai_core.explain.explanation import Explanation
from xai_core.labels import words
from xai_core.report import Figure, Report, Section
from xai_core.study.study import Study

Views = Mapping[str, NDArray[np.uint8]]
"""Pictures as the model sees them, (h, w, 3) uint8, by image id."""


def draw_report(study: Study, answers: Mapping[str, Explanation | None], request: CompareRequest) -> None:
    """Draw the downloads of the report, which are enabled once all is computed.

    Parameters
    ----------
    study
        Study of the pictures.
    answers
        Final explanations by image id, the mistake first; None for those that are being computed.
    request
        Values of the controls.
    """
    mistake = next(iter(answers))
    titles = [_title(image_id, row) for row in (None, *request.rows) for image_id in answers]
    found = {image_id: answer for image_id, answer in answers.items() if answer is not None}
    views = {image_id: pictures.model_view(study, image_id).view for image_id in answers}
    row = study.row(mistake)
    links = report.app_links(
        [
            ("Open this comparison in the app", None, {}),
            ("All mistakes of this pair", "confusions", {"truth": row["truth"], "guess": row["guess"]}),
        ]
    )
    make = None if len(found) < len(answers) else lambda: comparison_report(study, found, views, request, links)
    report.draw_report_downloads("compare", f"{mistake.replace('/', '-')} compared", titles, make)


def comparison_report(
    study: Study,
    answers: Mapping[str, Explanation],
    views: Views,
    request: CompareRequest,
    links: Sequence[tuple[str, str]] = (),
) -> Report:
    """Return the report with the pictures, then a row of overlays for each label or contrast.

    Parameters
    ----------
    study, request
        As on the page.
    answers
        Explanations by image id, the mistake first.
    views
        Pictures by image id.
    links
        Texts and addresses of links back to the app.
    """
    mistake = next(iter(answers))
    truth, guess = (words(study.row(mistake)[column]) for column in ("truth", "guess"))
    maps = (row.target.map_of(answer) for answer in answers.values() for row in request.rows)
    limit = request.limit or render.shared_limit(*maps)
    rows = [
        Section(
            row.question,
            figures=tuple(
                _overlay_figure(views[image_id], answer, image_id, row, limit=limit, request=request)
                for image_id, answer in answers.items()
            ),
            columns=len(views),
        )
        for row in request.rows
    ]
    return Report(
        title=f"{truth.capitalize()} taken for {guess}",
        introduction=f"{components.picture_name(mistake)}, beside pictures that the model gets right. {HOW_TO_READ}",
        sections=[
            Section(
                "The pictures, as the model sees them",
                figures=tuple(_picture_figure(study, image_id, view) for image_id, view in views.items()),
                columns=len(views),
            ),
            *rows,
            *report.convergence_section(list(answers.values()), request.target, request.display),
        ],
        scale=report.scale_figure(limit, study, request.display),
        remarks=report.verdict_lines(study, mistake),
        facts=report.facts(study, list(answers.values())),
        links=links,
    )


def _picture_figure(study: Study, image_id: str, view: NDArray[np.uint8]) -> Figure:
    row = study.row(image_id)
    kind = "correct" if row["truth"] == row["guess"] else "mistake"
    return Figure(
        view,
        f"{components.picture_name(image_id)} as the model sees it",
        _title(image_id, None),
        (kind, f"called {words(row['guess'])}, {row['p_guess']:.0%}"),
        photo=True,
    )


def _overlay_figure(
    view: NDArray[np.uint8], answer: Explanation, image_id: str, row: Row, *, limit: float, request: CompareRequest
) -> Figure:
    name, display = components.picture_name(image_id), request.display
    alt = overlays.evidence_alt(row.target, display.palette)
    evidence = display_map(answer, row.target, hides_noise=display.hides_noise)
    return Figure(
        overlays.coloured(view, evidence, limit, display),
        f"{name}: {alt[0].lower()}{alt[1:]}",
        name,
        report.lines(overlays.map_numbers(answer, row.target)),
    )


def _title(image_id: str, row: Row | None) -> str:
    """Return the title of a picture in the list of all pictures of the report."""
    name = components.picture_name(image_id)
    return f"{name}, {row.question[0].lower()}{row.question[1:]}" if row else name
