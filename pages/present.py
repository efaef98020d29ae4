"""Page Present with the story of one mistake in seven large steps."""

import streamlit as st

from pages.ui.frame import shell
from pages.ui.loaders import studies
from pages.ui.present import board, story
from xai_core.confusions import confusion
from xai_core.language import tr
from xai_core.texts import paragraph

study = shell.open_page()

if studies.pairs(study).empty:
    why = confusion.why_no_pairs(studies.figures(study))
    st.info(paragraph(why, tr("So there is nothing to present.")), icon=":material/info:")
else:
    chosen = story.choose_story(study)
    if chosen is not None:
        board.draw_story(chosen)
