"""Explain: what made the model say that about this picture."""

import streamlit as st

from pages.ui import appearance, controls, explaining, maskpreview, shell
from pages.ui.loaders import models

study = shell.open_page()
st.markdown(
    "Parts of a picture are hidden again and again; what the answer loses without a part is what that part says."
)
subject = explaining.chosen(study)

if subject is not None:
    left, middle, right = st.columns(explaining.WIDTHS, gap="medium")
    with right:
        settings = controls.settings(study)
        preview = st.container(gap="xsmall")
        asked = explaining.Asked(settings, controls.top_k(study), appearance.asked(engines=(settings.engine,)))
    with left:
        explaining.answer(study, subject, asked.top_k)
    model = models.opened(study)
    with preview:
        maskpreview.show(study, model, subject, settings)
    with middle:
        explaining.board(study, subject, asked)
