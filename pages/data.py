"""Page Data with the pictures of a study themselves: what goes with mistakes, and which pictures come twice."""

import streamlit as st

from pages.ui.data import copies, effects, measuring
from pages.ui.frame import shell
from pages.ui.loaders import picture_data, studies

study = shell.open_page()

if studies.figures(study).unreadable == len(study.table):
    st.info("None of the pictures can be read, so there is nothing to measure.", icon=":material/info:")
else:
    measuring.draw_measuring(study)
    found = picture_data.effects(study)
    if found is not None:
        effects.draw_effects(study, found)
    duplicates = picture_data.duplicates(study)
    if duplicates is not None:
        copies.draw_copies(study, duplicates)
