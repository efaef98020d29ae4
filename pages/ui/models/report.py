"""Downloads of a comparison, as a table and as a report."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.access.download import draw_download
from pages.ui.frame import components
from pages.ui.loaders.comparisons import Result
from pages.ui.maps import overlays
from pages.ui.models import board, figures, selection
from pages.ui.models.board import SIDES, Answers
from pages.ui.models.explained import Explained
from pages.ui.models.part import compared_part
from pages.ui.models.selection import Selection
from pages.ui.reports import report
from xai_core.explain.certainty import display_map
from xai_core.explain.explanation import Explanation
from xai_core.explain.wording import probability_text
from xai_core.exports.report import Figure, Report, Section, Table
from xai_core.exports.spreadsheet import csv_file
from xai_core.labels import words
from xai_core.language import mark, tr
from xai_core.texts import moment_text

PAIRS = 20
"""Pairs in the report."""


def draw_downloads(found: Result, view: Selection, explained: Explained | None, answers: Answers | None) -> None:
    """Draw the downloads of the pairs and of the report, which waits for the maps.

    Parameters
    ----------
    found, view
        The comparison, and what is shown of it.
    explained, answers
        The picture that both explain, and its final explanations by side; None without one.
    """
    comparison = found.comparison
    stem = f"{comparison.before}-{comparison.after}"
    ready = explained is None or all((answers or {}).get(index) is not None for index in explained.asked)
    links = report.app_links([(tr("Open this comparison in the app"), None, {})])
    final = {index: answer for index, answer in (answers or {}).items() if answer is not None}
    with st.container(horizontal=True):
        draw_download(
            tr("Pairs, CSV"),
            None if found.pairs.empty else lambda: csv_file(found.pairs),
            f"{stem}-pairs.csv",
            "text/csv",
            key="models_pairs_csv",
            help_text=tr("One row for each pair: mistakes before and after, mended, broken, p and q."),
        )
        report.draw_report_downloads(
            "models",
            f"{stem}-compared",
            _titles(explained),
            (lambda: comparison_report(found, view, explained, final, links)) if ready else None,
        )


def comparison_report(
    found: Result,
    view: Selection,
    explained: Explained | None,
    answers: dict[int, Explanation],
    links: Sequence[tuple[str, str]] = (),
) -> Report:
    """Return the report with the figures, the pairs that change most, and the maps of one picture by both models.

    Parameters
    ----------
    found, view, explained
        As on the page.
    answers
        Explanations of the picture by the index of its side.
    links
        Texts and addresses of links back to the app.
    """
    comparison = found.comparison
    sections = [
        Section(
            tr("In figures"),
            (*figures.left_out(comparison), *figures.absent_classes(found)),
            table=_figures_table(found),
        ),
        Section(tr("Pairs that change most"), (tr(_PAIRS),), table=_pairs_table(found)),
    ]
    if view.is_pair:
        title = components.pair_name(view.truth, view.guess)
        sections.append(Section(title, (selection.pair_sentence(found, view),)))
    if explained is not None:
        sections.append(_explained_section(explained, answers))
    drawn = explained if answers else None
    return Report(
        title=tr("{before} and {after} compared", before=comparison.before, after=comparison.after),
        introduction=figures.right_sentence(comparison),
        sections=sections,
        scale=report.scale_figure(None, drawn.sides[0].study, drawn.display) if drawn else None,
        facts=_facts(found, explained, answers),
        links=links,
    )


def _figures_table(found: Result) -> Table:
    changes, right = found.comparison.changes, found.comparison.changes.right
    counts = figures.outcome_counts(found.comparison)
    rows = [
        (tr("Pictures that both have"), f"{right.pictures:,}"),
        (tr("Right before, {study}", study=found.comparison.before), f"{right.before:,}"),
        (tr("Right after, {study}", study=found.comparison.after), f"{right.after:,}"),
        *((tr(figures.OUTCOME_NAMES[name]), f"{count:,}") for name, count in counts.items()),
        (tr("Same guess"), f"{changes.agreement:.1%}"),
        (tr("Cohen's kappa"), f"{changes.kappa:.2f}"),
    ]
    return Table((tr("Figure"), tr("Value")), tuple(rows))


def _pairs_table(found: Result) -> Table:
    rows = []
    for _, row in found.pairs.head(PAIRS).iterrows():
        counts = (f"{int(row[name]):,}" for name in ("before", "after", "mended", "broken"))
        tests = (figures.p_text(float(row[name])) for name in ("p_value", "q_value"))
        pair = tr("{truth} taken for {guess}", truth=words(row["truth"]), guess=words(row["guess"]))
        rows.append((pair, *counts, *tests))
    return Table((tr("Pair"), tr("Before"), tr("After"), tr("Mended"), tr("Broken"), "p", "q"), tuple(rows))


def _titles(explained: Explained | None) -> list[str]:
    """Return the titles of the pictures of the report, in their order."""
    if explained is None:
        return []
    maps = [
        tr("Map of {study}, {side}", study=explained.sides[index].study.name, side=tr(SIDES[index]))
        for index in explained.asked
    ]
    return [explained.name, *maps]


def _explained_section(explained: Explained, answers: dict[int, Explanation]) -> Section:
    amount, part = board.full_colour(explained, answers), compared_part(explained, answers)
    titles = _titles(explained)
    truth = tr("true class: {name}", name=words(explained.truth))
    alt = tr("{picture} as the first model sees it", picture=explained.name)
    shown = [Figure(explained.sides[0].view, alt, titles[0], (truth,), photo=True)]
    for title, index in zip(titles[1:], explained.asked, strict=True):
        side, answer = explained.sides[index], answers[index]
        assert side.target is not None
        evidence = display_map(answer, side.target, hides_noise=explained.display.hides_noise)
        shown.append(
            Figure(
                overlays.coloured(side.view, evidence, board.limit_of(side, amount), explained.display),
                overlays.map_alt(board.name_by(explained, side), side.target, explained.display),
                title,
                (
                    tr(
                        "called {name}, {probability}",
                        name=words(side.guess),
                        probability=probability_text(side.p_guess),
                    ),
                    *report.lines(overlays.map_numbers(answer, side.target, explained.display.unit)),
                ),
            )
        )
    texts = [part.sentence] if part else []
    texts += [board.lacking_sentence(side) for side in explained.sides if side.target is None]
    texts.append(tr("Full colour is {amount:.2g} logits per hundredth of the picture, for both models.", amount=amount))
    question = tr("Why {guess} rather than {truth}?", guess=words(explained.target.label), truth=words(explained.truth))
    return Section(question, tuple(texts), figures=tuple(shown), columns=3)


def _facts(found: Result, explained: Explained | None, answers: dict[int, Explanation]) -> list[tuple[str, str]]:
    """Return names, models and settings of both studies."""
    facts = []
    for side, study in zip(SIDES, (found.before_study, found.after_study), strict=True):
        text = tr(
            "{title} ({name}), {pictures:,} pictures, made {created}",
            title=study.title,
            name=study.name,
            pictures=len(study.table),
            created=moment_text(study.created),
        )
        facts.append((tr("Study {side}", side=tr(side)), text))
        model = tr("{model}, {classes} classes", model=study.model_id, classes=len(study.labels))
        facts.append((tr("Model {side}", side=tr(side)), model))
    if explained is None or not answers:
        return [*facts, report.made_fact()]
    study, shown = explained.sides[next(iter(answers))].study, (tr("Study"), tr("Model"))
    return facts + [fact for fact in report.facts(study, list(answers.values())) if fact[0] not in shown]


_PAIRS = mark(
    "Before, after: mistakes of the pair. Mended: mistakes that are right after. Broken: mistakes that were right. "
    "p: McNemar's exact test. q: p corrected for all pairs (Benjamini and Hochberg)."
)
