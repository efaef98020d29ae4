"""Sentences on whether an explanation with estimated values has enough evaluations."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.frame.plain_text import literal
from xai_core.explain import wording
from xai_core.explain.certainty import noise, ranking
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.language import mark, tr
from xai_core.settings.engine_table import ENGINES
from xai_core.settings.explain_settings import ExplainSettings


def draw_convergence(answer: Explanation, target: Target) -> None:
    """Show whether the ranking of a contrast has settled, its hold-out R², and how much of it is within noise.

    Parameters
    ----------
    answer
        Explanation so far. Nothing is shown for one whose values are exact.
    target
        The contrast.
    """
    if not ENGINES[answer.settings.engine].estimates_errors:
        return
    st.markdown(f"**{tr(QUESTION)}**")
    if answer.is_preview:
        st.caption(tr(wording.PREVIEW))
        return
    st.caption(wording.ranking_sentence(ranking(answer, target)), help=wording.ranking_help())
    st.caption(literal(wording.holdout_r2_sentence(answer, target.labels)), help=tr(wording.HOLDOUT_R2_HELP))
    found = noise(answer, target)
    if found is not None:
        st.caption(wording.noise_sentence(found), help=wording.noise_help())
    fitted = wording.fitted_by(answer)
    if fitted:
        st.caption(tr("{fit}.", fit=fitted.capitalize()), help=tr(wording.PLACES_HELP))


def draw_outdated(answers: Sequence[Explanation | None]) -> None:
    """Say that maps by an earlier version of the engine are shown until they are computed anew, if there are any."""
    note = wording.outdated_note(answers)
    if note:
        st.caption(f":material/history: {literal(note)}")


def draw_summary(answers: Sequence[Explanation | None], target: Target, settings: ExplainSettings) -> None:
    """Show in one line how many pictures have a settled ranking, and the range of their hold-out R²."""
    if ENGINES[settings.engine].estimates_errors:
        found = [answer for answer in answers if answer is not None and not answer.is_preview]
        summary = wording.convergence_summary(found, target) if found else f"{tr(QUESTION)} ..."
        st.caption(literal(summary), help=f"{wording.ranking_help()}\n\n{tr(wording.HOLDOUT_R2_HELP)}")


QUESTION = mark("Are these enough evaluations?")
"""Heading of what the functions above show."""
