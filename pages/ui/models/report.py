"""Downloads of a comparison, as a table and as a report."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

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
    links = report.app_links([("Open this comparison in the app", None, {})])
    final = {index: answer for index, answer in (answers or {}).items() if answer is not None}
    with st.container(horizontal=True):
        st.download_button(
            "Pairs, CSV",
            lambda: csv_file(found.pairs),
            f"{stem}-pairs.csv",
            "text/csv",
            key="models_pairs_csv",
            icon=":material/download:",
            help="One row for each pair: mistakes before and after, mended, broken, p and q.",
            on_click="ignore",
            disabled=found.pairs.empty,
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
            "In figures", (*figures.left_out(comparison), *figures.absent_classes(found)), table=_figures_table(found)
        ),
        Section("Pairs that change most", (_PAIRS,), table=_pairs_table(found)),
    ]
    if view.is_pair:
        title = f"{words(view.truth).capitalize()} taken for {words(view.guess)}"
        sections.append(Section(title, (selection.pair_sentence(found, view),)))
    if explained is not None:
        sections.append(_explained_section(explained, answers))
    drawn = explained if answers else None
    return Report(
        title=f"{comparison.before} and {comparison.after} compared",
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
        ("Pictures that both have", f"{right.pictures:,}"),
        (f"Right before, {found.comparison.before}", f"{right.before:,}"),
        (f"Right after, {found.comparison.after}", f"{right.after:,}"),
        *((name.capitalize(), f"{count:,}") for name, count in counts.items()),
        ("Same guess", f"{changes.agreement:.1%}"),
        ("Cohen's kappa", f"{changes.kappa:.2f}"),
    ]
    return Table(("Figure", "Value"), tuple(rows))


def _pairs_table(found: Result) -> Table:
    rows = []
    for _, row in found.pairs.head(PAIRS).iterrows():
        counts = (f"{int(row[name]):,}" for name in ("before", "after", "mended", "broken"))
        tests = (figures.p_text(float(row[name])) for name in ("p_value", "q_value"))
        rows.append((f"{words(row['truth'])} taken for {words(row['guess'])}", *counts, *tests))
    return Table(("Pair", "Before", "After", "Mended", "Broken", "p", "q"), tuple(rows))


def _titles(explained: Explained | None) -> list[str]:
    """Return the titles of the pictures of the report, in their order."""
    if explained is None:
        return []
    maps = [f"Map of {explained.sides[index].study.name}, {SIDES[index]}" for index in explained.asked]
    return [explained.name, *maps]


def _explained_section(explained: Explained, answers: dict[int, Explanation]) -> Section:
    amount, part = board.full_colour(explained, answers), compared_part(explained, answers)
    titles = _titles(explained)
    truth = f"true class: {words(explained.truth)}"
    alt = f"{explained.name} as the first model sees it"
    shown = [Figure(explained.sides[0].view, alt, titles[0], (truth,), photo=True)]
    for title, index in zip(titles[1:], explained.asked, strict=True):
        side, answer = explained.sides[index], answers[index]
        assert side.target is not None
        evidence = display_map(answer, side.target, hides_noise=explained.display.hides_noise)
        shown.append(
            Figure(
                overlays.coloured(side.view, evidence, board.limit_of(side, amount), explained.display),
                overlays.map_alt(f"{explained.name}, by {side.study.name}", side.target, explained.display),
                title,
                (
                    f"called {words(side.guess)}, {probability_text(side.p_guess)}",
                    *report.lines(overlays.map_numbers(answer, side.target, explained.display.unit)),
                ),
            )
        )
    texts = [part.sentence] if part else []
    texts += [board.lacking_sentence(side) for side in explained.sides if side.target is None]
    texts.append(f"Full colour is {amount:.2g} logits per hundredth of the picture, for both models.")
    question = f"Why {words(explained.target.label)} rather than {words(explained.truth)}?"
    return Section(question, tuple(texts), figures=tuple(shown), columns=3)


def _facts(found: Result, explained: Explained | None, answers: dict[int, Explanation]) -> list[tuple[str, str]]:
    """Return names, models and settings of both studies."""
    facts = []
    for side, study in zip(SIDES, (found.before_study, found.after_study), strict=True):
        pictures = f"{len(study.table):,} pictures, made {study.created}"
        facts.append((f"Study {side}", f"{study.title} ({study.name}), {pictures}"))
        facts.append((f"Model {side}", f"{study.model_id}, {len(study.labels)} classes"))
    if explained is None or not answers:
        return [*facts, ("Report made", datetime.now(UTC).isoformat(timespec="seconds"))]
    study = explained.sides[next(iter(answers))].study
    return facts + [fact for fact in report.facts(study, list(answers.values())) if fact[0] not in ("Study", "Model")]


_PAIRS = (
    "Before, after: mistakes of the pair. Mended: mistakes that are right after. Broken: mistakes that were right. "
    "p: McNemar's exact test. q: p corrected for all pairs (Benjamini and Hochberg)."
)
