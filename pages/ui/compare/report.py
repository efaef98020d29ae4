"""Report on a mistake and its companions."""

from collections.abc import Mapping, Sequence

from pages.ui.compare.board import Column, columns_of, find_evidence
from pages.ui.compare.request import CompareRequest, Row
from pages.ui.controls.colour_scale import per_hundredth
from pages.ui.frame import components
from pages.ui.maps import lens, location, overlays
from pages.ui.picture import patch_names
from pages.ui.reports import report
from xai_core.explain.certainty import display_map
from xai_core.explain.colour_scale import Limits
from xai_core.explain.explanation import Explanation
from xai_core.explain.wording import probability_text
from xai_core.exports.report import Figure, Report, Section
from xai_core.labels import words
from xai_core.language import tr
from xai_core.study.study import Study
from xai_core.texts import paragraph


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
    found = {image_id: answer for image_id, answer in answers.items() if answer is not None}
    columns = dict(zip(answers, columns_of(study, tuple(answers)), strict=True))
    row = study.row(mistake)
    links = report.app_links(
        [
            (tr("Open this comparison in the app"), None, {}),
            (tr("All mistakes of this pair"), "confusions", {"truth": row["truth"], "guess": row["guess"]}),
        ]
    )
    make = None if len(found) < len(answers) else lambda: comparison_report(study, found, columns, request, links)
    contrast, *classes = request.rows
    enlarged = [tr("{name}, enlarged", name=_title(image_id, None)) for image_id in answers]
    titles = [_title(image_id, row) for row in (None, contrast) for image_id in answers] + enlarged
    titles += [_title(image_id, row) for row in classes for image_id in answers]
    report.draw_report_downloads("compare", f"{mistake.replace('/', '-')}-compared", titles, make)


def comparison_report(
    study: Study,
    answers: Mapping[str, Explanation],
    columns: Mapping[str, Column],
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
    columns
        Pictures by image id.
    links
        Texts and addresses of links back to the app.
    """
    mistake = next(iter(answers))
    truth, guess = (words(study.row(mistake)[column]) for column in ("truth", "guess"))
    contrast, *classes = request.rows
    labels = [row.target.label for row in classes]
    limits = request.display.scale.limits(answers[mistake], contrast.target, labels)
    findings = {image_id: find_evidence(columns[image_id], answer, request) for image_id, answer in answers.items()}
    rows = [
        Section(
            row.question,
            (
                tr(
                    "Full colour is {amount} logits per hundredth of the picture.",
                    amount=_amount(limits, row, study),
                ),
            ),
            figures=tuple(
                _overlay_figure(
                    columns[image_id], answer, row, limits=limits, request=request, found=findings[image_id]
                )
                for image_id, answer in answers.items()
            ),
            columns=len(columns),
        )
        for row in request.rows
    ]
    rows.insert(1, _lens_section(columns, findings))
    names = patch_names.names_of_pair(study, *study.row(mistake)[["truth", "guess"]], shows_error=False)
    named = patch_names.named_line(names, mistake) or patch_names.named_line(names)
    return Report(
        title=tr("{truth} taken for {guess}", truth=truth.capitalize(), guess=guess),
        introduction=paragraph(
            findings[mistake].sentence,
            tr(
                "This is {name}, beside pictures that the model gets right.",
                name=components.picture_name(mistake),
            ),
            named,
        ),
        sections=[
            Section(
                tr("The pictures, as the model sees them"),
                figures=tuple(_picture_figure(image_id, column) for image_id, column in columns.items()),
                columns=len(columns),
            ),
            *rows,
            *report.convergence_section(list(answers.values()), request.target, request.display),
        ],
        scale=report.scale_figure(None, study, request.display),
        remarks=report.verdict_lines(study, mistake),
        facts=report.facts(study, list(answers.values())),
        links=links,
    )


def _amount(limits: Limits, row: Row, study: Study) -> str:
    return f"{per_hundredth(limits.classes if row.target.rather_than is None else limits.contrast, study):.2g}"


def _picture_figure(image_id: str, column: Column) -> Figure:
    row = column.row
    kind = tr("correct") if row["truth"] == row["guess"] else tr("mistake")
    called = tr("called {name}, {probability}", name=words(row["guess"]), probability=probability_text(row["p_guess"]))
    return Figure(
        column.view,
        tr("{name} as the model sees it", name=components.picture_name(image_id)),
        _title(image_id, None),
        (kind, called),
        photo=True,
    )


def _overlay_figure(
    column: Column,
    answer: Explanation,
    row: Row,
    *,
    limits: Limits,
    request: CompareRequest,
    found: location.Finding,
) -> Figure:
    display, is_class = request.display, row.target.rather_than is None
    sentence = found.sentence if row is request.located else ""
    evidence = display_map(answer, row.target, hides_noise=display.hides_noise)
    return Figure(
        overlays.coloured(column.view, evidence, limits.classes if is_class else limits.contrast, display),
        overlays.map_alt(column.name, row.target, display, sentence),
        column.name,
        report.lines(overlays.map_numbers(answer, row.target, request.display.unit)),
    )


def _lens_section(columns: Mapping[str, Column], findings: Mapping[str, location.Finding]) -> Section:
    """Return the section with the place of the strongest evidence in each picture, enlarged."""
    figures = []
    for image_id, found in findings.items():
        column = columns[image_id]
        part = lens.enlarged(column.view, found)
        note = (found.note,) if found.note else ()
        alt = lens.lens_alt(column.name, found.name)
        figures.append(Figure(part, alt, tr("{name}, enlarged", name=column.name), note, photo=True))
    return Section(tr("Where the evidence is strongest"), figures=tuple(figures), columns=len(columns))


def _title(image_id: str, row: Row | None) -> str:
    """Return the title of a picture in the list of all pictures of the report."""
    name = components.picture_name(image_id)
    return tr("{name}, {question}", name=name, question=f"{row.question[0].lower()}{row.question[1:]}") if row else name
