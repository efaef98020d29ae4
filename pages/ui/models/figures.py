"""Key figures of a comparison of two studies, and what could not be compared."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.frame import components
from pages.ui.frame.plain_text import literal
from pages.ui.loaders.comparisons import Result
from xai_core.labels import words
from xai_core.repair.comparison.paired_change import LEVEL, PairedChange
from xai_core.repair.comparison.studies import StudyComparison
from xai_core.texts import counted

_NAMED = 5  # names of classes in a sentence


def draw_figures(found: Result) -> None:
    """Draw the accuracy of both models with its change, the numbers of flips and the agreement."""
    comparison = found.comparison
    changes, right = comparison.changes, comparison.changes.right
    counts = outcome_counts(comparison)
    with st.grid(6, min_column_width=120, border=True):
        st.metric("Top-1 before", _share(right.before, right.pictures), help=literal(f"{comparison.before}: {_TOP1}"))
        st.metric(
            "Top-1 after",
            _share(right.after, right.pictures),
            f"{100 * right.difference:+.1f} points",
            delta_color="off" if right.p_value >= 1 - LEVEL else "normal",
            help=literal(f"{comparison.after}: {_TOP1}"),
        )
        st.metric("Mended", f"{counts['mended']:,}", help="Mistakes that are right after.")
        st.metric("Broken", f"{counts['broken']:,}", help="Right answers that are mistakes after.")
        st.metric("Other mistake", f"{counts['other mistake']:,}")  # without help, which would cut off the title
        st.metric("Same guess", f"{changes.agreement:.1%}", help=f"Cohen's kappa is {changes.kappa:.2f}. {_KAPPA}")
    st.markdown(literal(right_sentence(comparison)))
    for sentence in (*left_out(comparison), *absent_classes(found)):
        st.caption(literal(sentence))


def outcome_counts(comparison: StudyComparison) -> dict[str, int]:
    """Return the number of pictures that are mended, broken, and another mistake."""
    counts = comparison.changes.table["outcome"].value_counts()
    return {name: int(counts.get(name, 0)) for name in ("mended", "broken", "other mistake")}


def right_sentence(comparison: StudyComparison) -> str:
    """Return a sentence on the change of the right answers, with its interval and test."""
    right = comparison.changes.right
    numbers = (
        f"Of {counted(right.pictures, 'picture')} that both studies have, {comparison.before} has "
        f"{right.before:,} right and {comparison.after} {right.after:,}: {change_text(right)}."
    )
    if right.p_value >= 1 - LEVEL:
        return f"{numbers} This difference may be chance."
    return f"{numbers} Chance alone would seldom make such a difference."


def change_text(change: PairedChange) -> str:
    """Return the change of a share of pictures, with its 95 % interval and McNemar's p.

    >>> change_text(PairedChange(pictures=100, before=10, after=4, gained=0, lost=6))
    '-6.0 points (95% interval -10.8 to -0.9, McNemar p = 0.031)'
    """
    low, high = change.interval
    return (
        f"{100 * change.difference:+.1f} points ({LEVEL:.0%} interval {100 * low:+.1f} to {100 * high:+.1f}, "
        f"McNemar p = {p_text(change.p_value)})"
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
            sentences.append(f"{counted(count, 'picture')} of {name} {_are(count)} not in the other study.")
    if comparison.unreadable:
        count = comparison.unreadable
        sentences.append(f"Left out: {counted(count, 'picture')} that one of the two could not read.")
    if count := len(comparison.annotated_otherwise):
        some = _listed(list(map(components.picture_name, comparison.annotated_otherwise)))
        sentences.append(f"Left out: {counted(count, 'picture')} whose true class is another one in {after}: {some}.")
    for name, lacking in ((before, comparison.lacking_before), (after, comparison.lacking_after)):
        if lacking:
            classes = "1 class" if len(lacking) == 1 else f"{len(lacking):,} classes"
            some = _listed(list(map(words, lacking)))
            sentences.append(f"The model of {name} can never guess {classes} of the other model: {some}.")
    return sentences


def absent_classes(found: Result) -> list[str]:
    """Return a sentence on guesses of classes that no picture has, or nothing if the first model makes none.

    A model gains by no longer guessing them, without knowing any class better.
    """
    absent = found.before.sum(axis=1) == 0
    before, after = (int(counts[:, absent].sum()) for counts in (found.before, found.after))
    if not before:
        return []
    sentence = (
        f"{before:,} guesses before and {after:,} after are of classes that no picture here has. A model gains by "
        "merely not guessing them, and the figures do not show what that costs elsewhere."
    )
    return [sentence]


def _share(count: int, pictures: int) -> str:
    return f"{count / pictures:.1%}" if pictures else "-"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")


_TOP1 = "how often the most probable class is the true class, on the pictures that both studies have."
_KAPPA = "It is the agreement beyond that of independent guesses with the same frequencies: 1 is the same, 0 is chance."
