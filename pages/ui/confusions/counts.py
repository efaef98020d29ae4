"""Counts of confusions, as a matrix of all classes or as a ranked list of pairs."""

import pandas as pd
import streamlit as st

from pages.ui.confusions import matrix, pairs
from pages.ui.frame import choices, device
from pages.ui.frame.plain_text import literal_words
from pages.ui.loaders import studies
from xai_core.language import mark, tr
from xai_core.study.study import Study
from xai_core.texts import listed

COUNT_VIEWS = {"matrix": mark("Matrix"), "list": mark("Ranked list")}
"""Views of the same counts, and their titles."""

_GUIDES = {
    # Two taps, because plotly selects the cell that it last saw under the pointer. A finger has no pointer before its
    # first tap.
    "matrix": mark(
        "Each row is a true class, and each column is the model's answer. Right answers are grey. A stronger "
        "colour means more mistakes. **Click a cell** to see its pictures (on a touch screen, tap it twice). Drag to "
        "zoom in, and double-click to zoom out."
    ),
    "list": mark(
        "Each line is a pair of classes: pictures of one class that the model takes for another. **Click a line** "
        "to see its pictures."
    ),
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
    views = {name: tr(title) for name, title in COUNT_VIEWS.items() if name != "list" or not ranked.empty}
    if device.is_phone():
        # A cell of a large matrix is smaller than a finger.
        views = dict(reversed(views.items()))
    guide, controls = st.container(), st.container(horizontal=True, vertical_alignment="bottom")
    view = choices.segmented(
        "look",
        views,
        tr("Counts as"),
        noun=tr("view of the counts"),
        hint=tr("There are {names}.", names=listed(views)),
        container=controls,
    )
    guide.markdown(tr(_GUIDES[view]))
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
        return tr(
            "There is no picture of **{truth}** to count. [See the pictures with this guess](#pictures)",
            truth=literal_words(truth),
        )
    count, of_class = row[study.labels.index(guess)], row.sum()
    values: dict[str, object] = {"truth": literal_words(truth), "count": count, "of_class": of_class}
    if truth == guess:
        return tr(
            "Marked: **{truth}** recognised, {count:,} of {of_class:,} pictures. [See the pictures](#pictures)",
            **values,
        )
    return tr(
        "Marked: **{truth}** taken for **{guess}**, {count:,} of {of_class:,} pictures. [See the pictures](#pictures)",
        guess=literal_words(guess),
        **values,
    )
