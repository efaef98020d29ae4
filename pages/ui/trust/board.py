"""Board of the page Trust, with the map of one picture and one check of it at a time.

To add a check, write a function of a `CheckSubject` in a module of its own and add a line to the table `CHECKS`. The
page needs no other change. The function is called once the map is computed, for the check that the reader has chosen.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.controls import contrast
from pages.ui.controls import display as controls_display
from pages.ui.controls import settings as controls_settings
from pages.ui.controls.contrast import ShownContrast
from pages.ui.controls.request import ExplainRequest
from pages.ui.frame import choices, components, navigation
from pages.ui.loaders import models
from pages.ui.maps import jobs, overlays
from pages.ui.maps.jobs import Live
from pages.ui.picture import selection
from pages.ui.picture.selection import Subject
from pages.ui.trust.faithfulness import draw_faithfulness
from pages.ui.trust.mask_sensitivity import draw_mask_sensitivity
from pages.ui.trust.other_methods import draw_other_methods
from pages.ui.trust.sanity import draw_sanity_check
from pages.ui.trust.subject import CheckSubject
from pages.ui.trust.what_if import draw_what_if
from xai_core import render
from xai_core.errors import XaiError
from xai_core.explain.explanation import Explanation
from xai_core.language import mark, tr
from xai_core.settings.engine_table import ENGINES
from xai_core.study.study import Study
from xai_core.texts import listed, paragraph

_SLOT = "trust"
_SIDE_PX = 320


@dataclass(frozen=True, slots=True)
class Check:
    """Entry of the table of checks.

    Attributes
    ----------
    title
        Name for people.
    question
        Question that the check answers.
    draw
        Function that draws the check.
    of_all_engines
        True if the maps of all engines are drawn, not only that of the chosen engine.
    """

    title: str
    question: str
    draw: Callable[[CheckSubject], None]
    of_all_engines: bool = False


CHECKS = {
    "what_if": Check(
        mark("What if"), mark("Does hiding parts of the picture change the answer as the map predicts?"), draw_what_if
    ),
    "faithfulness": Check(
        mark("Faithfulness"),
        mark("Does the model depend most on the parts that the map values most?"),
        draw_faithfulness,
    ),
    "masks": Check(
        mark("Masks"),
        mark("How much does the map depend on what hidden regions are filled with?"),
        draw_mask_sensitivity,
    ),
    "methods": Check(
        mark("Methods"),
        mark("What do other methods find in the same picture?"),
        draw_other_methods,
        of_all_engines=True,
    ),
    "sanity": Check(
        mark("Sanity"), mark("Does the map change when the network's weights are random?"), draw_sanity_check
    ),
}
"""Table of checks by their names in the URL, in the order in which they are offered. It is the only one."""


def choose_check(study: Study, panel: DeltaGenerator) -> tuple[Check, ExplainRequest, DeltaGenerator]:
    """Draw the choice of a check and, into a panel, the settings of the map.

    Returns
    -------
    The check, the settings, and the part of the panel for the classes of the contrast.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        titles = {name: tr(check.title) for name, check in CHECKS.items()}
        hint = tr("There are {names}.", names=listed(CHECKS))
        check = CHECKS[choices.segmented("check", titles, tr("Check"), noun=tr("check"), hint=hint, titled=False)]
        navigation.explain_map_link()
    with panel:
        presets, classes, drawing = st.container(), st.container(), st.container()
        settings = controls_settings.choose_settings(study, presets)
        top_k = controls_settings.choose_top_k(study)
        with drawing:
            engines = ENGINES if check.of_all_engines else (settings.engine,)
            display = controls_display.choose_display(engines=engines, study=study)
    st.markdown(tr(check.question))
    return check, ExplainRequest(settings, top_k, display), classes


def draw_board(study: Study, picture: Subject, check: Check, request: ExplainRequest, classes: DeltaGenerator) -> None:
    """Draw the contrast, its map as it is computed, and then the check. The boxes of its classes go into `classes`."""
    if picture.logits is None:
        jobs.wait_for_model(study)
        return
    shown = contrast.choose_contrast(study, picture, request.top_k, request.display, classes)
    settings = request.settings
    if shown.display.noise is not None:
        st.caption(paragraph(shown.display.noise_legend, tr(_CHECKED)))
    found = jobs.live(
        _SLOT,
        study,
        (picture.image_id, picture.model_view.picture_hash, settings),
        lambda model: [selection.submit_explanation(study, model, picture, settings)],
        lambda live: _draw_map(picture, shown, live),
        stored=lambda: [selection.stored_explanation(study, picture, settings)],
    )
    # A check works on the final map. While there are no jobs the model is being opened, and the page runs again.
    model = models.runtime_if_open(study)
    explanation = found.final[0] if found.jobs else None
    if explanation is None or model is None:
        return
    try:
        check.draw(CheckSubject(study, picture, model, settings, shown, explanation))
    except XaiError as fault:
        components.show_error(fault)


def _draw_map(picture: Subject, shown: ShownContrast, live: Live[Explanation]) -> None:
    """Draw the map while it is computed. Afterwards the check draws it."""
    if not live.waiting:
        return
    (explanation,), view = live.answers, picture.model_view.view
    if explanation is None:
        st.image(render.pale_grey(view).astype(np.uint8), width=_SIDE_PX, alt=tr("Not computed yet"))
        return
    with st.container(width=_SIDE_PX):
        limit = shown.limits(explanation).contrast
        overlays.draw_overlay(view, explanation, shown.target, limit=limit, display=shown.display, name=picture.name)


_CHECKED = mark("This changes only the drawing: every check uses the whole map, regions within noise included.")
