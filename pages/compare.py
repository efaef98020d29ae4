"""Compare: what the model looks at in a mistake, and in pictures that it gets right."""

import streamlit as st

from pages.ui import companions, comparison, comparison_report, mistakes, shell, verdicts
from pages.ui.loaders import studies

study = shell.open_page()
ranked = studies.pairs(study)

if ranked.empty:
    st.info("The model makes no mistake on these pictures, so there is nothing to compare.", icon=":material/info:")
else:
    mistake = mistakes.picker(study, ranked)
    verdicts.form(study, str(mistake["image_id"]), "compare")
    asked = comparison.ask(study, mistake)
    beside = companions.chosen(study, mistake, asked.beside)
    st.markdown(f"Left the mistake; beside it {companions.in_words(study, asked.beside)}. {comparison.HOW_TO_READ}")
    answers = comparison.board(study, (mistake["image_id"], *beside), asked)
    comparison_report.offer(study, answers, asked)
