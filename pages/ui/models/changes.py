"""Changes of all pairs, as a matrix of all classes or as a ranked list."""

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
from xai_core.study.study import Study
from xai_core.texts import counted

VIEWS = {"matrix": "Matrix", "list": "Ranked list"}
"""Views of the same changes, and their titles."""

_WIDGET = "models_pairs"
_GUIDES = {
    "matrix": "Each row is a true class, and each column is an answer. **Green is mended**: fewer mistakes, or more "
    "right answers on the diagonal. **Red is broken.** Grey cells have mistakes, and as many after as before. "
    "**Click a cell** to see its pictures (on a touch screen, tap it twice).",
    "list": "Each line is a pair of classes, the largest change first. **Click a line** to see its pictures.",
}


def draw_changes(study: Study, found: Result, view: Selection) -> None:
    """Draw the changes of all pairs in the view that the reader chooses."""
    if found.pairs.empty:
        st.info("Neither model makes a mistake on these pictures.", icon=":material/info:")
        return
    # A cell of a large matrix is smaller than a finger.
    views = dict(reversed(VIEWS.items())) if device.is_phone() else VIEWS
    guide, controls = st.container(), st.container(horizontal=True, vertical_alignment="bottom")
    look = choices.segmented(
        "look",
        views,
        "Changes as",
        noun="view of the changes",
        hint=f"There are {', '.join(views)}.",
        container=controls,
    )
    guide.markdown(_GUIDES[look])
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
        st.info(f"No confusion has “{literal(text)}” in the name of either class.", icon=":material/search_off:")
        return
    if text.strip():
        st.caption(f"{len(rows):,} of {counted(len(found.pairs), 'pair')}")
    mark = selection_mark.current_mark(_WIDGET, opened, f"{found.comparison.before} {found.comparison.after} {text}")
    marked = rows.index[(rows["truth"] == mark.initial[0]) & (rows["guess"] == mark.initial[1])]
    selection_mark.draw_table(
        mark,
        rows.assign(truth=rows["truth"].map(words), guess=rows["guess"].map(words)),
        marked,
        lambda number: _open_pair(*rows.iloc[number][["truth", "guess"]]),
        columns=_COLUMNS,
        alt="Pairs of classes by the change of their mistakes",
    )


def _open_pair(truth: str, guess: str) -> None:
    selection_mark.remember_click(_WIDGET, truth, guess)
    selection.open_cell(truth, guess)


_COLUMNS = {
    "truth": st.column_config.TextColumn("True class"),
    "guess": st.column_config.TextColumn("Taken for"),
    "before": st.column_config.NumberColumn("Before", help="Mistakes of the pair by the first model."),
    "after": st.column_config.NumberColumn("After", help="Mistakes of the pair by the other model."),
    "change": st.column_config.NumberColumn("Change", format="%+d", help="After minus before."),
    "mended": st.column_config.NumberColumn("Mended", help="Mistakes of the pair that are right after."),
    "broken": st.column_config.NumberColumn("Broken", help="Right answers that are mistakes of the pair after."),
    "p_value": st.column_config.NumberColumn(
        "p",
        format="%.2g",
        help="McNemar's exact test: how likely so unequal a change is by chance, if the pair had been chosen before.",
    ),
    "q_value": st.column_config.NumberColumn(
        "q", format="%.2g", help="p corrected for the number of pairs (Benjamini and Hochberg)."
    ),
}
