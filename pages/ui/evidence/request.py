"""Request of the page Evidence, from its controls."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.ui.controls import display as controls_display
from pages.ui.controls import settings as controls_settings
from pages.ui.frame import choices, link
from pages.ui.frame.components import pair_name
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import leading
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.picture import carried
from xai_core.errors import PictureUnreadable
from xai_core.evidence.pair_sample import PairSample, choose_pictures
from xai_core.labels import words
from xai_core.settings.explain_settings import MANY_EVALUATIONS, ExplainSettings
from xai_core.study.study import Study

MOST = (5, 10, 20, 50, 100)
"""Largest numbers of mistakes that can be chosen."""

_DEFAULT_MOST = 20
_BOX_PX = 420


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
    truth, guess = _choose_pair(study, ranked)
    expander = st.expander("Settings", icon=":material/tune:")
    with expander, st.grid(4, min_column_width=150, gap="medium"):
        most, settings = _choose_most(), controls_settings.choose_settings(study, usual=MANY_EVALUATIONS)
        measure = _choose_measure()
        display = controls_display.choose_display()
    if truth == guess:
        st.info("Pick two different classes to see a confusion.", icon=":material/info:")
        return None
    pictures = _readable(study, choose_pictures(study.table, study.embeddings, truth, guess, max_mistakes=most))
    if not pictures.of_pair:
        st.info(f"No picture of {literal_words(truth)} was taken for {literal_words(guess)}.", icon=":material/info:")
        return None
    if not pictures.mistakes:
        st.info("None of the mistakes can be read, so there is nothing to explain.", icon=":material/info:")
        return None
    return EvidenceRequest(truth, guess, pictures, settings, measure, display)


def _choose_pair(study: Study, ranked: pd.DataFrame) -> tuple[str, str]:
    truths = sorted(study.table["truth"].unique())
    first = leading.lead(study)
    assert first is not None
    truth = _class_choice("truth", truths, first.truth)
    guess = _class_choice("guess", study.labels, leading.guess_for(study, truth))
    carried.keep_pair(study, truth, guess)
    pairs = list(zip(ranked["truth"], ranked["guess"], strict=True))
    counts = dict(zip(pairs, ranked["count"], strict=True))
    # Each pair has a box with its own key. With one key, Streamlit would keep the old choice of the box when a link or
    # another page brings another pair.
    key = f"evidence_pair {truth} {guess}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            f"Pair ({len(pairs):,} of this study, the most frequent first)",
            pairs,
            pairs.index((truth, guess)) if (truth, guess) in counts else None,
            key=key,
            format_func=lambda pair: f"{pair_name(*pair)} ({counts[pair]:,})",
            placeholder="Choose a pair",
            on_change=_open_pair,
            args=(key,),
            width=_BOX_PX,
        )
        st.page_link(
            "pages/confusions.py",
            label="All mistakes of this pair",
            icon=":material/grid_view:",
            query_params=link.link_parameters(truth=truth, guess=guess),
        )
    return truth, guess


def _class_choice(key: str, labels: Sequence[str], default: str) -> str:
    return link.choice(key, labels, default, noun="class", hint=f"Shown is {words(default)}.")


def _open_pair(key: str) -> None:
    pair = st.session_state[key]
    if pair is not None:
        link.go(truth=pair[0], guess=pair[1])


def _choose_most() -> int:
    return choices.stepped_slider(
        "most",
        MOST,
        "Mistakes at most",
        default=_DEFAULT_MOST,
        noun="number of mistakes",
        hint=f"There are {', '.join(map(str, MOST))}.",
        help_text=_MOST,
    )


def _choose_measure() -> str:
    return choices.box(
        "measure",
        MEASURE_TITLES,
        "The claim is about",
        noun="measure",
        hint="Shown is the middle.",
        help_text=_MEASURE,
    )


def _readable(study: Study, chosen: PairSample) -> PairSample:
    """Return the sample without pictures that cannot be read, with a warning about each of those."""
    errors = [error for image_id in chosen.all if (error := _read_error(study, image_id))]
    for error in errors:
        st.warning(literal(error.sentence), icon=":material/broken_image:")
    return chosen.without(error.image_id for error in errors)


def _read_error(study: Study, image_id: str) -> PictureUnreadable | None:
    try:
        loaders_pictures.model_view(study, image_id)
    except PictureUnreadable as error:
        return error
    return None


MEASURE_TITLES = {"in_middle": "the middle of the picture", "on_object": "the object in the middle"}
"""Titles of the measures."""

_MOST = (
    "The most confident mistakes come first. As many correct pictures are explained too, half of them of each class."
)
_MEASURE = (
    "The middle is the central half of the picture's area. The object is estimated as what lies in the middle and "
    "looks unlike the rim. These are two questions, so choose one before you look at the result."
)
