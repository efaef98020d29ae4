"""Which pair is asked about, how many of its mistakes, and how they are explained."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.ui.controls import display as controls_display
from pages.ui.controls import settings as controls_settings
from pages.ui.frame import link
from pages.ui.frame.components import taken
from pages.ui.loaders import pictures as loaders_pictures
from xai_core.errors import PictureUnreadable
from xai_core.evidence.sample import Sample, sample
from xai_core.labels import words
from xai_core.settings import ExplainSettings
from xai_core.study.study import Study

MOST = (5, 10, 20, 50, 100)
"""Mistakes at most that the reader may choose."""

_USUAL = 20
_BOX_PX = 420


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked. Only `pictures` and `settings` decide what is computed; the rest is a matter of display.

    Attributes
    ----------
    truth, guess
        The pair.
    pictures
        Those that can be read.
    settings
        Of the explanations.
    measure
        One of `findings.MEASURES`: what the claim is about.
    display
        How maps are drawn.
    """

    truth: str
    guess: str
    pictures: Sample
    settings: ExplainSettings
    measure: str
    display: controls_display.Display


def ask(study: Study, ranked: pd.DataFrame) -> Asked | None:
    """Let the reader choose a pair, and set how it is looked at.

    Parameters
    ----------
    study
        Gives the pictures.
    ranked
        Its pairs, at least one.

    Returns
    -------
    None where the pair has no mistake that can be shown; the reader is told why.
    """
    truth, guess = _pair(study, ranked)
    controlling = st.expander("What is computed, and how it is shown", icon=":material/tune:")
    with controlling, st.grid(4, min_column_width=150, gap="medium"):
        most, settings = _most(), controls_settings.settings(study)
        measure = _measure()
        display = controls_display.asked()
    if truth == guess:
        st.info("Pick two different classes to see a confusion.", icon=":material/info:")
        return None
    there = _readable(study, sample(study.table, study.embeddings, truth, guess, most=most))
    if not there.of_pair:
        st.info(f"No picture of {words(truth)} was taken for {words(guess)}.", icon=":material/info:")
        return None
    if not there.mistakes:
        st.info("None of the mistakes can be read, so there is nothing to explain.", icon=":material/info:")
        return None
    return Asked(truth, guess, there, settings, measure, display)


def _pair(study: Study, ranked: pd.DataFrame) -> tuple[str, str]:
    truths = sorted(study.table["truth"].unique())
    first = ranked.iloc[0]
    truth = _class("truth", truths, str(first["truth"]))
    of_class = ranked[ranked["truth"] == truth]
    guess = _class("guess", study.labels, str((ranked if of_class.empty else of_class)["guess"].iloc[0]))
    pairs = list(zip(ranked["truth"], ranked["guess"], strict=True))
    counts = dict(zip(pairs, ranked["count"], strict=True))
    # A key of its own for each pair: the box follows the pair, however that was chosen.
    key = f"evidence_pair {truth} {guess}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            f"Pair ({len(pairs):,} of this study, the most frequent first)",
            pairs,
            pairs.index((truth, guess)) if (truth, guess) in counts else None,
            key=key,
            format_func=lambda pair: f"{taken(*pair)} ({counts[pair]:,})",
            placeholder="Choose a pair",
            on_change=_open,
            args=(key,),
            width=_BOX_PX,
        )
        st.page_link(
            "pages/confusions.py",
            label="All mistakes of this pair",
            icon=":material/grid_view:",
            query_params=link.parameters(truth=truth, guess=guess),
        )
    return truth, guess


def _class(key: str, names: tuple[str, ...] | list[str], default: str) -> str:
    return link.choice(key, {each: each for each in names}, default, what="class", hint=f"Shown is {words(default)}.")


def _open(key: str) -> None:
    pair = st.session_state[key]
    if pair is not None:
        link.go(truth=pair[0], guess=pair[1])


def _most() -> int:
    named = {str(each): each for each in MOST}
    hint = f"There are {', '.join(named)}. Shown is {_USUAL}."
    most = link.choice("most", named, _USUAL, what="number of mistakes", hint=hint)
    st.select_slider("Mistakes at most", MOST, most, key="most", on_change=link.follow, help=_MOST)
    return most


def _measure() -> str:
    measure = link.choice(
        "measure", {each: each for each in MEASURED}, next(iter(MEASURED)), what="measure", hint="Shown is the middle."
    )
    st.selectbox(
        "The claim is about",
        list(MEASURED),
        list(MEASURED).index(measure),
        key="measure",
        format_func=MEASURED.__getitem__,
        on_change=link.follow,
        help=_MEASURE,
    )
    return measure


def _readable(study: Study, chosen: Sample) -> Sample:
    """The pictures that are there; what is lost is told."""
    lost = [fault for image_id in chosen.all if (fault := _fault(study, image_id))]
    for fault in lost:
        st.warning(fault.sentence, icon=":material/broken_image:")
    return chosen.without(fault.image_id for fault in lost)


def _fault(study: Study, image_id: str) -> PictureUnreadable | None:
    try:
        loaders_pictures.sight(study, image_id)
    except PictureUnreadable as fault:
        return fault
    return None


MEASURED = {"in_middle": "the middle of the picture", "on_object": "the object in the middle"}
"""Measures in words."""

_MOST = (
    "The most confident mistakes come first. Beside them stand as many pictures that the model gets right, "
    "half of them of either class."
)
_MEASURE = (
    "The middle is the central half of the picture's area. The object is estimated from the picture alone: what is in "
    "the middle and unlike the rim. The two are two questions: choose one before you look at the answer."
)
