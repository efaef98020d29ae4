"""Page Explain with the evidence for and against the classes of one picture."""

import streamlit as st

from pages.ui.controls import display, request
from pages.ui.controls import settings as controls_settings
from pages.ui.explain import board
from pages.ui.frame import link, shell
from pages.ui.loaders import models
from pages.ui.maps import mask_preview
from pages.ui.picture import source

study = shell.open_page()
subject, panel = source.choose_picture(study, has_verdict=True)

if subject is not None:
    link.show_notes_in(st.container())
    with panel:
        presets, classes, drawing = st.container(), st.container(), st.container()
        settings = controls_settings.choose_settings(study, presets)
        top_k = controls_settings.choose_top_k(study)
        with drawing:
            chosen_display = display.choose_display(engines=(settings.engine,), study=study)
    board.draw_board(study, subject, request.ExplainRequest(settings, top_k, chosen_display), classes)
    with panel:
        warning = mask_preview.draw_mask_preview(study, models.runtime_if_open(study), subject, settings)
    if warning:
        st.warning(warning, icon=":material/warning:")
