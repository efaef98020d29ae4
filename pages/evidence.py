"""Page Evidence with what all mistakes of a pair have in common."""

import streamlit as st

from pages.ui.evidence import board, request
from pages.ui.frame import shell
from pages.ui.loaders import studies
from xai_core.confusions import confusion
from xai_core.language import tr
from xai_core.texts import paragraph

study = shell.open_page()
ranked = studies.pairs(study)

if ranked.empty:
    why = confusion.why_no_pairs(studies.figures(study))
    st.info(paragraph(why, tr("So there is nothing to explain.")), icon=":material/info:")
else:
    chosen = request.choose_request(study, ranked)
    if chosen is not None:
        board.draw_board(study, chosen)
