"""What the reader sets of what is computed; `appearance` has how it is shown."""

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.controls.choices import boxed, number
from pages.ui.frame import link
from xai_core.engines.search import MEANINGS, TITLES
from xai_core.settings import BLURS, ENGINES, MASKS, RECIPE_BLUR_PX, ExplainSettings
from xai_core.study.study import Study

EVALUATIONS = {100: "first look", 300: "quick", 1000: "standard", 3000: "fine", 10_000: "the recipe's"}
"""Budgets, and what they are called."""

MOST_LABELS = 10


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
    titles = {each: TITLES[each] for each in ENGINES}
    return boxed("engine", titles, "Method", what="method", hint=_ENGINE_HINT, meaning=_ENGINE)


def mask_kind(place: DeltaGenerator | None = None) -> str:
    """What hidden parts of the picture show; the widget goes to the given place."""
    names = {each: MASK_NAMES[each] for each in MASKS}
    return boxed("mask", names, "Hidden parts show", what="mask", hint=_MASK_HINT, meaning=_MASK, place=place)


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


def _colour(place: DeltaGenerator | None) -> str:
    names = {each: each for each in COLOURS}
    hint = f"There are {', '.join(COLOURS)}."
    return boxed("colour", names, "Colour", what="colour", hint=hint, default="grey", place=place)


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
