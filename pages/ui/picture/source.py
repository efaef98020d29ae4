"""Choice between a picture of the study and an uploaded one."""

import pandas as pd
import streamlit as st

from pages.ui.frame import link, navigation
from pages.ui.picture import selection, uploads
from pages.ui.picture.selection import Subject
from xai_core.study.study import Study


def chosen(study: Study) -> Subject | None:
    """Let the reader choose a picture, or bring one; None while there is none."""
    if link.leaves_out("source") and not link.leaves_out("picture"):
        link.keep(source="study")  # whatever was looked at before: the link is about a picture of the study
    source = link.choice(
        "source", {each: each for each in _SOURCES}, "study", what="source", hint="It is study or upload."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            "Picture",
            list(_SOURCES),
            default=source,
            required=True,
            key="source",
            format_func=_SOURCES.__getitem__,
            on_change=link.follow,
            label_visibility="collapsed",
        )
        ways_on = st.container(horizontal=True)
    if source == "upload":
        return uploads.brought(study)
    subject = selection.of_study(study)
    if subject is not None:
        with ways_on:
            _ways_on(study.row(str(subject.image_id)))
    return subject


def _ways_on(row: pd.Series) -> None:
    """From a mistake to its comparison and to its pair."""
    if row["truth"] == row["guess"]:
        return
    navigation.compare_link(row)
    st.page_link(
        "pages/confusions.py",
        label="All mistakes of this pair",
        icon=":material/grid_view:",
        query_params=link.parameters(truth=row["truth"], guess=row["guess"]),
    )


_SOURCES = {"study": "A picture of the study", "upload": "One of your own"}
