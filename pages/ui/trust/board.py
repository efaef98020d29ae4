"""How far a map can be trusted: the map of one picture, and the checks that it can be put to, one at a time.

A check is a function of a `Judged` in a module of its own, and a line in `CHECKS`. It is called once the map is whole,
and only while it is the one that the reader has chosen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages.ui.controls import choices, contrast
from pages.ui.controls import display as controls_display
from pages.ui.controls import settings as controls_settings
from pages.ui.controls.contrast import Shown
from pages.ui.controls.request import Asked
from pages.ui.frame import components, navigation
from pages.ui.loaders import models
from pages.ui.maps import jobs, overlays
from pages.ui.picture import selection
from pages.ui.picture.selection import Subject
from pages.ui.trust import faithfulness, mask_sensitivity, other_methods, sanity, what_if
from pages.ui.trust.subject import Judged
from xai_core import render
from xai_core.errors import XaiError
from xai_core.explain.explanation import Explanation
from xai_core.explain.service import Job
from xai_core.settings import ENGINES
from xai_core.study.study import Study

_PLACE = "trust"
_SIDE_PX = 320


@dataclass(frozen=True, slots=True)
class Check:
    """One way of finding out.

    Attributes
    ----------
    title
        For people.
    question
        That it answers.
    show
        What shows it.
    of_all_engines
        Whether the maps of all engines are drawn, not only of the one that is set.
    """

    title: str
    question: str
    show: Callable[[Judged], None]
    of_all_engines: bool = False


CHECKS = {
    "what_if": Check("What if", "Does hiding parts of the picture do what the map says?", what_if.show),
    "faithfulness": Check(
        "Faithfulness", "Are the parts that the map values most those that the model needs most?", faithfulness.show
    ),
    "masks": Check("Masks", "How much of the map is due to what hidden parts show?", mask_sensitivity.show),
    "methods": Check(
        "Methods", "What do other methods say of the same picture?", other_methods.show, of_all_engines=True
    ),
    "sanity": Check("Sanity", "Does the map change when the model forgets what it learned?", sanity.show),
}
"""By their names in the URL, in the order in which they are offered."""


def asked(study: Study) -> tuple[Check, Asked]:
    """Let the reader choose a check, and what map it is of."""
    with st.container(horizontal=True, vertical_alignment="center"):
        check = _check()
        with st.popover("Settings of the map", icon=":material/tune:"):
            settings = controls_settings.settings(study)
            display = controls_display.asked(engines=ENGINES if check.of_all_engines else (settings.engine,))
            choice = Asked(settings, controls_settings.top_k(study), display)
        navigation.to_explain()
    st.markdown(check.question)
    return check, choice


def _check() -> Check:
    titles = {name: check.title for name, check in CHECKS.items()}
    hint = f"There are {', '.join(CHECKS)}."
    return CHECKS[choices.segmented("check", titles, "Check", what="check", hint=hint, named=False)]


def board(study: Study, subject: Subject, check: Check, asked: Asked) -> None:
    """The contrast, its map as it is computed, and then the check."""
    if subject.logits is None:
        jobs.watched(_opening, [])(study)
        return
    shown, settings = contrast.asked(study, subject, asked.top_k, asked.display), asked.settings
    if shown.display.noise is not None:
        st.caption(f"{shown.display.legend_of_noise} {_CHECKED}")
    asking = jobs.of(
        _PLACE,
        study,
        (subject.image_id, subject.sight.picture_hash, settings),
        lambda model: [selection.explained(study, model, subject, settings)],
    )
    waited = jobs.waiting(asking)
    stored = None if asking else selection.stored(study, subject, settings)
    jobs.watched(_map, asking)(study, subject, shown, stored, asking=asking, waited=waited)
    model = models.opened(study)
    answer = asking[0].latest if asking and not waited else None
    if answer is None or model is None:
        return
    try:
        check.show(Judged(study, subject, model, settings, shown, answer))
    except XaiError as fault:
        components.fault(fault)


def _opening(study: Study) -> None:
    jobs.progress(_PLACE, [])
    jobs.settle(study, [], waited=True)


def _map(
    study: Study, subject: Subject, shown: Shown, stored: Explanation | None, *, asking: Sequence[Job], waited: bool
) -> None:
    """One look at the map on its way; once it is whole, the check shows it."""
    jobs.poll(asking)
    jobs.progress(_PLACE, asking)
    if waited:
        found, view = asking[0].latest if asking else stored, subject.sight.view
        if found is None:
            st.image(render.pale_grey(view).astype(np.uint8), width=_SIDE_PX, alt="Not computed yet")
        else:
            with st.container(width=_SIDE_PX):
                limit = render.shared_limit(found.contrast(*shown.pair))
                overlays.for_contrast(view, found, *shown.pair, limit=limit, display=shown.display)
    if asking:
        jobs.trouble(asking[0])
    jobs.settle(study, asking, waited=waited)


_CHECKED = "Only the drawing changes: every check is of the whole map, regions within noise included."
