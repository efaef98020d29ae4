"""Confusions: which classes are taken for which, and which pictures are they."""

import streamlit as st

from pages.ui import components, loaders, shell

study = shell.open_page()
ranked = loaders.pairs(study)

if ranked.empty:
    st.info("The model makes no mistake on these pictures, so there is nothing to explain.", icon=":material/info:")
else:
    st.markdown(
        "Each row is a pair: pictures of one class that the model takes for another. "
        "**Pick a row**, or a true class and a guess below, to see the pictures."
    )
    components.pairs_table(ranked)
    truth, guess = components.pair_picker(study, ranked)
    components.gallery(study, truth, guess)
    st.caption(
        "Percentages are the model's probabilities. The rank says how far down its list the true class came. "
        "The most confident mistakes come first."
    )
