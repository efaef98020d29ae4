"""What is known of the demo's pictures, because they were painted."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.loaders.studies import BY_STUDY
from xai_core.demo import story, verify
from xai_core.model.runtime import Runtime
from xai_core.study.study import Study


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=BY_STUDY)
def stories(of: Study) -> tuple[story.Story, ...]:
    """What can be told of the demo's planted causes; nothing of another study."""
    return story.stories(of)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_STUDY)
def cue_mask(of: Study, image_id: str) -> NDArray[np.bool_]:
    """Where the planted cue of a picture of the demo lies."""
    return story.cue_mask(of, image_id)


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=BY_STUDY)
def painted(of: Study, image_id: str) -> NDArray[np.uint8]:
    """What was painted where in a picture of the demo, (h, w) as the model sees it: indices of `palette.REGIONS`."""
    masks = np.stack(list(verify.region_masks(of, image_id).values()))
    return np.asarray(np.argmax(masks, axis=0), np.uint8)


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=BY_STUDY)
def cues(of: Study) -> dict[str, str]:
    """Planted cue of each picture of the demo, by image id; "" where there is none."""
    return dict(verify.causes_of(of)["cue"])


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_STUDY)
def without_cue(of: Study, _model: Runtime, image_id: str) -> story.Repainting:
    """A picture of the demo painted again without its cue, and what the model says of it."""
    return story.without_cue(of, _model, image_id)
