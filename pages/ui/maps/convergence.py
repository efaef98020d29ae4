"""Whether what has been computed is enough, where values are estimated: in sentences, live as evaluations come in."""

from collections.abc import Sequence

import streamlit as st

from xai_core.engines.search import ESTIMATING
from xai_core.explain import wording
from xai_core.explain.certainty import noise, ranking
from xai_core.explain.explanation import Explanation
from xai_core.settings import ExplainSettings


def show(answer: Explanation | None, pair: tuple[str, str], settings: ExplainSettings) -> None:
    """Say of one contrast whether its ranking has settled, how far it foresees, and how much is within noise.

    Parameters
    ----------
    answer
        Whole or so far; None while there is nothing.
    pair
        The contrast.
    settings
        What is asked: an engine that estimates nothing has nothing to say.
    """
    if settings.engine not in ESTIMATING:
        return
    st.markdown("**Is it enough?**")
    if answer is None:
        st.caption("...  \n...  \n...")
        return
    st.caption(wording.ranking_told(ranking(answer, *pair)), help=wording.RANKING_MEANS)
    st.caption(wording.foresight_told(answer, pair), help=wording.FORESIGHT_MEANS)
    found = noise(answer, *pair)
    if found is not None:
        st.caption(wording.noise_told(found), help=wording.NOISE_MEANS)


def of_all(answers: Sequence[Explanation | None], pair: tuple[str, str], settings: ExplainSettings) -> None:
    """Say of pictures side by side in how many the ranking has settled, and how far the sums foresee."""
    if settings.engine in ESTIMATING:
        found = [each for each in answers if each is not None]
        told = wording.enough_of_all(found, *pair) if found else "Is it enough? ..."
        st.caption(told, help=f"{wording.RANKING_MEANS}\n\n{wording.FORESIGHT_MEANS}")


def stays(answer: Explanation, a: str, b: str) -> None:
    """The same of one picture among others, in a line."""
    found = ranking(answer, a, b)
    if found is not None:
        st.caption(wording.ranking_line(found))
