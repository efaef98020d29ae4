"""Cards of single pictures on the page Data."""

import pandas as pd
import streamlit as st

from pages.ui.frame import components, navigation
from pages.ui.frame.plain_text import fault_text, literal_words
from pages.ui.loaders import pictures
from xai_core.errors import PictureUnreadable
from xai_core.labels import words
from xai_core.language import tr
from xai_core.study.study import Study

CARD_PX = 120
"""Smallest width of a card."""


def draw_card(study: Study, row: pd.Series, note: str = "", *, has_links: bool = True) -> None:
    """Draw a whole picture with its label, its guess and a link to Explain.

    Parameters
    ----------
    study
        The study.
    row
        Its row of the picture.
    note
        Markdown above the label.
    has_links
        False for a picture of another study than the one in the side bar, where links would lead.
    """
    image_id, wrong = str(row["image_id"]), row["truth"] != row["guess"]
    answer = tr("taken for {guess}", guess=words(row["guess"])) if wrong else tr("recognised")
    try:
        st.image(
            pictures.whole_picture(study, image_id),
            alt=tr("{picture}, {answer}", picture=components.picture_name(image_id), answer=answer),
        )
    except PictureUnreadable as fault:
        st.caption(fault_text(fault))
    lines = [note] if note else []
    lines.append(literal_words(row["truth"]))
    if not row["guess"]:
        lines.append(tr("cannot be read by the model"))
    else:
        guess = literal_words(row["guess"])
        lines.append(tr("**taken for {guess}**", guess=guess) if wrong else tr("recognised"))
    st.caption("  \n".join(lines))
    if row["guess"] and has_links:
        with st.container(horizontal=True, gap="xsmall"):
            navigation.explain_link(row)
            if wrong:
                navigation.compare_link(row)
