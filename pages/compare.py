"""Page Compare with the maps of a mistake beside those of correct pictures."""

import streamlit as st

from pages.ui.compare import board, companions, report, request
from pages.ui.frame import shell
from pages.ui.loaders import studies
from pages.ui.picture import mistakes, verdicts
from xai_core.confusions import confusion

study = shell.open_page()
ranked = studies.pairs(study)

if ranked.empty:
    st.info(f"{confusion.why_no_pairs(studies.figures(study))} So there is nothing to compare.", icon=":material/info:")
else:
    mistake = mistakes.choose_mistake(study, ranked)
    verdicts.draw_form(study, str(mistake["image_id"]), "compare")
    chosen = request.choose_request(study, mistake)
    beside = companions.find_companions(study, mistake, chosen.beside)
    phrase = companions.companions_phrase(study, chosen.beside)
    st.markdown(f"The mistake is on the left. Beside it are {phrase}. {board.HOW_TO_READ}")
    answers = board.draw_board(study, (mistake["image_id"], *beside), chosen)
    report.draw_report(study, answers, chosen)
