"""The report on a pair: the claim, the patches and averages that prove it, and the numbers behind them."""

from collections.abc import Iterable, Mapping, Sequence

from pages.ui.evidence import averages, claim, clusters, patches
from pages.ui.evidence.question import Asked
from pages.ui.frame import components
from pages.ui.frame.components import counted, picture_name
from pages.ui.reports import report as reports_report
from xai_core import render, report
from xai_core.engines.search import ESTIMATING
from xai_core.errors import XaiError
from xai_core.evidence.averages import Average
from xai_core.evidence.findings import GROUPS, Findings, Piece
from xai_core.evidence.patches import Patch
from xai_core.evidence.place_words import whereabouts
from xai_core.explain.explanation import Explanation
from xai_core.labels import words
from xai_core.report import Figure, Report, Section, Table
from xai_core.study.study import Study
from xai_core.verdicts import verdict
from xai_core.verdicts.store import VerdictStore

_ACROSS = 6
_FRAME, _OBJECT = "laid by the frame", "laid by the object"


def offer(
    study: Study,
    asked: Asked,
    found: Findings,
    pieces: Sequence[Piece],
    *,
    answers: Sequence[Explanation | None],
    rests_on: str,
    whole: bool,
) -> None:
    """Offer the report.

    Parameters
    ----------
    study, asked, found, pieces
        As on the page.
    answers
        The explanations, one at least.
    rests_on
        What the claim rests on, in words.
    whole
        Whether nothing more will come. Before, the page is drawn anew by itself, and what makes a file is gone with
        the run that offered it: a click in between would fail.
    """
    links = reports_report.ways_back(
        [
            ("Open this evidence in the app", None, {}),
            ("All mistakes of this pair", "confusions", {"truth": asked.truth, "guess": asked.guess}),
        ]
    )
    facts = reports_report.facts(study, [each for each in answers if each is not None])
    told = of_pair(study, asked, found, pieces, rests_on=rests_on, facts=facts, links=links)
    stem = f"{asked.truth} taken for {asked.guess} evidence"
    reports_report.offer(
        "evidence", stem, [each.title for each in report.panels(told)], (lambda: told) if whole else None
    )


def of_pair(
    study: Study,
    asked: Asked,
    found: Findings,
    pieces: Sequence[Piece],
    *,
    rests_on: str,
    facts: Sequence[tuple[str, str]] = (),
    links: Sequence[tuple[str, str]] = (),
) -> Report:
    """The report: claim, patches, averages, groups and numbers; averages on one scale but those laid by the object.

    Parameters
    ----------
    study, asked, found, pieces, rests_on
        See `offer`.
    facts, links
        Provenance and ways back.
    """
    groups = clusters.averages(found, pieces)
    limit = render.shared_limit(*(each.contrast for each in (*found.on_frame.values(), *groups)))
    by_object = averages.object_limit(found)
    guess, truth = words(asked.guess), words(asked.truth)
    return Report(
        title=components.taken(asked.truth, asked.guess),
        lead=rests_on,
        sections=[
            Section(claim.reading(found, asked.measure) or "What the mistakes show", _claims(asked, found, groups)),
            _patches(
                f"What looks like {guess} in the mistakes", asked.pictures.mistakes, found.for_guess, pieces, guess
            ),
            _patches(f"The same in {guess}, right", asked.pictures.of_guess, found.for_guess, pieces, guess),
            _patches(f"What looks like {truth} in {truth}, right", found.for_truth, found.for_truth, pieces, truth),
            Section(
                "Where it lies: the average of each group",
                (
                    *((averages.OF_WHOLE_MAPS,) if asked.settings.engine in ESTIMATING else ()),
                    f"What is {_OBJECT} {averages.object_scale(by_object)}",
                ),
                figures=tuple(
                    _average(asked, each, f"{claim.group_name(group, asked.truth, asked.guess)}, {how}", own)
                    for how, laid, own in ((_FRAME, found.on_frame, limit), (_OBJECT, found.on_object, by_object))
                    for group, each in laid.items()
                ),
                columns=len(GROUPS),
            ),
            Section(
                "Do the mistakes agree? Groups of them by where their evidence lies",
                figures=tuple(
                    _average(asked, each, f"Group {number}: {whereabouts(each.contrast)}", limit)
                    for number, each in enumerate(groups, start=1)
                ),
            ),
            Section("Numbers", table=_numbers(asked, found)),
        ],
        scale=reports_report.scale(limit, study, asked.display, whose=f"One scale for all but what is {_OBJECT}"),
        remarks=_remarks(study, asked.pictures.mistakes),
        facts=facts,
        links=links,
    )


def _claims(asked: Asked, found: Findings, groups: Sequence[Average]) -> tuple[str, ...]:
    said = (
        claim.claim(found, asked.truth, asked.guess, asked.measure),
        claim.verdict(found, asked.truth, asked.guess, asked.measure),
        claim.agreement(found, [whereabouts(each.contrast) for each in groups]),
        claim.how_tested(found.differences[asked.measure]),
    )
    return tuple(each.replace("**", "") for each in said if each)


def _patches(
    title: str, members: Iterable[str], found: Mapping[str, Patch], pieces: Sequence[Piece], label: str
) -> Section:
    views = {each.image_id: each.view for each in pieces}
    cut = patches.strongest((found[each] for each in members if each in found), patches.SHOWN)
    return Section(
        title,
        () if cut else ("There are none.",),
        tuple(
            Figure(
                views[each.image_id][each.top : each.top + each.side, each.left : each.left + each.side],
                f"Part of {picture_name(each.image_id)} that argues most for {label}",
                f"{picture_name(each.image_id)}, for {label}",
                (f"{each.value:.2f} logits", f"{each.share:.0%} of what is for it"),
                photo=True,
            )
            for each in cut
        ),
        _ACROSS,
    )


def _average(asked: Asked, average: Average, title: str, limit: float) -> Figure:
    towards, away = asked.display.palette.towards, asked.display.palette.away
    return Figure(
        averages.tinted(asked, average, limit),
        f"{title}: average, {towards} for {words(asked.guess)}, {away} for {words(asked.truth)}",
        title,
        (f"average of {counted(average.count, 'picture')}",),
    )


def _numbers(asked: Asked, found: Findings) -> Table:
    rows = [
        (
            picture_name(str(each["image_id"])),
            claim.group_name(str(each["group"]), asked.truth, asked.guess),
            f"{each['for_guess']:.2f}",
            f"{each['for_truth']:.2f}",
            f"{each['in_middle']:.0%}",
            f"{each['on_object']:.0%}",
            f"{each['evaluations']:,}",
        )
        for each in found.numbers.to_dict("records")
    ]
    heading = ("Picture", "Group", "For the guess", "For the truth", "In the middle", "On the object", "Evaluations")
    return Table(heading, tuple(rows))


def _remarks(study: Study, mistakes: Sequence[str]) -> tuple[str, ...]:
    """What people said of the mistakes, a line each; why it cannot be told where the file is damaged."""
    try:
        marks = VerdictStore(study.folder).all()
    except XaiError as fault:
        return (fault.sentence,)
    mine = marks[marks["image_id"].isin(mistakes)].to_dict("records")
    said = [verdict.Verdict(**{str(name): value for name, value in each.items()}) for each in mine]
    return tuple(f"{picture_name(each.image_id)}: {verdict.said(each)} ({verdict.signed(each)})" for each in said)
