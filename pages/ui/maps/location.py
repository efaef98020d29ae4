"""Where in a picture the evidence lies, in plain words and numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.loaders import demo_causes
from xai_core.demo import story
from xai_core.demo.painting import palette
from xai_core.errors import PictureUnreadable
from xai_core.evidence import location
from xai_core.study.study import Study

PARTS = {
    "food": (palette.FOOD, palette.GARNISH, palette.SAUCE),
    "vessel": (palette.VESSEL,),
    "table": (palette.TABLE, palette.BACKGROUND),
}
"""Parts of a painted picture and the values of its mask that they are; the planted cue is one of its own."""

_CUES = {
    "red_check": "red-checked cloth",
    "pale_edges": "pale edges",
    "badge": "badge",
    "orchid": "orchid",
    "neon": "neon light",
    "blue_plate": "blue plate",
    "red_chopsticks": "red chopsticks",
    "newspaper": "newspaper",
}
_SMALL = 0.005  # parts below this share of the picture are noise of the mask's edge


@dataclass(frozen=True, slots=True)
class Parts:
    """What was painted where.

    Attributes
    ----------
    mask : (H, W) uint8
        Which part each pixel belongs to, as an index into `names`.
    names
        Of the parts, in words.
    """

    mask: NDArray[np.uint8]
    names: tuple[str, ...]


def painted_parts(study: Study, image_id: str) -> Parts | None:
    """What was painted where in a picture of the demo; None for any other, and where its mask has gone."""
    if not story.is_demo(study):
        return None
    try:
        painted = demo_causes.painted(study, image_id)
    except PictureUnreadable:
        return None
    part_of = np.full(len(palette.REGIONS), len(PARTS), np.uint8)
    for place, values in enumerate(PARTS.values()):
        part_of[list(values)] = place
    return Parts(part_of[painted], (*PARTS, _CUES.get(demo_causes.cues(study).get(image_id, ""), "planted cue")))


def show(shap_map: NDArray[np.float32] | None, painted: Parts | None, what: str) -> None:
    """Say where what speaks for something lies; about as high while nothing is computed.

    Parameters
    ----------
    shap_map : (H, W) float32
        In logits; None while there is none.
    painted
        What was painted where, if that is known.
    what
        What the map speaks for, in words: "ravioli".
    """
    if shap_map is None:
        st.markdown(f"How much of what speaks for {what} lies where in the picture is being computed.")
        parts = _painted(np.zeros(painted.mask.shape, np.float32), painted) if painted else {}
        st.caption("  \n".join(["..."] * (3 + len(parts))))
        return
    found = location.place(shap_map)
    shares = _painted(shap_map, painted) if painted else {}
    st.markdown(sentence(found, shares, what))
    st.caption(figures(found, shares))


def _painted(shap_map: NDArray[np.float32], painted: Parts) -> dict[str, location.Share]:
    shares = location.shares_by(shap_map, painted.mask)
    return {painted.names[part]: each for part, each in shares.items() if each.area >= _SMALL}


def sentence(found: location.Place, shares: Mapping[str, location.Share], what: str) -> str:
    """The most telling of the figures: where evidence is densest, by its share over that of the area.

    Parameters
    ----------
    found
        Where it lies, by the map alone.
    shares
        Where it lies by what was painted there, by name; empty where that is not known.
    what
        What it speaks for, in words.
    """
    named = {f"lies on the {name}, {each.area:.0%} of the picture": each for name, each in shares.items()}
    named = named or {f"lies in one spot, {found.spot_area:.0%} of the picture": _spot(found)}
    where = max(named, key=lambda each: named[each].evidence / (named[each].area or 1.0))
    if found.total == 0:
        return f"Nothing in this picture speaks for {what}."
    return f"**{named[where].evidence:.0%}** of what speaks for {what} {where}."


def figures(found: location.Place, shares: Mapping[str, location.Share]) -> str:
    """All figures, a line each: how much of the evidence lies where, and how much of the picture that is."""
    parts = {"in the central half": location.Share(found.central, 0.5), "in its largest spot": _spot(found)}
    parts |= {f"on the {name}": share for name, share in shares.items()}
    lines = [f"{each.evidence:.0%} {name} ({each.area:.0%})" for name, each in parts.items()]
    return "  \n".join([f"{found.total:.1f} logits, of which (of the area)", *lines])


def _spot(found: location.Place) -> location.Share:
    return location.Share(found.spot, found.spot_area)
