"""Trust: how far can this map be trusted."""

import streamlit as st

from pages.ui import controls, explaining, shell, trusting

study = shell.open_page()
st.markdown("A map persuades whether or not it is right. Here it is put to the test.")
subject = explaining.chosen(study)

if subject is not None:
    check = trusting.chosen_check()
    left, right = st.columns(trusting.WIDTHS, gap="medium")
    with right:
        settings = controls.settings(study)
        display = controls.display()
    with left:
        trusting.board(study, subject, check, settings, display)
