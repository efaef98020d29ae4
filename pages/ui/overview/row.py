"""Row of a story with a mistake, a correct picture and their contrast maps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.frame import components
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders.leading import Lead
from pages.ui.maps import jobs
from xai_core import render
from xai_core.explain.certainty import display_map
from xai_core.explain.colour_scale import OWN_SCALES, leading_answer
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.explain.wording import probability_text
from xai_core.labels import words
from xai_core.language import tr
from xai_core.study.study import Study

CELL_PX = 140


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Pictures of a story.

    Attributes
    ----------
    lead
        Mistake that the story is about.
    companion
        Correctly classified picture of the same class; None if there is none.
    views
        Both, each (H, W, 3) uint8 as the model sees them.
    """

    lead: Lead
    companion: str | None
    views: tuple[NDArray[np.uint8], ...]

    @property
    def pictures(self) -> tuple[str, ...]:
        """Image ids, the mistake first."""
        return (self.lead.image_id, self.companion) if self.companion else (self.lead.image_id,)

    @property
    def target(self) -> Target:
        """Contrast of guess and truth."""
        return Target(self.lead.guess, self.lead.truth)


def draw_pictures(study: Study, shown: Shown, found: jobs.Live[Explanation], indices: Sequence[int]) -> None:
    """Draw some of the pictures, each beside its contrast map, into the columns of a row.

    Parameters
    ----------
    study, shown
        The story.
    found
        Explanations of its pictures.
    indices
        Pictures to draw, 0 for the mistake and 1 for the companion.
    """
    guess, truth = literal_words(shown.lead.guess), literal_words(shown.lead.truth)
    heads = (
        tr("1. The mistake"),
        tr("2. Evidence for {guess}", guess=guess),
        tr("A correct {truth}", truth=truth),
        tr("Evidence for {guess} in it", guess=guess),
    )
    limit = OWN_SCALES.limits(leading_answer(found.answers), shown.target).contrast
    for index in indices:
        with st.container(gap="xsmall"):
            _draw_picture(study, shown.pictures[index], shown.views[index], heads[2 * index])
        with st.container(gap="xsmall"):
            st.markdown(f"**{heads[2 * index + 1]}**")
            name = components.picture_name(shown.pictures[index])
            name = tr("{picture}, correct", picture=name) if index else tr("{picture}, mistake", picture=name)
            _draw_contrast(shown, name, shown.views[index], found.answers[index], limit)
            found.draw_error(index)


def _draw_picture(study: Study, image_id: str, view: NDArray[np.uint8], head: str) -> None:
    row, name = study.row(image_id), components.picture_name(image_id)
    st.markdown(f"**{head}**")
    st.image(view, width="stretch", alt=tr("{picture} as the model sees it", picture=name))
    called = tr(
        "called {guess}, {probability}", guess=literal_words(row["guess"]), probability=probability_text(row["p_guess"])
    )
    st.caption(f"{literal(name)}  \n{called}")


def _draw_contrast(shown: Shown, name: str, view: NDArray[np.uint8], answer: Explanation | None, limit: float) -> None:
    truth, guess = words(shown.lead.truth), words(shown.lead.guess)
    if answer is None:
        st.image(render.pale_grey(view).astype(np.uint8), width="stretch", alt=tr("Not computed yet"))
        st.caption(tr("Being computed ..."))
        return
    # As on Compare with its default display: regions within noise have no colour.
    overlay = render.overlay(view, display_map(answer, shown.target, hides_noise=True), limit)
    alt = tr(
        "{name}. Evidence for {guess} rather than {truth} in red, the reverse in blue",
        name=name,
        guess=guess,
        truth=truth,
    )
    st.image(overlay, width="stretch", alt=alt)
    red, blue = tr("red: {name}", name=literal(guess)), tr("blue: {name}", name=literal(truth))
    st.caption(f"{red}  \n{blue}")
