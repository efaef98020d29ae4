"""Counts of confusions, as a matrix of all classes or as a ranked list of pairs."""

import pandas as pd
import streamlit as st

from pages.ui.confusions import matrix, pairs
from pages.ui.frame import choices, device
from pages.ui.frame.plain_text import literal_words
from pages.ui.loaders import studies
from xai_core.study.study import Study

COUNT_VIEWS = {"matrix": "Matrix", "list": "Ranked list"}
"""Views of the same counts, and their titles."""

_GUIDES = {
    # Two taps, because plotly selects the cell that it last saw under the pointer. A finger has no pointer before its
    # first tap.
    "matrix": "Each row is a true class, and each column is the model's answer. Right answers are grey. A stronger "
    "colour means more mistakes. **Click a cell** to see its pictures (on a touch screen, tap it twice). Drag to zoom "
    "in, and double-click to zoom out.",
    "list": "Each line is a pair of classes: pictures of one class that the model takes for another. **Click a line** "
    "to see its pictures.",
}


def draw_counts(study: Study, ranked: pd.DataFrame, opened: tuple[str, str]) -> None:
    """Draw the counts in the view that the reader chooses.

    Parameters
    ----------
    study
        Study with the counts.
    ranked
        Its pairs. Without any, the list is not offered.
    opened
        Truth and guess of the marked cell: a pair, or the same class twice.
    """
    views = {name: title for name, title in COUNT_VIEWS.items() if name != "list" or not ranked.empty}
    if device.is_phone():
        # A cell of a large matrix is smaller than a finger.
        views = dict(reversed(views.items()))
    guide, controls = st.container(), st.container(horizontal=True, vertical_alignment="bottom")
    view = choices.segmented(
        "look", views, "Counts as", noun="view of the counts", hint=f"There are {', '.join(views)}.", container=controls
    )
    guide.markdown(_GUIDES[view])
    st.markdown(_marked_in_words(study, *opened))
    if view == "matrix":
        with controls:
            order = matrix.choose_order()
        matrix.draw_matrix(study, order, opened)
    else:
        with controls:
            text = pairs.choose_search()
        pairs.draw_pairs(ranked, text, opened)


def _marked_in_words(study: Study, truth: str, guess: str) -> str:
    """Return a sentence on the marked cell, with a link to its pictures.

    The link is there because the pictures may be below the window.
    """
    counts = studies.matrix(study)
    row = counts[study.labels.index(truth)]
    if not row.any():
        return (
            f"There is no picture of **{literal_words(truth)}** to count. [See the pictures with this guess](#pictures)"
        )
    answer = "recognised" if truth == guess else f"taken for **{literal_words(guess)}**"
    count, of_class = row[study.labels.index(guess)], row.sum()
    marked = f"Marked: **{literal_words(truth)}** {answer}, {count:,} of {of_class:,} pictures."
    return f"{marked} [See the pictures](#pictures)"
