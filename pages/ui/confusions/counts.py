"""Which classes are taken for which: as a matrix of all classes, or as a list of pairs."""

import pandas as pd
import streamlit as st

from pages.ui.confusions import matrix, pairs
from pages.ui.frame import link
from pages.ui.loaders import studies
from xai_core.labels import words
from xai_core.study.study import Study

LOOKS = {"matrix": "Matrix", "list": "Ranked list"}
"""Two looks at the same numbers, and what they are called."""

_READ = {
    # Plotly selects what it saw under the pointer last, and under a finger it sees a cell only once it is tapped.
    "matrix": "A row for each true class, a column for what its pictures were called: grey is what is right, and the "
    "stronger the colour, the more mistakes. **Click a cell** to see its pictures (a touch screen needs a second tap); "
    "drag to zoom, double-click to zoom out.",
    "list": "Each line is a confusion: pictures of one class that the model takes for another. **Click a line** to see "
    "its pictures.",
}


def show(study: Study, ranked: pd.DataFrame, opened: tuple[str, str]) -> None:
    """The numbers, as the reader likes to look at them.

    Parameters
    ----------
    study
        Gives the counts.
    ranked
        Its pairs; where there is none, there is no list.
    opened
        Truth and guess of what is marked: a pair, or twice the same class.
    """
    looks = [each for each in LOOKS if each != "list" or not ranked.empty]
    look = link.choice(
        "look", {each: each for each in looks}, looks[0], what="look", hint=f"There are {', '.join(looks)}."
    )
    read, controls = st.container(), st.container(horizontal=True, vertical_alignment="bottom")
    read.markdown(_READ[look])
    controls.segmented_control(
        "Look",
        looks,
        default=look,
        required=True,
        key="look",
        format_func=LOOKS.__getitem__,
        on_change=link.follow,
    )
    st.markdown(_opened(study, *opened))
    if look == "matrix":
        with controls:
            by = matrix.order()
        matrix.show(study, by, opened)
    else:
        with controls:
            text = pairs.search()
        pairs.show(ranked, text, opened)


def _opened(study: Study, truth: str, guess: str) -> str:
    """What is marked, in words; the pictures may be further down than the window shows."""
    counted = studies.matrix(study)
    row = counted[study.labels.index(truth)]
    if not row.any():
        return f"There is no picture of **{words(truth)}** to count. [See what is called so](#pictures)"
    said = "recognised" if truth == guess else f"taken for **{words(guess)}**"
    count, of_class = row[study.labels.index(guess)], row.sum()
    return f"Marked: **{words(truth)}** {said}, {count:,} of {of_class:,} pictures. [See the pictures](#pictures)"
