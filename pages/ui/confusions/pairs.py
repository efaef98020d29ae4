"""Ranked list of pairs, with a search for the names of classes."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.ui.confusions import selection_mark
from pages.ui.frame import link
from pages.ui.frame.plain_text import literal
from xai_core.confusions import confusion
from xai_core.labels import words
from xai_core.language import tr
from xai_core.texts import counted

MAX_SEARCH_CHARS = 80

_WIDGET = "pairs_table"
_SEARCH_PX = 340


def draw_pairs(ranked: pd.DataFrame, text: str, opened: tuple[str, str]) -> None:
    """Draw the pairs that match a search, the most frequent first.

    A click on a row opens the pair.

    Parameters
    ----------
    ranked
        From `confusion.pairs`.
    text
        From `choose_search`.
    opened
        Truth and guess of the marked row.
    """
    found = confusion.filter_pairs(ranked, text)
    if found.empty:
        st.info(
            tr("No confusion has “{text}” in the name of either class.", text=literal(text)),
            icon=":material/search_off:",
        )
        return
    if text.strip():
        st.caption(tr("{number:,} of {pairs}", number=len(found), pairs=counted(len(ranked), "pair")))
    mark = selection_mark.current_mark(_WIDGET, opened, text)
    row = found.index[(found["truth"] == mark.initial[0]) & (found["guess"] == mark.initial[1])]
    selection_mark.draw_table(
        mark,
        _in_words(found),
        row,
        lambda number: selection_mark.open_pair(_WIDGET, *found.iloc[number][["truth", "guess"]]),
        columns=_columns(),
        alt=tr("Ranked pairs of classes that the model confuses"),
    )


def choose_search() -> str:
    """Draw the search field, and return its text."""
    requested = link.requested("find") or ""
    text = link.choice(
        "find",
        (requested if len(requested) <= MAX_SEARCH_CHARS else "",),
        "",
        noun=tr("search"),
        hint=tr("A search has at most {number} characters.", number=MAX_SEARCH_CHARS),
    )
    st.text_input(
        tr("Find a class"),
        text,
        max_chars=MAX_SEARCH_CHARS,
        type="search",
        key="find",
        placeholder=tr("Words of either class, such as pork rav"),
        icon=":material/search:",
        on_change=link.clear_notes,
        width=_SEARCH_PX,
    )
    return text


def _in_words(found: pd.DataFrame) -> pd.DataFrame:
    return found.assign(
        truth=found["truth"].map(words),
        guess=found["guess"].map(words),
        share=100 * found["share"],
        mean_p_guess=100 * found["mean_p_guess"],
    )


def _columns() -> dict[str, Any]:
    """Return the columns of the table, in this order."""
    return {
        "truth": st.column_config.TextColumn(tr("True class")),
        "guess": st.column_config.TextColumn(tr("Taken for")),
        "count": st.column_config.NumberColumn(
            tr("Pictures"), help=tr("Number of pictures of the true class with this guess.")
        ),
        "share": st.column_config.NumberColumn(
            tr("Share of the class"), format="%.1f%%", help=tr("Share of the pictures of the true class.")
        ),
        "mean_p_guess": st.column_config.NumberColumn(
            tr("Mean confidence"), format="%.0f%%", help=tr("Mean probability that the model gave to the wrong class.")
        ),
        "reverse": st.column_config.NumberColumn(
            tr("The other way round"),
            help=tr("Number of pictures of the guessed class that are taken for the true class."),
        ),
    }
