"""Changes of all pairs, as a matrix of all classes or as a ranked list."""

from typing import Any

import streamlit as st

from pages.ui.confusions import matrix as confusion_matrix
from pages.ui.confusions import selection_mark
from pages.ui.confusions.pairs import choose_search
from pages.ui.frame import choices, device
from pages.ui.frame.plain_text import literal
from pages.ui.loaders.comparisons import Result
from pages.ui.models import matrix, selection
from pages.ui.models.selection import Selection
from xai_core.confusions import confusion
from xai_core.labels import words
from xai_core.language import mark, tr, tr_all
from xai_core.study.study import Study
from xai_core.texts import counted, listed

VIEWS = {"matrix": mark("Matrix"), "list": mark("Ranked list")}
"""Views of the same changes, and their titles in English."""

_WIDGET = "models_pairs"
_GUIDES = {
    "matrix": mark(
        "Each row is a true class, and each column is an answer. **Green is mended**: fewer mistakes, or more right "
        "answers on the diagonal. **Red is broken.** Grey cells have mistakes, and as many after as before. **Click a "
        "cell** to see its pictures (on a touch screen, tap it twice)."
    ),
    "list": mark("Each line is a pair of classes, the largest change first. **Click a line** to see its pictures."),
}


def draw_changes(study: Study, found: Result, view: Selection) -> None:
    """Draw the changes of all pairs in the view that the reader chooses."""
    if found.pairs.empty:
        st.info(tr("Neither model makes a mistake on these pictures."), icon=":material/info:")
        return
    # A cell of a large matrix is smaller than a finger.
    views = dict(reversed(VIEWS.items())) if device.is_phone() else VIEWS
    guide, controls = st.container(), st.container(horizontal=True, vertical_alignment="bottom")
    look = choices.segmented(
        "look",
        tr_all(views),
        tr("Changes as"),
        noun=tr("view of the changes"),
        hint=tr("There are {names}.", names=listed(views)),
        container=controls,
    )
    guide.markdown(tr(_GUIDES[look]))
    if look == "matrix":
        with controls:
            order = confusion_matrix.choose_order()
        matrix.draw_matrix(study, found, order, view.opened)
    else:
        with controls:
            text = choose_search()
        _draw_pairs(found, text, view.opened)


def _draw_pairs(found: Result, text: str, opened: tuple[str, str]) -> None:
    """Draw the pairs that match a search. A click on a row shows the pair."""
    rows = confusion.filter_pairs(found.pairs, text)
    if rows.empty:
        nothing = tr("No confusion has “{text}” in the name of either class.", text=literal(text))
        st.info(nothing, icon=":material/search_off:")
        return
    if text.strip():
        st.caption(tr("{number:,} of {pairs}", number=len(rows), pairs=counted(len(found.pairs), "pair")))
    current = selection_mark.current_mark(_WIDGET, opened, f"{found.comparison.before} {found.comparison.after} {text}")
    marked = rows.index[(rows["truth"] == current.initial[0]) & (rows["guess"] == current.initial[1])]
    selection_mark.draw_table(
        current,
        rows.assign(truth=rows["truth"].map(words), guess=rows["guess"].map(words)),
        marked,
        lambda number: _open_pair(*rows.iloc[number][["truth", "guess"]]),
        columns=_columns(),
        alt=tr("Pairs of classes by the change of their mistakes"),
    )


def _open_pair(truth: str, guess: str) -> None:
    selection_mark.remember_click(_WIDGET, truth, guess)
    selection.open_cell(truth, guess)


def _columns() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "truth": text(tr("True class")),
        "guess": text(tr("Taken for")),
        "before": number(tr("Before"), help=tr("Mistakes of the pair by the first model.")),
        "after": number(tr("After"), help=tr("Mistakes of the pair by the other model.")),
        "change": number(tr("Change"), format="%+d", help=tr("After minus before.")),
        "mended": number(tr("Mended"), help=tr("Mistakes of the pair that are right after.")),
        "broken": number(tr("Broken"), help=tr("Right answers that are mistakes of the pair after.")),
        "p_value": number(
            "p",
            format="%.2g",
            help=tr(
                "McNemar's exact test: how likely so unequal a change is by chance, if the pair had been chosen before."
            ),
        ),
        "q_value": number("q", format="%.2g", help=tr("p corrected for the number of pairs (Benjamini and Hochberg).")),
    }
