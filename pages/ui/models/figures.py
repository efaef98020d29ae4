"""Key figures of a comparison of two studies, and what could not be compared."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.frame import components
from pages.ui.frame.plain_text import literal
from pages.ui.loaders.comparisons import Result
from xai_core.labels import words
from xai_core.language import mark, tr, tr_n
from xai_core.repair.comparison.paired_change import LEVEL, PairedChange
from xai_core.repair.comparison.studies import StudyComparison
from xai_core.texts import counted, listed, paragraph

OUTCOME_NAMES = {"mended": mark("Mended"), "broken": mark("Broken"), "other mistake": mark("Other mistake")}
"""Outcomes of a changed guess, and their names in English."""

_NAMED = 5  # names of classes in a sentence


def draw_figures(found: Result) -> None:
    """Draw the accuracy of both models with its change, the numbers of flips and the agreement."""
    comparison = found.comparison
    changes, right = comparison.changes, comparison.changes.right
    counts = outcome_counts(comparison)
    with st.grid(6, min_column_width=120, border=True):
        top1 = _share(right.before, right.pictures)
        st.metric(tr("Top-1 before"), top1, help=literal(tr(_TOP1, study=comparison.before)))
        st.metric(
            tr("Top-1 after"),
            _share(right.after, right.pictures),
            tr("{difference:+.1f} points", difference=100 * right.difference),
            delta_color="off" if right.p_value >= 1 - LEVEL else "normal",
            help=literal(tr(_TOP1, study=comparison.after)),
        )
        st.metric(tr("Mended"), f"{counts['mended']:,}", help=tr("Mistakes that are right after."))
        st.metric(tr("Broken"), f"{counts['broken']:,}", help=tr("Right answers that are mistakes after."))
        st.metric(tr("Other mistake"), f"{counts['other mistake']:,}")  # without help, which would cut off the title
        st.metric(tr("Same guess"), f"{changes.agreement:.1%}", help=tr(_KAPPA, kappa=changes.kappa))
    st.markdown(literal(right_sentence(comparison)))
    for sentence in (*left_out(comparison), *absent_classes(found)):
        st.caption(literal(sentence))


def outcome_counts(comparison: StudyComparison) -> dict[str, int]:
    """Return the number of pictures that are mended, broken, and another mistake."""
    counts = comparison.changes.table["outcome"].value_counts()
    return {name: int(counts.get(name, 0)) for name in OUTCOME_NAMES}


def right_sentence(comparison: StudyComparison) -> str:
    """Return a sentence on the change of the right answers, with its interval and test."""
    right = comparison.changes.right
    numbers = tr(
        "Of {pictures} that both studies have, {before} has {right_before:,} right and {after} {right_after:,}: "
        "{change}.",
        pictures=counted(right.pictures, "picture"),
        before=comparison.before,
        right_before=right.before,
        after=comparison.after,
        right_after=right.after,
        change=change_text(right),
    )
    if right.p_value >= 1 - LEVEL:
        return paragraph(numbers, tr("This difference may be chance."))
    return paragraph(numbers, tr("Chance alone would seldom make such a difference."))


def change_text(change: PairedChange) -> str:
    """Return the change of a share of pictures, with its 95 % interval and McNemar's p.

    >>> change_text(PairedChange(pictures=100, before=10, after=4, gained=0, lost=6))
    '-6.0 points (95% interval -10.8 to -0.9, McNemar p = 0.031)'
    """
    low, high = change.interval
    return tr(
        "{difference:+.1f} points ({level:.0%} interval {low:+.1f} to {high:+.1f}, McNemar p = {p})",
        difference=100 * change.difference,
        level=LEVEL,
        low=100 * low,
        high=100 * high,
        p=p_text(change.p_value),
    )


def p_text(value: float) -> str:
    """Return a p-value with two digits.

    >>> p_text(0.031), p_text(2.3e-7), p_text(1.0)
    ('0.031', '2.3e-07', '1')
    """
    return f"{value:.2g}"


def left_out(comparison: StudyComparison) -> list[str]:
    """Return sentences on the pictures and classes that could not be compared."""
    before, after, sentences = comparison.before, comparison.after, []
    for name, count in ((before, comparison.only_before), (after, comparison.only_after)):
        if count:
            sentences.append(
                tr_n(
                    "{number:,} picture of {study} is not in the other study.",
                    "{number:,} pictures of {study} are not in the other study.",
                    count,
                    study=name,
                )
            )
    if comparison.unreadable:
        pictures = counted(comparison.unreadable, "picture")
        sentences.append(tr("Left out: {pictures} that one of the two could not read.", pictures=pictures))
    if comparison.annotated_otherwise:
        sentences.append(
            tr(
                "Left out: {pictures} whose true class is another one in {study}: {names}.",
                pictures=counted(len(comparison.annotated_otherwise), "picture"),
                study=after,
                names=_first_of(list(map(components.picture_name, comparison.annotated_otherwise))),
            )
        )
    for name, lacking in ((before, comparison.lacking_before), (after, comparison.lacking_after)):
        if lacking:
            sentences.append(
                tr(
                    "The model of {study} can never guess {classes} of the other model: {names}.",
                    study=name,
                    classes=counted(len(lacking), "class"),
                    names=_first_of(list(map(words, lacking))),
                )
            )
    return sentences


def absent_classes(found: Result) -> list[str]:
    """Return a sentence on guesses of classes that no picture has, or nothing if the first model makes none.

    A model gains by no longer guessing them, without knowing any class better.
    """
    absent = found.before.sum(axis=1) == 0
    before, after = (int(counts[:, absent].sum()) for counts in (found.before, found.after))
    if not before:
        return []
    return [
        tr(
            "{before:,} guesses before and {after:,} after are of classes that no picture here has. A model gains by "
            "merely not guessing them, and the figures do not show what that costs elsewhere.",
            before=before,
            after=after,
        )
    ]


def _share(count: int, pictures: int) -> str:
    return f"{count / pictures:.1%}" if pictures else "-"


def _first_of(names: Sequence[str]) -> str:
    return listed([*names[:_NAMED], *(["..."] if len(names) > _NAMED else [])])


_TOP1 = mark("{study}: how often the most probable class is the true class, on the pictures that both studies have.")
_KAPPA = mark(
    "Cohen's kappa is {kappa:.2f}. It is the agreement beyond that of independent guesses with the same frequencies: "
    "1 is the same, 0 is chance."
)
