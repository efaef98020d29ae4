"""Location of the evidence in a picture, in words and numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.loaders import demo_causes
from xai_core.demo import story
from xai_core.demo.causes import cue_words
from xai_core.demo.painting import palette
from xai_core.errors import PictureUnreadable
from xai_core.evidence import location
from xai_core.study.study import Study

PARTS = {
    "food": (palette.FOOD, palette.GARNISH, palette.SAUCE),
    "vessel": (palette.VESSEL,),
    "table": (palette.TABLE, palette.BACKGROUND),
}
"""Parts of a painted picture, and the values of its mask that belong to each. All other values are the planted cue."""

_SMALL = 0.005  # smaller shares of the picture are rounding at the edge of the mask


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of a painted picture.

    Attributes
    ----------
    mask : (H, W) uint8
        Part that each pixel belongs to, as an index into `names`.
    names
        Names of the parts in words.
    """

    mask: NDArray[np.uint8]
    names: tuple[str, ...]


def painted_parts(study: Study, image_id: str) -> Parts | None:
    """Return the parts of a picture of the demo, or None if they are not known."""
    if not story.is_demo(study):
        return None
    try:
        painted = demo_causes.painted_parts(study, image_id)
    except PictureUnreadable:
        return None
    part_of = np.full(len(palette.REGIONS), len(PARTS), np.uint8)
    for part, values in enumerate(PARTS.values()):
        part_of[list(values)] = part
    return Parts(part_of[painted], (*PARTS, cue_words(demo_causes.cues(study).get(image_id, ""))))


def draw_location(shap_map: NDArray[np.float32] | None, painted: Parts | None, name: str) -> None:
    """Show where the evidence for a class lies. Before it is computed, the text has about the same height.

    Parameters
    ----------
    shap_map : (H, W) float32
        Map in logits; None while there is none.
    painted
        Parts of the picture, if they are known.
    name
        Class that the map is evidence for, in words: "ravioli".
    """
    if shap_map is None:
        st.markdown(f"The location of the evidence for {name} is being computed.")
        parts = _painted(np.zeros(painted.mask.shape, np.float32), painted) if painted else {}
        st.caption("  \n".join(["..."] * (3 + len(parts))))
        return
    found = location.evidence_location(shap_map)
    shares = _painted(shap_map, painted) if painted else {}
    st.markdown(sentence(found, shares, name))
    st.caption(figures(found, shares))


def _painted(shap_map: NDArray[np.float32], painted: Parts) -> dict[str, location.Share]:
    shares = location.shares_by(shap_map, painted.mask)
    return {painted.names[part]: share for part, share in shares.items() if share.area >= _SMALL}


def sentence(found: location.Location, shares: Mapping[str, location.Share], name: str) -> str:
    """Return a sentence on the part of the picture with the most evidence per area.

    Parameters
    ----------
    found
        Location of the evidence by the map alone.
    shares
        Shares of the painted parts by their names; empty if they are not known.
    name
        Class that the map is evidence for, in words.
    """
    if found.total == 0:
        return f"There is no evidence for {name} in this picture."
    phrases = {f"lies on the {part}, {share.area:.0%} of the picture": share for part, share in shares.items()}
    phrases = phrases or {f"lies in one spot, {found.spot_area:.0%} of the picture": _spot(found)}
    phrase, share = max(phrases.items(), key=lambda item: item[1].evidence / (item[1].area or 1.0))
    return f"**{share.evidence:.0%}** of the evidence for {name} {phrase}."


def figures(found: location.Location, shares: Mapping[str, location.Share]) -> str:
    """Return the share of the evidence in each part, with its share of the picture's area, a line each."""
    parts = {"in the central half": location.Share(found.central, 0.5), "in its largest spot": _spot(found)}
    parts |= {f"on the {name}": share for name, share in shares.items()}
    lines = [f"{share.evidence:.0%} {name} ({share.area:.0%})" for name, share in parts.items()]
    return "  \n".join([f"{found.total:.1f} logits. Share of it (share of the picture):", *lines])


def _spot(found: location.Location) -> location.Share:
    return location.Share(found.spot, found.spot_area)
