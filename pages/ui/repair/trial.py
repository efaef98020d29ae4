"""Trial of a cure, computed in the background."""

import streamlit as st

from pages.ui.loaders import repairs
from pages.ui.maps import waiting
from pages.ui.repair import outcome, take_along
from pages.ui.repair.request import RepairRequest
from xai_core.language import tr
from xai_core.study.study import Study


def draw_trial(study: Study, request: RepairRequest) -> None:
    """Draw the outcome of a cure and the form that writes the repaired model, or the progress of the trial."""
    work = repairs.trial(study, request.other, request.settings)
    found = waiting.answer_of(work, tr("Fitting the cure, and judging it on the pictures held back ..."))
    if found is None:
        return
    outcome.draw_outcome(study, found.trial)
    st.subheader(tr("Take it along"))
    take_along.draw_form(study, request, found)
