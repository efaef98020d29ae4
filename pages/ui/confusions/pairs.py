"""The ranked pairs, found by words of either class."""

import pandas as pd
import streamlit as st

from pages.ui.confusions import selection_mark
from pages.ui.frame import components, link
from xai_core.confusions import confusion
from xai_core.labels import words

LONGEST_SEARCH = 80
"""Characters."""

_PLACE = "pairs_table"
_SEARCH_PX = 340
_HEAD_PX, _ROW_PX, _LARGEST_PX = 38, 35, 388


def show(ranked: pd.DataFrame, text: str, opened: tuple[str, str]) -> None:
    """The pairs that are searched for, the most frequent first; a click on a row opens the pair.

    Parameters
    ----------
    ranked
        From `confusion.pairs`.
    text
        From `search`.
    opened
        Truth and guess of the marked row.
    """
    found = confusion.having(ranked, text)
    if found.empty:
        st.info(f"No confusion has “{text}” in the name of either class.", icon=":material/search_off:")
        return
    if text.strip():
        st.caption(f"{len(found):,} of {components.counted(len(ranked), 'pair')}")
    mark = selection_mark.of(_PLACE, opened, text)
    row = found.index[(found["truth"] == mark.begun[0]) & (found["guess"] == mark.begun[1])]
    st.dataframe(
        _in_words(found),
        key=mark.key,
        on_select=lambda: _open_selected(found, mark),
        selection_mode="single-row",
        selection_default={"selection": {"rows": list(row)}},
        hide_index=True,
        height=min(_LARGEST_PX, _HEAD_PX + _ROW_PX * len(found)),
        alt="Ranked pairs of classes that the model confuses",
        column_config=_COLUMNS,
    )


def search() -> str:
    """Let the reader look for a class, or for a pair."""
    asked = link.asked("find") or ""
    text = link.choice(
        "find",
        {asked: asked} if len(asked) <= LONGEST_SEARCH else {"": ""},
        "",
        what="search",
        hint=f"A search has at most {LONGEST_SEARCH} characters.",
    )
    st.text_input(
        "Find a class",
        text,
        max_chars=LONGEST_SEARCH,
        type="search",
        key="find",
        placeholder="Words of either class, such as pork rav",
        icon=":material/search:",
        on_change=link.follow,
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


def _open_selected(found: pd.DataFrame, mark: selection_mark.Mark) -> None:
    rows = st.session_state[mark.key]["selection"]["rows"]
    mark.lost = not rows
    if rows:
        pair = found.iloc[rows[0]]
        selection_mark.open_pair(_PLACE, str(pair["truth"]), str(pair["guess"]))


_COLUMNS = {
    "truth": st.column_config.TextColumn("True class"),
    "guess": st.column_config.TextColumn("Taken for"),
    "count": st.column_config.NumberColumn("Pictures", help="How many pictures of the true class."),
    "share": st.column_config.NumberColumn(
        "Share of the class", format="%.1f %%", help="Of the pictures of the true class."
    ),
    "mean_p_guess": st.column_config.NumberColumn(
        "Mean confidence", format="%.0f %%", help="Mean probability that was given to the wrong class."
    ),
    "reverse": st.column_config.NumberColumn(
        "The other way round", help="How often the guess is taken for the true class."
    ),
}
