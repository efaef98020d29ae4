"""Trust: how far can this map be trusted."""

import streamlit as st

from pages.ui.frame import shell
from pages.ui.picture import source
from pages.ui.trust import board as trust_board

study = shell.open_page()
st.markdown("A map persuades whether or not it is right. Here it is put to the test.")
subject = source.chosen(study)

if subject is not None:
    check, asked = trust_board.asked(study)
    trust_board.board(study, subject, check, asked)
