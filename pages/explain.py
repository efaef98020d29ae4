"""Explain: what made the model say that about this picture."""

import streamlit as st

from pages.ui.controls import display, request
from pages.ui.controls import settings as controls_settings
from pages.ui.explain import board
from pages.ui.frame import shell
from pages.ui.loaders import models
from pages.ui.maps import mask_preview
from pages.ui.picture import source

study = shell.open_page()
st.markdown(
    "Parts of a picture are hidden again and again; what the answer loses without a part is what that part says."
)
subject = source.chosen(study)

if subject is not None:
    left, middle, right = st.columns(board.WIDTHS, gap="medium")
    with right:
        settings = controls_settings.settings(study)
        preview = st.container(gap="xsmall")
        asked = request.Asked(settings, controls_settings.top_k(study), display.asked(engines=(settings.engine,)))
    with left:
        board.answer(study, subject, asked.top_k)
    model = models.opened(study)
    with preview:
        mask_preview.show(study, model, subject, settings)
    with middle:
        board.board(study, subject, asked)
