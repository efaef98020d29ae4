"""Pictures and conclusions of the story of a mistake, kept for all sessions."""

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.loaders.studies import BY_STUDY
from xai_core.confusions import companions
from xai_core.evidence.pair_sample import PairSample, choose_pictures
from xai_core.model import preprocess
from xai_core.study.study import Study

Made = TypeVar("Made")

LARGE_PX = 480
"""Aim for the longer side of a large picture; the side is a multiple of the model's input."""


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_STUDY)
def nearest_correct(study: Study, image_id: str, label: str) -> tuple[str, ...]:
    """Return all correct pictures of a class, the most alike first; see `companions.companions`."""
    return companions.companions(study.table, study.embeddings, image_id, label, count=len(study.table))


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_STUDY)
def pair_sample(study: Study, truth: str, guess: str, max_mistakes: int) -> PairSample:
    """Return the pictures for a claim about a pair; see `pair_sample.choose_pictures`."""
    return choose_pictures(study.table, study.embeddings, truth, guess, max_mistakes=max_mistakes)


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=BY_STUDY)
def large_view(study: Study, image_id: str) -> NDArray[np.uint8]:
    """Return what the model sees of a picture, in more detail than it sees.

    Returns
    -------
    (k H, k W, 3) uint8 for an input of H by W pixels, with a whole number k.
    """
    spec = study.spec
    factor = max(1, round(LARGE_PX / max(spec.input_size)))
    height, width = spec.input_size
    short, long = (None if side is None else side * factor for side in (spec.short_side, spec.long_side))
    larger = replace(spec, input_size=(height * factor, width * factor), short_side=short, long_side=long)
    return preprocess.view(study.photo(image_id), larger)


def remembered(question: tuple[Hashable, ...], make: Callable[[], Made]) -> Made:
    """Return what was made for a question, and make it the first time.

    Parameters
    ----------
    question
        Everything that the result depends on.
    make
        Makes the result.
    """
    found: Made = _remembered(question, make)
    return found


@st.cache_resource(max_entries=32, show_spinner=False)
def _remembered(question: tuple[Hashable, ...], _make: Callable[[], Any]) -> Any:  # noqa: ARG001
    return _make()
