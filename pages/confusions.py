"""Page Confusions with the counts of confused classes and the pictures behind them."""

import streamlit as st

from pages.ui.confusions import counts, gallery, views
from pages.ui.frame import shell
from pages.ui.loaders import studies
from xai_core.language import tr

study = shell.open_page()
ranked = studies.pairs(study)

if studies.figures(study).unreadable == len(study.table):
    st.info(tr("None of the pictures can be read, so there is nothing to count."), icon=":material/info:")
else:
    if ranked.empty:
        st.info(tr("The model makes no mistake on these pictures. All are on the diagonal."), icon=":material/info:")
    view = views.current_view(study, ranked)
    above, below = st.container(), st.container()
    with below if view.pictures_first else above:
        counts.draw_counts(study, ranked, view.opened)
    with above if view.pictures_first else below:
        views.draw_view_widgets(study, ranked, view)
        gallery.draw_gallery(study, view)
