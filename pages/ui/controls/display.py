"""How evidence is shown, as the reader sets it."""

from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.controls.choices import boxed, number, segmented
from pages.ui.frame import link
from xai_core.engines.search import ESTIMATING
from xai_core.explain.wording import HIDDEN, NOISE_MEANS, SHOWN
from xai_core.render import BACKDROPS, PALETTES, Palette

NOISE = {"hide": "Hidden", "show": "Coloured too"}
"""What becomes of regions within noise, by its name in links."""


@dataclass(frozen=True, slots=True)
class Display:
    """How evidence is shown; a change of it costs no evaluation.

    Attributes
    ----------
    opacity
        Cover of the full tint, 0 to 1.
    backdrop
        One of `render.BACKDROPS`.
    palette
        Colours of the tint.
    noise
        What becomes of regions within noise, one of `NOISE`; None where nothing is estimated.
    """

    opacity: float
    backdrop: str
    palette: Palette
    noise: str | None = None

    @property
    def hides_noise(self) -> bool:
        """Whether regions within noise have no colour."""
        return self.noise == "hide"

    @property
    def legend_of_noise(self) -> str:
        """What the legend says of regions within noise; "" where there is nothing to say."""
        if self.noise is None:
            return ""
        return HIDDEN if self.hides_noise else SHOWN


def asked(place: DeltaGenerator | None = None, *, engines: Collection[str] = ()) -> Display:
    """Widgets of how evidence is shown, into the columns of a row or to the given place.

    Parameters
    ----------
    place
        A popover; without it, they are in the row.
    engines
        Those whose maps are shown, where regions within noise may be hidden: then there is a widget for that, unless
        none of them estimates errors.
    """
    opacity = number("opacity", range(10, 101, 5), 85, "There are 10 to 100, in steps of 5.")
    with place or nullcontext():
        st.slider("Tint, percent", 10, 100, opacity, 5, key="opacity", on_change=link.follow, help=_OPACITY)
    names = {each: _BACKDROP_NAMES[each] for each in BACKDROPS}
    backdrop = boxed("under", names, "Under the tint", what="backdrop", hint="Shown is pale grey.", place=place)
    colours = boxed(
        "colours",
        {name: name.capitalize() if palette.safe else f"{name.capitalize()} *" for name, palette in PALETTES.items()},
        "Colours",
        what="pair of colours",
        hint=f"Shown is {next(iter(PALETTES))}.",
        meaning="With * hard to tell apart for colour-blind readers.",
        place=place,
    )
    noise = None
    if not ESTIMATING.isdisjoint(engines):
        noise = segmented(
            "noise",
            NOISE,
            "Regions within noise",
            what="drawing of noise",
            hint=_NOISE_HINT,
            meaning=NOISE_MEANS,
            place=place,
        )
    return Display(opacity / 100, backdrop, PALETTES[colours], noise)


_BACKDROP_NAMES = {"grey": "Pale grey", "picture": "The picture", "none": "Nothing: heat alone"}
_NOISE_HINT = "It is hide or show. They are hidden."
_OPACITY = "How strongly the strongest evidence covers the picture. Costs no evaluation."
