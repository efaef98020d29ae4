"""Pair and mistake that the menu carries from page to page."""

import pandas as pd
import streamlit as st

from pages.ui.frame import link
from pages.ui.loaders import leading, studies
from xai_core.study.study import Study

_PAIR = "_carried_pair"


def keep_mistake(study: Study, row: pd.Series) -> None:
    """Make the other pages open with a mistake and its pair.

    Parameters
    ----------
    study
        Study of the mistake.
    row
        Its row of the table of predictions.
    """
    truth, guess = str(row["truth"]), str(row["guess"])
    link.remember(truth=truth, guess=guess, picture=str(row["image_id"]))
    if is_carried(study):
        # The first mistake is the page's own choice and leaves an uploaded picture where it is.
        link.remember(source="study")
    st.session_state[_PAIR] = (studies.identity(study), truth, guess)


def keep_pair(study: Study, truth: str, guess: str) -> None:
    """Make the other pages open with a mistake of a pair.

    Nothing changes if the pair is the one that is carried already, because the reader may have chosen one of its
    pictures. A pair without mistakes is not carried.
    """
    pair = (studies.identity(study), truth, guess)
    found = leading.lead(study, truth, guess)
    if st.session_state.get(_PAIR) == pair or found is None or (found.truth, found.guess) != (truth, guess):
        return
    keep_mistake(study, study.row(found.image_id))


def is_carried(study: Study) -> bool:
    """Return True if the reader has seen or chosen a mistake of this study."""
    carried = st.session_state.get(_PAIR)
    return carried is not None and carried[0] == studies.identity(study)
