"""Overview: how good is the model, and where does it go wrong."""

import streamlit as st

from pages.ui.frame import shell
from pages.ui.loaders import studies
from pages.ui.overview import figures, story

study = shell.open_page()
ranked = studies.pairs(study)

story.show(study)
figures.figures(study)
if studies.figures(study).unreadable == len(study.table):
    st.info("None of the pictures can be read, so there is nothing to tell of the model.", icon=":material/info:")
else:
    if ranked.empty:
        st.info("The model makes no mistake on these pictures.", icon=":material/info:")
    else:
        figures.pairs(study, ranked)
        figures.classes(study)
    figures.confidence(study)
