"""Confusions: which classes are taken for which, and which pictures are they."""

import streamlit as st

from pages.ui.confusions import counts, gallery, views
from pages.ui.frame import shell
from pages.ui.loaders import studies

study = shell.open_page()
ranked = studies.pairs(study)

if studies.figures(study).unreadable == len(study.table):
    st.info("None of the pictures can be read, so there is nothing to count.", icon=":material/info:")
else:
    if ranked.empty:
        st.info("The model makes no mistake on these pictures: all are on the diagonal.", icon=":material/info:")
    view = views.asked(study, ranked)
    counts.show(study, ranked, view.opened)
    views.picker(study, ranked, view)
    gallery.show(study, view)
    st.caption(
        "Percentages are the model's probabilities, of its guess and of the true class. The rank says how far down "
        "its list the true class came."
    )
