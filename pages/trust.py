"""Page Trust, with checks of how far a map can be trusted."""

import streamlit as st

from pages.ui.frame import link, shell
from pages.ui.picture import source
from pages.ui.trust import board as trust_board

study = shell.open_page()
picture, panel = source.choose_picture(study)

if picture is not None:
    link.show_notes_in(st.container())
    check, request, classes = trust_board.choose_check(study, panel)
    trust_board.draw_board(study, picture, check, request, classes)
