"""Button that measures the pictures of a study, and the progress of it."""

import streamlit as st

from pages.ui.access import visitors
from pages.ui.data import background_work
from pages.ui.frame import account
from pages.ui.loaders import picture_data
from xai_core.language import mark, tr
from xai_core.study.pictures.duplicates import COMPARING, MEASURING, SEARCHING
from xai_core.study.study import Study

TEXTS = {
    MEASURING: mark("Measuring {done:,} of {planned:,} pictures ..."),
    SEARCHING: mark("Searching {done:,} of {planned:,} pictures for their likes ..."),
    COMPARING: mark("Comparing {done:,} of {planned:,} pairs of similar pictures ..."),
}
"""Texts of the progress by stage, for `tr`."""


def draw_measuring(study: Study) -> None:
    """Draw the button, the progress or the error of the measurement; nothing where all is measured."""
    has_properties = picture_data.properties(study) is not None
    if has_properties and picture_data.duplicates(study) is not None:
        return
    run = picture_data.run_of(study, picture_data.PICTURES)
    if run is not None and not run.over:
        # The properties are there before the duplicates, and are shown at once.
        background_work.draw_progress(
            run, TEXTS, lambda: (picture_data.properties(study) is not None) != has_properties
        )
        return
    if run is not None:
        background_work.draw_error(run)
    st.markdown(
        tr(
            "Dark, blurred or oddly cut pictures, and photographs that come twice, can cause mistakes or hide them. "
            "The pictures of this study have not been measured yet. That takes a few milliseconds a picture, goes on "
            "in the background, and is kept with the study."
        )
    )
    if account.draw_why_not("measure"):
        return
    st.button(
        tr("Measure the pictures"),
        key="measure",
        icon=":material/straighten:",
        on_click=_start,
        args=(study,),
    )


def _start(study: Study) -> None:
    if not visitors.why_not("measure"):
        picture_data.start(study, picture_data.PICTURES)
