"""Crop of a picture round its strongest evidence."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from pages.ui.maps.location import Finding
from xai_core.language import tr

SIDE_PX = 96
"""Width of the crop on a page."""

_CAPTION_PX = 44  # two lines


def enlarged(view: NDArray[np.uint8], found: Finding) -> NDArray[np.uint8]:
    """Return the part of a picture with the strongest evidence, or all of it without evidence.

    Parameters
    ----------
    view : (H, W, 3) uint8
        Picture as the model sees it.
    found
        Location of its evidence.

    Returns
    -------
    (S, S, 3) uint8, with S the shorter side of the picture; or `view`
    """
    crop = found.crop
    if crop is None:
        return view
    part = Image.fromarray(view[crop.top : crop.top + crop.side, crop.left : crop.left + crop.side])
    side = min(view.shape[:2])
    return np.asarray(part.resize((side, side), Image.Resampling.BICUBIC))


def lens_alt(name: str, class_name: str) -> str:
    """Return the alternative text of the crop of a picture."""
    return tr("{name}, enlarged where the evidence for {class_name} is strongest", name=name, class_name=class_name)


def draw_lens(view: NDArray[np.uint8], found: Finding | None, name: str, caption: str = "") -> None:
    """Draw the crop of a picture, and below it a caption with what is notable about its evidence.

    Before the map is computed, an empty space of about the same height is left.
    """
    if found is None:
        st.container(height=SIDE_PX + _CAPTION_PX, border=False)
        return
    st.image(enlarged(view, found), width=SIDE_PX, alt=lens_alt(name, found.name))
    # Below, not beside: in the narrow columns of a laptop a caption beside the crop would be cut off.
    lines = [line for line in (caption, found.note) if line]
    if lines:
        st.caption("  \n".join(lines))
