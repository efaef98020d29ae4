"""Choice between a picture of the study and an uploaded one."""

import pandas as pd
import streamlit as st

from pages.ui.frame import choices, link, navigation
from pages.ui.picture import selection, uploads
from pages.ui.picture.selection import Subject
from xai_core.study.study import Study


def choose_picture(study: Study) -> Subject | None:
    """Draw the choice of a picture, and return it.

    It is None while no picture is chosen or can be shown.
    """
    if link.is_omitted("source") and not link.is_omitted("picture"):
        # The link names a picture of the study, so it must not open the picture that was uploaded earlier.
        link.remember(source="study")
    row = st.container(horizontal=True, vertical_alignment="center")
    source = choices.segmented(
        "source", _SOURCES, "Picture", noun="source", hint="It is study or upload.", container=row, titled=False
    )
    links = row.container(horizontal=True)
    if source == "upload":
        return uploads.choose_upload(study)
    subject = selection.choose_from_study(study)
    if subject is not None:
        with links:
            _draw_links(study.row(str(subject.image_id)))
    return subject


def _draw_links(row: pd.Series) -> None:
    """Draw the links from a mistake to its comparison and to its pair."""
    if row["truth"] == row["guess"]:
        return
    navigation.compare_link(row)
    st.page_link(
        "pages/confusions.py",
        label="All mistakes of this pair",
        icon=":material/grid_view:",
        query_params=link.link_parameters(truth=row["truth"], guess=row["guess"]),
    )


_SOURCES = {"study": "A picture of the study", "upload": "A picture of your own"}
