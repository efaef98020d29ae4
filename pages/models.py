"""Page Models with the changes from one study to another on the same pictures."""

import streamlit as st

from pages.ui.frame import components, shell
from pages.ui.models import board, changes, figures, gallery, other_study, report, selection
from pages.ui.models.explained import choose_explained
from xai_core.errors import StudyRefused, XaiError
from xai_core.language import tr

study = shell.open_page()

other = other_study.choose_other(study)
try:
    found = None if other is None else other_study.compare(study, other)
except XaiError as fault:
    # The choice of the other study stays usable.
    components.show_error(fault)
    if isinstance(fault, StudyRefused):
        other_study.draw_commands(study)
    found = None
if other is not None and found is not None:
    figures.draw_figures(found)
    view = selection.current_selection(found)
    changes.draw_changes(study, found, view)
    selection.draw_pair(found, view)
    flips = selection.flips(found, view)
    explained = None
    if not flips.empty:
        st.subheader(tr("One picture, explained by both models"), anchor="explained")
        explained = choose_explained(study, other, found, view, flips)
    answers = board.draw_board(explained) if explained else None
    gallery.draw_gallery(study, found, view, flips)
    report.draw_downloads(found, view, explained, answers)
