"""Trust: how far can this map be trusted."""

import streamlit as st

from pages.ui import explaining, shell, trusting

study = shell.open_page()
st.markdown("A map persuades whether or not it is right. Here it is put to the test.")
subject = explaining.chosen(study)

if subject is not None:
    check, asked = trusting.asked(study)
    trusting.board(study, subject, check, asked)
