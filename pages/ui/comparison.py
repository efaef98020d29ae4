"""Overlays side by side: what is asked, the jobs that answer it, and the board that shows them as they come in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui import controls, jobs, link, loaders, overlays
from xai_core import companions as choosing
from xai_core import render
from xai_core.errors import PictureUnreadable
from xai_core.explain.service import Job
from xai_core.labels import words
from xai_core.settings import ExplainSettings
from xai_core.study import Study

HOW_TO_READ = "Every class has its own overlay: what in the picture speaks for it, and what against."

_PLACE = "compare"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the controls say. Only `settings` decides what is computed; the rest is a matter of display."""

    settings: ExplainSettings
    top_k: int
    companions: int
    display: controls.Display


def ask(study: Study) -> Asked:
    """Let the reader set what is computed and how it is shown."""
    with st.grid(5, min_column_width=140, gap="medium"):
        settings = controls.settings(study)
        top_k = controls.top_k(study)
        companions = _companions_asked()
        display = controls.display()
    return Asked(settings, top_k, companions, display)


def _companions_asked() -> int:
    count = controls.number("companions", range(1, 7), 3, "There are 1 to 6.")
    st.slider("Companions", 1, 6, count, key="companions", on_change=link.follow, help=_COMPANIONS)
    return count


def companions(study: Study, mistake: pd.Series, count: int) -> tuple[str, ...]:
    """Correctly classified pictures of the mistake's true class, the most fitting first; what is lost is told."""
    chosen = choosing.companions(
        study.table, study.embeddings, str(mistake["image_id"]), str(mistake["truth"]), count=count
    )
    return tuple(each for each in chosen if _there(study, each))


def _there(study: Study, image_id: str) -> bool:
    try:
        loaders.sight(study, image_id)
    except PictureUnreadable as lost:
        st.warning(lost.sentence, icon=":material/broken_image:")
        return False
    return True


def how_chosen(study: Study) -> str:
    """How the companions were chosen, in words."""
    if study.embeddings is None:
        return "the ones it is surest of"
    return "the ones that look most alike to the model"


def labels(study: Study, mistake: pd.Series, top_k: int) -> tuple[str, ...]:
    """Classes to show overlays for: truth, guess, then what else the model thought most likely of the mistake."""
    row = study.table.index.get_loc(mistake.name)
    logits = study.logits[row].astype(np.float32)
    likeliest = np.argsort(-logits, kind="stable")[:top_k]
    return tuple(dict.fromkeys([str(mistake["truth"]), str(mistake["guess"]), *(study.labels[i] for i in likeliest)]))


def board(study: Study, pictures: tuple[str, ...], shown: tuple[str, ...], asked: Asked) -> None:
    """Explain pictures and show their overlays, sharper with every look, until all is computed.

    Parameters
    ----------
    study
        Gives pictures and model.
    pictures
        Image ids, the mistake first; one column each.
    shown
        Labels, the truth first and the guess second; one row of overlays each.
    asked
        Settings and display.
    """
    # Read here: a fault inside the fragment would be shown as a traceback.
    views = {each: loaders.sight(study, each).view for each in pictures}
    asking = jobs.of(
        _PLACE,
        study,
        (pictures, asked.settings),
        lambda model: [loaders.submit(study, model, each, asked.settings) for each in pictures],
    )
    jobs.watched(_draw, asking)(study, views, shown, asked.display, asking=asking, waited=jobs.waiting(asking))


def _draw(
    study: Study,
    views: Mapping[str, NDArray[np.uint8]],
    shown: tuple[str, ...],
    display: controls.Display,
    *,
    asking: Sequence[Job],
    waited: bool,
) -> None:
    """One look at the jobs; while there is something to wait for, Streamlit comes back here by itself."""
    jobs.poll(asking)
    jobs.progress(_PLACE, asking)
    answers = [job.latest for job in asking] or [None] * len(views)
    limit = render.shared_limit(*(answer.map(label) for answer in answers if answer for label in shown))
    overlays.legend(limit, study, display.palette)
    grid = st.grid(len(views), min_column_width=130)
    for place, (image_id, view) in enumerate(views.items()):
        with grid.cell():
            row = study.row(image_id)
            st.markdown("**Correct**" if row["truth"] == row["guess"] else "**Mistake**")
            overlays.picture(row, view)
            for rank, label in enumerate(shown):
                st.markdown(f"For **{words(label)}** :gray[({_ROLES[min(rank, 2)]})]")
                overlays.for_label(view, answers[place], label, limit=limit, display=display)
            if asking:
                jobs.trouble(asking[place])
    jobs.settle(study, asking, waited=waited)


_ROLES = ("truth", "guess", "also likely")
_COMPANIONS = "How many pictures that the model gets right are shown beside the mistake."
