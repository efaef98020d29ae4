"""Chosen pictures as cards, one page at a time, with their files for other programs."""

import pandas as pd
import streamlit as st

from pages.ui.data import cards
from pages.ui.frame import link
from xai_core.confusions import confusion
from xai_core.study.study import Study

PAGE = 18
"""Pictures on a page."""


def draw_list(study: Study, rows: pd.DataFrame, key: str) -> None:
    """Draw pictures, the most confident mistakes first.

    Parameters
    ----------
    study
        The study.
    rows
        Rows of its table, one at least.
    key
        Parameter of the page number.
    """
    shown = confusion.gallery(rows, which="all")
    count = max(1, -(-len(shown) // PAGE))
    page = link.choice(key, range(1, count + 1), 1, noun="page of pictures", hint="Shown is the first.")
    with st.grid("auto", min_column_width=cards.CARD_PX):
        for _, row in shown.iloc[(page - 1) * PAGE : page * PAGE].iterrows():
            draw_picture(study, row)
    if count > 1:
        st.pagination(count, default=page, key=key, on_change=link.clear_notes)


def draw_picture(study: Study, row: pd.Series, note: str = "") -> None:
    """Draw one picture as a card."""
    with st.container(gap="xsmall"):
        cards.draw_card(study, row, note)
