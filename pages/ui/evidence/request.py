"""Request of the page Evidence, from its controls."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.ui.controls import display as controls_display
from pages.ui.controls import settings as controls_settings
from pages.ui.evidence.claim import PLACES
from pages.ui.frame import choices
from pages.ui.frame.plain_text import fault_text, literal_words
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.picture import pair
from xai_core.evidence.pair_sample import PairSample, choose_pictures
from xai_core.language import mark, tr, tr_all
from xai_core.settings.explain_settings import MANY_EVALUATIONS, ExplainSettings
from xai_core.study.study import Study
from xai_core.texts import listed

MOST = (5, 10, 20, 50, 100)
"""Largest numbers of mistakes that can be chosen."""

_DEFAULT_MOST = 20


@dataclass(frozen=True, slots=True)
class EvidenceRequest:
    """Values of the controls. Only `pictures` and `settings` decide what is computed, the others are display choices.

    Attributes
    ----------
    truth, guess
        The pair.
    pictures
        Readable pictures of the pair.
    settings
        Settings of the explanations.
    measure
        Measure that the claim is about, one of `findings.MEASURES`.
    display
        How maps are drawn.
    """

    truth: str
    guess: str
    pictures: PairSample
    settings: ExplainSettings
    measure: str
    display: controls_display.Display


def choose_request(study: Study, ranked: pd.DataFrame) -> EvidenceRequest | None:
    """Draw the controls, and return the request.

    Parameters
    ----------
    study
        Study that gives the pictures.
    ranked
        Its pairs, one at least.

    Returns
    -------
    None if the pair has no mistake that can be shown; the page then says why.
    """
    truth, guess = pair.choose_pair(study, ranked)
    expander = st.expander(tr("Settings"), icon=":material/tune:")
    presets = expander.container()
    with expander, st.grid(4, min_column_width=150, gap="medium"):
        most, settings = _choose_most(), controls_settings.choose_settings(study, presets, usual=MANY_EVALUATIONS)
        measure = _choose_measure()
        display = controls_display.choose_display()
    if truth == guess:
        st.info(tr("Pick two different classes to see a confusion."), icon=":material/info:")
        return None
    pictures = _readable(study, choose_pictures(study.table, study.embeddings, truth, guess, max_mistakes=most))
    if not pictures.of_pair:
        none_taken = tr(
            "No picture of {truth} was taken for {guess}.", truth=literal_words(truth), guess=literal_words(guess)
        )
        st.info(none_taken, icon=":material/info:")
        return None
    if not pictures.mistakes:
        st.info(tr("None of the mistakes can be read, so there is nothing to explain."), icon=":material/info:")
        return None
    return EvidenceRequest(truth, guess, pictures, settings, measure, display)


def _choose_most() -> int:
    return choices.stepped_slider(
        "most",
        MOST,
        tr("Mistakes at most"),
        default=_DEFAULT_MOST,
        noun=tr("number of mistakes"),
        hint=tr("There are {names}.", names=listed(map(str, MOST))),
        help_text=tr(_MOST),
    )


def _choose_measure() -> str:
    return choices.box(
        "measure",
        tr_all(PLACES),
        tr("The claim is about"),
        noun=tr("measure"),
        hint=tr("Shown is the middle."),
        help_text=tr(_MEASURE),
    )


def _readable(study: Study, chosen: PairSample) -> PairSample:
    """Return the sample without pictures that cannot be read, with a warning about each of those."""
    errors = [error for image_id in chosen.all if (error := loaders_pictures.read_error(study, image_id))]
    for error in errors:
        st.warning(fault_text(error), icon=":material/broken_image:")
    return chosen.without(error.image_id for error in errors)


_MOST = mark(
    "The most confident mistakes come first. As many correct pictures are explained too, half of them of each class."
)
_MEASURE = mark(
    "The middle is the central half of the picture's area. The object is estimated as what lies in the middle and "
    "looks unlike the rim. These are two questions, so choose one before you look at the result."
)
