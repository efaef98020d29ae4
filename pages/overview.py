"""Overview: how good is the model, and where does it go wrong."""

import streamlit as st

from pages.ui import glance, shell, story
from pages.ui.loaders import studies

study = shell.open_page()
ranked = studies.pairs(study)

story.show(study)
glance.figures(study)
if studies.figures(study).unreadable == len(study.table):
    st.info("None of the pictures can be read, so there is nothing to tell of the model.", icon=":material/info:")
else:
    if ranked.empty:
        st.info("The model makes no mistake on these pictures.", icon=":material/info:")
    else:
        glance.pairs(study, ranked)
        glance.classes(study)
    glance.confidence(study)
