"""Evidence: what the model goes by when it takes one class for another, in all its mistakes of the pair."""

import streamlit as st

from pages.ui.evidence import board, question
from pages.ui.frame import shell
from pages.ui.loaders import studies

study = shell.open_page()
ranked = studies.pairs(study)

if ranked.empty:
    st.info("The model makes no mistake on these pictures, so there is nothing to explain.", icon=":material/info:")
else:
    asked = question.ask(study, ranked)
    if asked is not None:
        board.board(study, asked)
