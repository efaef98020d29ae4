"""Whether what has been computed is enough, where values are estimated: in sentences, live as evaluations come in."""

from collections.abc import Sequence

import streamlit as st

from xai_core.explain import in_words
from xai_core.explain.certainty import noise, ranking
from xai_core.explain.engine import ESTIMATING
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
    st.caption(in_words.ranking_told(ranking(answer, *pair)), help=in_words.RANKING_MEANS)
    st.caption(in_words.foresight_told(answer, pair), help=in_words.FORESIGHT_MEANS)
    found = noise(answer, *pair)
    if found is not None:
        st.caption(in_words.noise_told(found), help=in_words.NOISE_MEANS)


def of_all(answers: Sequence[Explanation | None], pair: tuple[str, str], settings: ExplainSettings) -> None:
    """Say of pictures side by side in how many the ranking has settled, and how far the sums foresee."""
    if settings.engine in ESTIMATING:
        found = [each for each in answers if each is not None]
        told = in_words.enough_of_all(found, *pair) if found else "Is it enough? ..."
        st.caption(told, help=f"{in_words.RANKING_MEANS}\n\n{in_words.FORESIGHT_MEANS}")


def stays(answer: Explanation, a: str, b: str) -> None:
    """The same of one picture among others, in a line."""
    found = ranking(answer, a, b)
    if found is not None:
        st.caption(in_words.ranking_line(found))
