"""What the reader sets: what is computed, and how it is shown."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import link
from xai_core.explain.engine import ESTIMATING, MEANINGS, TITLES
from xai_core.explain.in_words import HIDDEN, NOISE_MEANS, SHOWN
from xai_core.render import BACKDROPS, PALETTES, Palette
from xai_core.settings import BLURS, ENGINES, MASKS, RECIPE_BLUR_PX, ExplainSettings
from xai_core.study import Study

EVALUATIONS = {100: "first look", 300: "quick", 1000: "standard", 3000: "fine", 10_000: "the recipe's"}
"""Budgets, and what they are called."""

MOST_LABELS = 10


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


def settings(study: Study, seldom: DeltaGenerator | None = None) -> ExplainSettings:
    """Widgets of what is computed, into the columns of a row.

    Parameters
    ----------
    study
        Gives the model's input and labels.
    seldom
        Where what is seldom changed goes: a popover. Without it, that is in the row, too.
    """
    method = engine()
    mask = mask_kind(seldom)
    colour = COLOURS[_colour(seldom)] if mask == "colour" else None
    blur = blur_px(study, of_use=mask in BLURS)
    spent = evaluations()
    fitting = ExplainSettings.fitting(study.spec.input_size, len(study.labels), evaluations=spent, blur_px=blur)
    return replace(fitting, engine=method, mask=mask, colour=colour)


def engine() -> str:
    """What finds the values."""
    method = link.choice("engine", {each: each for each in ENGINES}, ENGINES[0], what="method", hint=_ENGINE_HINT)
    st.selectbox(
        "Method",
        ENGINES,
        ENGINES.index(method),
        key="engine",
        format_func=TITLES.__getitem__,
        on_change=link.follow,
        help=_ENGINE,
    )
    return method


def mask_kind(place: DeltaGenerator | None = None) -> str:
    """What hidden parts of the picture show; the widget goes to the given place."""
    kind = link.choice("mask", {each: each for each in MASKS}, MASKS[0], what="mask", hint=_MASK_HINT)
    with place or nullcontext():
        st.selectbox(
            "Hidden parts show",
            MASKS,
            MASKS.index(kind),
            key="mask",
            format_func=MASK_NAMES.__getitem__,
            on_change=link.follow,
            help=_MASK,
        )
    return kind


def blur_px(study: Study, *, of_use: bool) -> int:
    """Side of the blur."""
    side = min(study.spec.input_size)
    blur = number("blur", range(1, side + 1), min(RECIPE_BLUR_PX, side), f"Blur is 1 to {side} pixels.")
    st.slider(
        "Blur, pixels",
        1,
        side,
        blur,
        key="blur",
        disabled=not of_use,
        on_change=link.follow,
        help=_BLUR.format(side=side),
    )
    return blur


def evaluations() -> int:
    """How many evaluations may be spent on a picture."""
    asked = number("evals", tuple(EVALUATIONS), 300, f"There are {', '.join(map(str, EVALUATIONS))}.")
    st.select_slider(
        "Evaluations",
        tuple(EVALUATIONS),
        asked,
        key="evals",
        format_func=lambda each: f"{each:,} ({EVALUATIONS[each]})",
        on_change=link.follow,
        help=_EVALUATIONS,
    )
    return asked


def top_k(study: Study) -> int:
    """How many of the likeliest classes are shown."""
    labels = min(MOST_LABELS, len(study.labels))
    asked = number("top_k", range(1, labels + 1), min(2, labels), f"There are 1 to {labels}.")
    st.slider("Likeliest classes", 1, labels, asked, key="top_k", on_change=link.follow, help=_TOP_K)
    return asked


def display(place: DeltaGenerator | None = None, *, engines: Collection[str] = ()) -> Display:
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
    backdrop = link.choice(
        "under", {each: each for each in BACKDROPS}, BACKDROPS[0], what="backdrop", hint="Shown is pale grey."
    )
    first = next(iter(PALETTES))
    colours = link.choice(
        "colours", {each: each for each in PALETTES}, first, what="pair of colours", hint=f"Shown is {first}."
    )
    with place or nullcontext():
        st.slider("Tint, percent", 10, 100, opacity, 5, key="opacity", on_change=link.follow, help=_OPACITY)
        st.selectbox(
            "Under the tint",
            BACKDROPS,
            BACKDROPS.index(backdrop),
            key="under",
            format_func=_BACKDROP_NAMES.__getitem__,
            on_change=link.follow,
        )
        st.selectbox(
            "Colours",
            tuple(PALETTES),
            tuple(PALETTES).index(colours),
            key="colours",
            format_func=lambda each: each.capitalize() if PALETTES[each].safe else f"{each.capitalize()} *",
            on_change=link.follow,
            help="With * hard to tell apart for colour-blind readers.",
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


def segmented(
    key: str,
    titles: Mapping[str, str],
    title: str,
    *,
    what: str,
    hint: str,
    meaning: str | None = None,
    place: DeltaGenerator | None = None,
    named: bool = True,
) -> str:
    """Let the reader choose one of a few, the first where nothing is asked for; the widget goes to the given place.

    Parameters
    ----------
    key
        Of the widget and in the URL.
    titles
        What may be chosen, and what it is called.
    title
        Of the widget; read out only, unless it is `named` on the page.
    what, hint
        See `link.choice`.
    meaning
        Help on all of it.
    place
        A popover.
    """
    chosen = link.choice(key, {each: each for each in titles}, next(iter(titles)), what=what, hint=hint)
    with place or nullcontext():
        st.segmented_control(
            title,
            list(titles),
            default=chosen,
            required=True,
            key=key,
            format_func=titles.__getitem__,
            on_change=link.follow,
            help=meaning,
            label_visibility="visible" if named else "collapsed",
        )
    return chosen


def number(key: str, numbers: Sequence[int], default: int, hint: str) -> int:
    """Settle a whole number; see `link.choice`."""
    return link.choice(
        key, {str(each): each for each in numbers}, default, what=_NAMES[key], hint=f"{hint} Shown is {default}."
    )


def _colour(place: DeltaGenerator | None) -> str:
    colour = link.choice(
        "colour", {each: each for each in COLOURS}, "grey", what="colour", hint=f"There are {', '.join(COLOURS)}."
    )
    with place or nullcontext():
        st.selectbox("Colour", tuple(COLOURS), tuple(COLOURS).index(colour), key="colour", on_change=link.follow)
    return colour


MASK_NAMES = {
    "blur": "a box blur",
    "gaussian": "a Gaussian blur",
    "inpaint_telea": "inpainting (Telea)",
    "inpaint_ns": "inpainting (Navier-Stokes)",
    "mean": "the mean colour",
    "colour": "one colour",
}
"""Masks in words: "hidden parts show ..."."""

COLOURS = {"black": (0, 0, 0), "grey": (128, 128, 128), "white": (255, 255, 255)}
"""What the mask `colour` may show."""

NOISE = {"hide": "Hidden", "show": "Coloured too"}
"""What becomes of regions within noise, by its name in links."""

_BACKDROP_NAMES = {"grey": "Pale grey", "picture": "The picture", "none": "Nothing: heat alone"}
_NAMES = {
    "blur": "blur",
    "evals": "number of evaluations",
    "top_k": "number of likeliest classes",
    "companions": "number of companions",
    "opacity": "tint",
}
_NOISE_HINT = "It is hide or show. They are hidden."
_ENGINE_HINT = f"There are {', '.join(ENGINES)}. Shown is {ENGINES[0]}."
_WHICH = (
    "From the same evaluations regions along edges foresee real photographs better and are finer; SHAP's partition "
    "leaves nothing to chance and puts more of its evidence on the demo's planted causes. The figures are in "
    "docs/faithfulness.md."
)
_ENGINE = "\n\n".join(
    [
        *(f"**{TITLES[each]}.** {MEANINGS[each]}" for each in ENGINES),
        _WHICH,
    ]
)
_MASK_HINT = f"There are {', '.join(MASKS)}. Shown is blur."
_MASK = (
    "What the model sees where a part of the picture is hidden. Evidence is always against this: another mask asks "
    "another question. Inpainting takes several times as long."
)
_BLUR = (
    "Hidden parts of the picture show a blurred copy of it; this is the side of the blur, "
    "1 to {side} pixels of the model's input. A change is computed anew."
)
_EVALUATIONS = "How often the model looks at each picture with parts hidden. More gives a finer map and takes longer."
_TOP_K = "Overlays for this many of the likeliest classes, the truth always among them. Costs no evaluation."
_OPACITY = "How strongly the strongest evidence covers the picture. Costs no evaluation."
