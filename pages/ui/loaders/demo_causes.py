"""Planted causes of the demo, which are known because a program painted its pictures."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.loaders.studies import BY_STUDY
from xai_core.demo import story, verify
from xai_core.model.runtime import Runtime
from xai_core.study.study import Study


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=BY_STUDY)
def stories(study: Study) -> tuple[story.Story, ...]:
    """Return the stories of the demo's planted causes.

    There are none for another study.
    """
    return story.stories(study)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_STUDY)
def cue_mask(study: Study, image_id: str) -> NDArray[np.bool_]:
    """Return the pixels of the planted cue of a picture, (H, W) bool."""
    return story.cue_mask(study, image_id)


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=BY_STUDY)
def painted_parts(study: Study, image_id: str) -> NDArray[np.uint8]:
    """Return the painted part at each pixel of the model's input.

    The array is (H, W) uint8 and holds indices of `palette.REGIONS`.
    """
    masks = np.stack(list(verify.region_masks(study, image_id).values()))
    return np.asarray(np.argmax(masks, axis=0), np.uint8)


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=BY_STUDY)
def cues(study: Study) -> dict[str, str]:
    """Return the planted cue of each picture by image id, "" for none."""
    return dict(verify.causes_of(study)["cue"])


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_STUDY)
def without_cue(study: Study, _model: Runtime, image_id: str) -> story.Repainting:
    """Return a picture painted again without its cue, and the model's prediction for it."""
    return story.without_cue(study, _model, image_id)
