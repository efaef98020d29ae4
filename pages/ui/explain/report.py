"""Report on one picture."""

from collections.abc import Sequence

import numpy as np
from scipy.special import softmax

from pages.ui.controls.contrast import ShownContrast
from pages.ui.maps import overlays
from pages.ui.picture.selection import Subject
from pages.ui.reports import report
from xai_core import render
from xai_core.explain.certainty import display_map
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.labels import words
from xai_core.report import Figure, Report, Section
from xai_core.study.study import Study

_VIEW = "As the model sees it"
_CONTRAST = "The contrast"
_COLUMNS = 4


def draw_report(study: Study, subject: Subject, answer: Explanation | None, shown: ShownContrast) -> None:
    """Draw the downloads of the report, disabled without an answer."""
    # An uploaded picture is not stored, so no link leads back to it.
    links = [] if subject.image_id is None else report.app_links([("Open this explanation in the app", None, {})])
    titles = (_VIEW, _CONTRAST, *(f"For {words(label)}" for label in shown.labels))
    make = None if answer is None else lambda: picture_report(study, subject, answer, shown, links)
    stem = f"{subject.stem} why {shown.target.label} rather than {shown.target.rather_than}"
    report.draw_report_downloads("explain", stem, titles, make)


def picture_report(
    study: Study, subject: Subject, answer: Explanation, shown: ShownContrast, links: Sequence[tuple[str, str]] = ()
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
    targets = [shown.target, *map(Target, shown.labels)]
    limit = render.shared_limit(*(target.map_of(answer) for target in targets))

    def overlay_figure(target: Target, title: str) -> Figure:
        evidence = display_map(answer, target, hides_noise=shown.display.hides_noise)
        return Figure(
            overlays.coloured(view, evidence, limit, shown.display),
            overlays.evidence_alt(target, shown.display.palette),
            title,
            report.lines(overlays.map_numbers(answer, target)),
        )

    seen = Figure(view, f"{subject.name} as the model sees it", _VIEW, (subject.name,), photo=True)
    return Report(
        title=shown.question,
        introduction=_prediction_sentence(study, subject, answer),
        sections=[
            Section(
                "The picture, and the evidence for one class rather than the other",
                figures=(seen, overlay_figure(shown.target, _CONTRAST)),
                columns=2,
            ),
            Section(
                "Evidence for each class",
                figures=tuple(overlay_figure(Target(label), f"For {words(label)}") for label in shown.labels),
                columns=min(_COLUMNS, len(shown.labels)),
            ),
            Section("Numbers", (_NUMBERS,), table=report.numbers_table(answer, shown.labels)),
            *report.convergence_section([answer], shown.target, shown.display),
        ],
        scale=report.scale_figure(limit, study, shown.display),
        remarks=() if subject.image_id is None else report.verdict_lines(study, subject.image_id),
        facts=report.facts(study, [answer]),
        links=links,
    )


def _prediction_sentence(study: Study, subject: Subject, answer: Explanation) -> str:
    probabilities = softmax(answer.full.astype(np.float64))
    guess = int(probabilities.argmax())
    called = f"{subject.name}: the model calls it {words(study.labels[guess])}, {probabilities[guess]:.0%}"
    return f"{called}. It is annotated as {words(subject.truth)}." if subject.truth else f"{called}."


_NUMBERS = (
    "Values are logits. The logit of the picture is the logit of the completely hidden picture (base) plus the values "
    "of all regions (sum)."
)
