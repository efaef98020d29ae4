"""Page Trust, with checks of how far a map can be trusted."""

import streamlit as st

from pages.ui.frame import shell
from pages.ui.picture import source
from pages.ui.trust import board as trust_board

study = shell.open_page()
st.markdown("A map can look convincing and still be wrong. Each check here tests it in another way.")
picture = source.choose_picture(study)

if picture is not None:
    check, request = trust_board.choose_check(study)
    trust_board.draw_board(study, picture, check, request)
