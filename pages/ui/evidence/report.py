"""Report on a pair with the claim, the patches and averages that support it, and the numbers."""

from collections.abc import Iterable, Mapping, Sequence

from pages.ui.evidence import averages, claim, clusters, patches
from pages.ui.evidence.request import EvidenceRequest
from pages.ui.frame import components
from pages.ui.frame.components import picture_name
from pages.ui.frame.plain_text import fault_sentence, without_markdown
from pages.ui.picture import patch_names
from pages.ui.reports import report as reports_report
from xai_core import render
from xai_core.errors import XaiError
from xai_core.evidence.averages import Average
from xai_core.evidence.findings import GROUPS, ExplainedPicture, Findings
from xai_core.evidence.location_words import location_phrase
from xai_core.evidence.patches import Patch
from xai_core.explain.explanation import Explanation
from xai_core.exports import report
from xai_core.exports.report import Figure, Report, Section, Table
from xai_core.labels import words
from xai_core.language import tr
from xai_core.settings.engine_table import ENGINES
from xai_core.study.study import Study
from xai_core.texts import counted, paragraph
from xai_core.verdicts import verdict
from xai_core.verdicts.store import VerdictStore

_COLUMNS = 6


def draw_report(
    study: Study,
    request: EvidenceRequest,
    found: Findings,
    pieces: Sequence[ExplainedPicture],
    *,
    answers: Sequence[Explanation | None],
    rests_on: str,
    final: bool,
) -> None:
    """Draw the downloads of the report.

    Parameters
    ----------
    study, request, found, pieces
        As on the page.
    answers
        Explanations of the pictures, one at least.
    rests_on
        What the claim rests on, in words.
    final
        True if nothing more will come. Until then the buttons are disabled: the page runs again by itself, and a
        download button works only until the page runs again.
    """
    links = reports_report.app_links(
        [
            (tr("Open this evidence in the app"), None, {}),
            (tr("All mistakes of this pair"), "confusions", {"truth": request.truth, "guess": request.guess}),
        ]
    )
    facts = reports_report.facts(study, [answer for answer in answers if answer is not None])
    named = patch_names.named_line(patch_names.names_of_pair(study, request.truth, request.guess))
    made = pair_report(study, request, found, pieces, rests_on=paragraph(named, rests_on), facts=facts, links=links)
    stem = f"{request.truth}-taken-for-{request.guess}-evidence"
    titles = [figure.title for figure in report.panels(made)]
    reports_report.draw_report_downloads("evidence", stem, titles, (lambda: made) if final else None)


def pair_report(
    study: Study,
    request: EvidenceRequest,
    found: Findings,
    pieces: Sequence[ExplainedPicture],
    *,
    rests_on: str,
    facts: Sequence[tuple[str, str]] = (),
    links: Sequence[tuple[str, str]] = (),
) -> Report:
    """Return the report with claim, patches, averages, groups of mistakes and numbers.

    Averages share one scale, except for those aligned by the object.

    Parameters
    ----------
    study, request, found, pieces, rests_on
        See `draw_report`.
    facts, links
        Provenance, and links back to the app.
    """
    groups = clusters.cluster_averages(found, pieces)
    limit = render.shared_limit(*(average.contrast for average in (*found.on_frame.values(), *groups)))
    object_limit = averages.object_limit(found)
    guess, truth = words(request.guess), words(request.truth)
    estimated = ENGINES[request.settings.engine].estimates_errors
    return Report(
        title=components.pair_name(request.truth, request.guess),
        introduction=rests_on,
        sections=[
            _patch_section(
                tr("What looks like {guess} in the mistakes", guess=guess),
                request.pictures.mistakes,
                found.for_guess,
                pieces,
                guess,
            ),
            Section(
                claim.reading(found, request.measure) or tr("Where the evidence lies"),
                _claim_lines(request, found, groups),
            ),
            _patch_section(
                tr("The same in {guess}, right", guess=guess), request.pictures.of_guess, found.for_guess, pieces, guess
            ),
            _patch_section(
                tr("What looks like {truth} in {truth}, right", truth=truth),
                found.for_truth,
                found.for_truth,
                pieces,
                truth,
            ),
            Section(
                tr("Where the evidence lies: the average of each group"),
                (
                    *((tr(averages.WHOLE_MAPS_NOTE),) if estimated else ()),
                    tr(
                        "What is aligned by the object has its own scale: full colour is {amount:.2g} logits per "
                        "hundredth of what it shows.",
                        amount=averages.object_scale(object_limit),
                    ),
                ),
                figures=(
                    *_average_figures(request, found.on_frame, averages.BY_FRAME, limit),
                    *_average_figures(request, found.on_object, averages.BY_OBJECT, object_limit),
                ),
                columns=len(GROUPS),
            ),
            Section(
                tr("Do the mistakes agree? Groups by the location of their evidence"),
                figures=tuple(
                    _average_figure(
                        request,
                        average,
                        tr("Group {number}: {location}", number=number, location=location_phrase(average.contrast)),
                        limit,
                    )
                    for number, average in enumerate(groups, start=1)
                ),
            ),
            Section(tr("Numbers"), table=_numbers_table(request, found)),
        ],
        scale=reports_report.scale_figure(
            limit, study, request.display, scale=tr("One scale for all but what is aligned by the object")
        ),
        remarks=_verdict_lines(study, request.pictures.mistakes),
        facts=facts,
        links=links,
    )


