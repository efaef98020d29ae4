"""Report on one picture."""

from collections.abc import Sequence

from pages.ui.controls.colour_scale import per_hundredth
from pages.ui.controls.contrast import ShownContrast
from pages.ui.maps import lens, location, overlays
from pages.ui.picture.selection import Subject
from pages.ui.reports import report
from xai_core.explain.certainty import display_map
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.explain.wording import probability_text
from xai_core.exports.report import Figure, Report, Section
from xai_core.labels import words
from xai_core.language import mark, tr
from xai_core.study.study import Study
from xai_core.texts import paragraph

_VIEW = mark("As the model sees it")
_CONTRAST = mark("The contrast")
_ENLARGED = mark("Where the evidence is strongest")
_COLUMNS = 4


def draw_report(study: Study, subject: Subject, answer: Explanation | None, shown: ShownContrast) -> None:
    """Draw the downloads of the report, disabled without an answer."""
    # An uploaded picture is not stored, so no link leads back to it.
    links = [] if subject.image_id is None else report.app_links([(tr("Open this explanation in the app"), None, {})])
    titles = (*map(tr, (_VIEW, _CONTRAST, _ENLARGED)), *(tr("For {name}", name=words(label)) for label in shown.labels))
    make = None if answer is None else lambda: picture_report(study, subject, answer, shown, links)
    stem = f"{subject.stem}-why-{shown.target.label}-rather-than-{shown.target.rather_than}"
    report.draw_report_downloads("explain", stem, titles, make)


def picture_report(
    study: Study,
    subject: Subject,
    answer: Explanation,
    shown: ShownContrast,
    links: Sequence[tuple[str, str]] = (),
) -> Report:
    """Return the report with prediction, contrast, an overlay for each shown class, and the numbers.

    Parameters
    ----------
    study, subject, answer, shown
        As on the page.
    links
        Texts and addresses of links back to the app.
    """
    view = subject.model_view.view
    limits = shown.limits(answer)
    painted = location.painted_parts(study, subject.image_id)
    found = location.find(answer, shown.target, painted, shown.display)

    def overlay_figure(target: Target, title: str, limit: float, finding: str = "") -> Figure:
        evidence = display_map(answer, target, hides_noise=shown.display.hides_noise)
        return Figure(
            overlays.coloured(view, evidence, limit, shown.display),
            overlays.map_alt(subject.name, target, shown.display, finding),
            title,
            report.lines(overlays.map_numbers(answer, target, shown.display.unit)),
        )

    seen = Figure(view, tr("{name} as the model sees it", name=subject.name), tr(_VIEW), (subject.name,), photo=True)
    return Report(
        title=shown.question,
        introduction=paragraph(found.sentence, _prediction_sentence(study, subject, answer)),
        sections=[
            Section(
                tr("The picture, and the evidence for one class rather than the other"),
                (_amount(limits.contrast, study),),
                figures=(
                    seen,
                    overlay_figure(shown.target, tr(_CONTRAST), limits.contrast, found.sentence),
                    _lens_figure(subject, found),
                ),
                columns=3,
            ),
            Section(
                tr("Evidence for each class"),
                (_amount(limits.classes, study),),
                figures=tuple(
                    overlay_figure(Target(label), tr("For {name}", name=words(label)), limits.classes)
                    for label in shown.labels
                ),
                columns=min(_COLUMNS, len(shown.labels)),
            ),
            Section(tr("Numbers"), (tr(_NUMBERS),), table=report.numbers_table(answer, shown.labels)),
            *report.convergence_section([answer], shown.target, shown.display),
        ],
        scale=report.scale_figure(None, study, shown.display),
        remarks=() if subject.image_id is None else report.verdict_lines(study, subject.image_id),
        facts=report.facts(study, [answer]),
        links=links,
    )


def _amount(limit: float, study: Study) -> str:
    amount = f"{per_hundredth(limit, study):.2g}"
    return tr("Full colour is {amount} logits per hundredth of the picture.", amount=amount)


def _lens_figure(subject: Subject, found: location.Finding) -> Figure:
    view = subject.model_view.view
    part = lens.enlarged(view, found)
    note = (found.note,) if found.note else ()
    return Figure(part, lens.lens_alt(subject.name, found.name), tr(_ENLARGED), note, photo=True)


def _prediction_sentence(study: Study, subject: Subject, answer: Explanation) -> str:
    guess = study.labels[int(answer.full.argmax())]
    probability = probability_text(subject.probability(guess, study.labels))
    called = tr(
        "{name}: the model calls it {guess}, {probability}.",
        name=subject.name,
        guess=words(guess),
        probability=probability,
    )
    annotated = tr("It is annotated as {truth}.", truth=words(subject.truth)) if subject.truth else ""
    return paragraph(called, annotated)


_NUMBERS = mark(
    "Values are logits. The logit of the picture is the logit of the completely hidden picture (base) plus the values "
    "of all regions (sum)."
)
