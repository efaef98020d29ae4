"""What pages are put together from; each component owns the keys of its widgets."""

import pandas as pd
import streamlit as st

from pages.ui.loaders import pictures
from xai_core.errors import PictureUnreadable, XaiError
from xai_core.labels import words
from xai_core.study.study import Study


def fault(error: XaiError) -> None:
    """Tell what went wrong and the cure."""
    st.error(error.sentence, icon=":material/error:")


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "picture"), counted(1200, "picture")
    ('1 picture', '1,200 pictures')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def picture_name(image_id: str) -> str:
    """A picture's id as people write it: "pork chop 1234"."""
    return words(image_id).replace("/", " ")


def thumbnail(study: Study, row: pd.Series) -> None:
    """A picture in small, or in its place why it cannot be shown."""
    image_id = str(row["image_id"])
    said = "recognised" if row["truth"] == row["guess"] else f"taken for {words(row['guess'])}"
    try:
        st.image(pictures.thumbnail(study, image_id), width="stretch", alt=f"{picture_name(image_id)}, {said}")
    except PictureUnreadable as fault:
        st.caption(fault.sentence)


def taken(truth: str, guess: str) -> str:
    """A pair in words: "Pork chop taken for ravioli"."""
    return f"{words(truth).capitalize()} taken for {words(guess)}"
