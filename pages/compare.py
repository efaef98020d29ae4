"""Compare: what the model looks at in a mistake, and in pictures of the same class that it gets right."""

import streamlit as st

from pages.ui import comparison, components, loaders, shell
from xai_core.labels import words

study = shell.open_page()
ranked = loaders.pairs(study)

if ranked.empty:
    st.info("The model makes no mistake on these pictures, so there is nothing to compare.", icon=":material/info:")
else:
    mistake = components.mistake_picker(study, ranked)
    asked = comparison.ask(study)
    companions = comparison.companions(study, mistake, asked.companions)
    st.markdown(
        f"Left the mistake; beside it **{words(mistake['truth'])}** that the model gets right, "
        f"{comparison.how_chosen(study)}. {comparison.HOW_TO_READ}"
    )
    if not companions:
        st.info(f"The model gets no picture of {words(mistake['truth'])} right.", icon=":material/info:")
    comparison.board(study, (mistake["image_id"], *companions), comparison.labels(study, mistake, asked.top_k), asked)
