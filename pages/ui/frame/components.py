"""Small pieces that several pages show."""

import pandas as pd
import streamlit as st

from pages.ui.frame.plain_text import fault_text, literal
from pages.ui.loaders import pictures
from xai_core.doctor.finding import Finding
from xai_core.errors import PictureUnreadable, XaiError
from xai_core.labels import words
from xai_core.language import mark, recognised, tr
from xai_core.study.study import Study
from xai_core.texts import paragraph

_FINDING_TITLES = {
    "preprocessing": mark("The preprocessing may be wrong."),
    "labels": mark("The order of the labels may be wrong."),
    "outputs": mark("The outputs look wrong."),
}


def show_error(error: XaiError) -> None:
    """Show an error with its cure."""
    st.error(fault_text(error), icon=":material/error:")


def draw_finding(finding: Finding) -> None:
    """Draw a likely fault of the import with its cure."""
    text = literal(paragraph(recognised(finding.sentence), recognised(finding.cure)))
    st.warning(f"**{tr(_FINDING_TITLES[finding.kind])}** {text}", icon=":material/troubleshoot:")


def picture_name(image_id: str) -> str:
    """Return a picture's id in words, such as "pork chop 1234"."""
    return " ".join(map(words, image_id.split("/")))


def pair_name(truth: str, guess: str) -> str:
    """Return a pair in words, such as "Pork chop taken for ravioli"."""
    return tr("{truth} taken for {guess}", truth=words(truth).capitalize(), guess=words(guess))


def draw_thumbnail(study: Study, row: pd.Series) -> None:
    """Draw a picture in small, or the reason why it cannot be shown."""
    image_id = str(row["image_id"])
    if row["truth"] == row["guess"]:
        alt = tr("{picture}, recognised", picture=picture_name(image_id))
    else:
        alt = tr("{picture}, taken for {guess}", picture=picture_name(image_id), guess=words(row["guess"]))
    try:
        st.image(pictures.thumbnail(study, image_id), width="stretch", alt=alt)
    except PictureUnreadable as fault:
        st.caption(fault_text(fault))
