"""Page Confusions with the counts of confused classes and the pictures behind them."""

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
        st.info("The model makes no mistake on these pictures. All are on the diagonal.", icon=":material/info:")
    view = views.current_view(study, ranked)
    counts.draw_counts(study, ranked, view.opened)
    views.draw_view_widgets(study, ranked, view)
    gallery.draw_gallery(study, view)
    st.caption(
        "Percentages are the model's probabilities of its guess and of the true class. The rank is the position of the "
        "true class in the order of the probabilities."
    )
