"""Page Overview with the accuracy of the model and its most frequent mistakes."""

import streamlit as st

from pages.ui.frame import shell
from pages.ui.loaders import studies
from pages.ui.overview import figures, pictures, story, worth_a_look
from xai_core.language import tr

study = shell.open_page()
ranked = studies.pairs(study)

figures.draw_import_findings(study)
story.draw_story(study)
figures.draw_figures(study)
if studies.figures(study).unreadable == len(study.table):
    st.info(tr("None of the pictures can be read, so there are no figures on the model."), icon=":material/info:")
else:
    if ranked.empty:
        st.info(tr("The model makes no mistake on these pictures."), icon=":material/info:")
    else:
        figures.draw_pairs(study, ranked)
        worth_a_look.draw_worth_a_look(study)
        figures.draw_classes(study)
        pictures.draw_pictures(study)
    figures.draw_confidence(study)