def _claim_lines(request: EvidenceRequest, found: Findings, groups: Sequence[Average]) -> tuple[str, ...]:
    sentences = (
        claim.claim(found, request.truth, request.guess, request.measure),
        claim.says_nothing(found, request.measure),
        claim.verdict(found, request.truth, request.guess, request.measure),
        claim.agreement(found, [location_phrase(average.contrast) for average in groups]),
        claim.how_tested(found.differences[request.measure]),
    )
    return tuple(without_markdown(sentence) for sentence in sentences if sentence)


def _patch_section(
    title: str, members: Iterable[str], found: Mapping[str, Patch], pieces: Sequence[ExplainedPicture], label: str
) -> Section:
    views = {piece.image_id: piece.view for piece in pieces}
    cut = patches.strongest((found[image_id] for image_id in members if image_id in found), patches.SHOWN)
    return Section(
        title,
        () if cut else (tr("There are none."),),
        tuple(
            Figure(
                views[patch.image_id][patch.top : patch.top + patch.side, patch.left : patch.left + patch.side],
                tr(
                    "Part of {picture} with the strongest evidence for {label}",
                    picture=picture_name(patch.image_id),
                    label=label,
                ),
                tr("{picture}, for {label}", picture=picture_name(patch.image_id), label=label),
                (
                    tr("{value:.2f} logits", value=patch.value),
                    tr("{share:.0%} of the evidence", share=patch.share),
                ),
                photo=True,
            )
            for patch in cut
        ),
        _COLUMNS,
    )


def _average_figures(
    request: EvidenceRequest, by_group: Mapping[str, Average], alignment: str, limit: float
) -> tuple[Figure, ...]:
    return tuple(
        _average_figure(
            request,
            average,
            tr(
                "{group}, {alignment}",
                group=claim.group_name(group, request.truth, request.guess),
                alignment=tr(alignment),
            ),
            limit,
        )
        for group, average in by_group.items()
    )


def _average_figure(request: EvidenceRequest, average: Average, title: str, limit: float) -> Figure:
    return Figure(
        averages.coloured_average(request, average, limit),
        tr(
            "{title}: average, {towards} for {guess}, {away} for {truth}",
            title=title,
            towards=tr(request.display.palette.towards),
            guess=words(request.guess),
            away=tr(request.display.palette.away),
            truth=words(request.truth),
        ),
        title,
        (tr("average of {pictures}", pictures=counted(average.count, "picture")),),
    )


def _numbers_table(request: EvidenceRequest, found: Findings) -> Table:
    rows = [
        (
            picture_name(str(row["image_id"])),
            claim.group_name(str(row["group"]), request.truth, request.guess),
            f"{row['for_guess']:.2f}",
            f"{row['for_truth']:.2f}",
            f"{row['in_middle']:.0%}",
            f"{row['on_object']:.0%}",
            f"{row['evaluations']:,}",
        )
        for row in found.numbers.to_dict("records")
    ]
    heading = (
        tr("Picture"),
        tr("Group"),
        tr("For the guess"),
        tr("For the truth"),
        tr("In the middle"),
        tr("On the object"),
        tr("Evaluations"),
    )
    return Table(heading, tuple(rows))


def _verdict_lines(study: Study, mistakes: Sequence[str]) -> tuple[str, ...]:
    """Return the verdicts on the mistakes, a line each, or why the verdicts cannot be read."""
    try:
        table = VerdictStore(study.folder).all()
    except XaiError as error:
        return (fault_sentence(error),)
    rows = table[table["image_id"].isin(mistakes)].to_dict("records")
    verdicts = [verdict.Verdict(**{str(name): value for name, value in row.items()}) for row in rows]
    return tuple(
        tr(
            "{picture}: {verdict} ({signature})",
            picture=picture_name(found.image_id),
            verdict=verdict.verdict_text(found),
            signature=verdict.signature(found),
        )
        for found in verdicts
    )
