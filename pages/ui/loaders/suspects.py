"""Pairs ranked by suspect evidence, from stored explanations and in the background."""

from concurrent.futures import Future
from typing import Any

import streamlit as st

from pages.ui.loaders import background
from pages.ui.loaders.background import Work
from pages.ui.loaders.studies import BY_STUDY
from xai_core.repair.suspects.ranking import Suspects, rank_suspects
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.study import Study

MOST_PAIRS = 40
"""Number of the most frequent pairs that are ranked on a page."""


def ranking(study: Study, settings: ExplainSettings) -> Work[Suspects]:
    """Start to rank the pairs of a study, or return the latest ranking."""
    key = (study, settings, _state(study)["round"])
    return Work(_ranking(*key), lambda: _ranking.clear(*key))


def rank_again(study: Study) -> None:
    """Let the next call of `ranking` read the stored explanations again."""
    _state(study)["round"] += 1


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_STUDY)
def _state(study: Study) -> dict[str, Any]:  # noqa: ARG001 - one dictionary for each study
    return {"round": 0}


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_STUDY)
def _ranking(study: Study, settings: ExplainSettings, round_number: int) -> Future[Suspects]:  # noqa: ARG001
    return background.start("suspects", lambda: rank_suspects(study, settings, most_pairs=MOST_PAIRS))
