"""Page Explain with the evidence for and against the classes of one picture."""

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
    "The model sees the picture again and again, each time with other parts hidden. "
    "If the prediction gets weaker without a part, that part is evidence for it."
)
subject = source.choose_picture(study)

if subject is not None:
    left, middle, right = st.columns(board.WIDTHS, gap="medium")
    with right:
        settings = controls_settings.choose_settings(study)
        preview = st.container(gap="xsmall")
        top_k = controls_settings.choose_top_k(study)
        chosen = request.ExplainRequest(settings, top_k, display.choose_display(engines=(settings.engine,)))
    with left:
        board.draw_prediction(study, subject, top_k)
    model = models.runtime_if_open(study)
    with preview:
        mask_preview.draw_mask_preview(study, model, subject, settings)
    with middle:
        board.draw_board(study, subject, chosen)
