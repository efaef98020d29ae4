"""Compare: what the model looks at in a mistake, and in pictures that it gets right."""

import streamlit as st

from pages.ui.compare import board, companions, report
from pages.ui.frame import shell
from pages.ui.loaders import studies
from pages.ui.picture import mistakes, verdicts

study = shell.open_page()
ranked = studies.pairs(study)

if ranked.empty:
    st.info("The model makes no mistake on these pictures, so there is nothing to compare.", icon=":material/info:")
else:
    mistake = mistakes.picker(study, ranked)
    verdicts.form(study, str(mistake["image_id"]), "compare")
    asked = board.ask(study, mistake)
    beside = companions.chosen(study, mistake, asked.beside)
    st.markdown(f"Left the mistake; beside it {companions.in_words(study, asked.beside)}. {board.HOW_TO_READ}")
    answers = board.board(study, (mistake["image_id"], *beside), asked)
    report.offer(study, answers, asked)
