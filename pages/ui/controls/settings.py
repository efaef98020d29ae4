"""Controls of the explanation settings, which decide what is computed.

The choices of engines and masks come from the tables `ENGINES` and `MASKS` in `xai_core.settings`, so a new engine or
mask appears here by itself. `controls.display` has the controls that change only the drawing.
"""

from dataclasses import replace

from streamlit.delta_generator import DeltaGenerator

from pages.ui.controls import presets
from pages.ui.frame import choices
from xai_core.settings.engine_table import DEFAULT_ENGINE, ENGINES
from xai_core.settings.explain_settings import RECIPE_BLUR_PX, USUAL_EVALUATIONS, ExplainSettings
from xai_core.settings.mask_table import MASKS
from xai_core.study.study import Study

EVALUATIONS = {100: "first look", 300: "usual", 1000: "thorough", 3000: "fine", 10_000: "as in the recipe"}
"""Numbers of evaluations, and their titles."""

MAX_TOP_K = 10

COLOURS = {"black": (0, 0, 0), "grey": (128, 128, 128), "white": (255, 255, 255)}
"""Colours that the mask `colour` can have."""


def choose_settings(study: Study, presets_in: DeltaGenerator, *, usual: int = USUAL_EVALUATIONS) -> ExplainSettings:
    """Draw presets and the controls of the settings into the columns of a row, and return the choice.

    Parameters
    ----------
    study
        Study that gives the model's input and labels.
    presets_in
        Where the presets go: the beginning of the panel.
    usual
        Number of evaluations that is chosen at first.
    """
    engine = choose_engine()
    mask = choose_mask()
    colour = COLOURS[_choose_colour()] if MASKS[mask].takes_colour else None
    blur = choose_blur_px(study, is_used=MASKS[mask].blurs)
    evaluations = choose_evaluations(usual)
    fitting = ExplainSettings.fitting(study.spec.input_size, len(study.labels), evaluations=usual)
    chosen = replace(fitting, evaluations=evaluations, blur_px=blur, engine=engine, mask=mask, colour=colour)
    presets.draw_presets(presets_in, chosen, fitting)
    return chosen


def choose_engine() -> str:
    """Draw the box of engines, and return the choice."""
    titles = {name: engine.title for name, engine in ENGINES.items()}
    hint = f"There are {', '.join(ENGINES)}. Shown is {DEFAULT_ENGINE}."
    meanings = "\n\n".join(f"**{engine.title}.** {engine.meaning}" for engine in ENGINES.values())
    return choices.box(
        "engine",
        titles,
        "Engine",
        noun="engine",
        hint=hint,
        default=DEFAULT_ENGINE,
        help_text=f"{_ENGINE}\n\n{meanings}\n\n{_WHICH_ENGINE}",
    )


def choose_mask() -> str:
    """Draw the box of masks, and return the choice.

    `xai_core.masking` composes the masked pictures.
    """
    titles = {name: mask.title for name, mask in MASKS.items()}
    hint = f"There are {', '.join(MASKS)}. Shown is blur."
    return choices.box("mask", titles, "Hidden regions are filled with", noun="mask", hint=hint, help_text=_MASK)


def choose_blur_px(study: Study, *, is_used: bool) -> int:
    """Draw the slider for the side of the blur, and return it in pixels of the model's input.

    It becomes `ExplainSettings.blur_px`, and `ExplainSettings.key` makes that a part of the cache key.

    Parameters
    ----------
    study
        Study that gives the size of the model's input.
    is_used
        If False, the mask does not blur and the slider cannot be moved.
    """
    side = min(study.spec.input_size)
    return choices.slider(
        "blur",
        range(1, side + 1),
        "Blur, pixels",
        default=min(RECIPE_BLUR_PX, side),
        noun="blur",
        hint=f"Blur is 1 to {side} pixels.",
        help_text=_BLUR.format(side=side),
        disabled=not is_used,
    )


def choose_evaluations(usual: int = USUAL_EVALUATIONS) -> int:
    """Draw the slider for the number of evaluations for one picture, and return it; `usual` is chosen at first."""
    return choices.stepped_slider(
        "evals",
        {number: f"{number:,} ({title})" for number, title in EVALUATIONS.items()},
        "Evaluations",
        default=usual,
        noun="number of evaluations",
        hint=f"There are {', '.join(map(str, EVALUATIONS))}.",
        help_text=_EVALUATIONS,
    )


def choose_top_k(study: Study) -> int:
    """Draw the slider for the number of top-k classes, and return it."""
    most = min(MAX_TOP_K, len(study.labels))
    return choices.slider(
        "top_k",
        range(1, most + 1),
        "Top-k classes",
        default=min(2, most),
        noun="number of top-k classes",
        hint=f"There are 1 to {most}.",
        help_text=_TOP_K,
    )


def _choose_colour() -> str:
    return choices.box(
        "colour",
        tuple(COLOURS),
        "Colour",
        noun="colour",
        hint=f"There are {', '.join(COLOURS)}.",
        default="grey",
    )


_ENGINE = "The engine chooses which regions to hide, and computes their values from the model's logits."
_WHICH_ENGINE = (
    "On photographs, regions along edges are more faithful with 100 evaluations than SHAP's partition with 1,000. "
    "Partition is the method of the recipe, samples nothing at random, and gives the numbers of SHAP's own explainer."
)
_MASK = (
    "What the model sees where a region is hidden. Evidence is always relative to this, so another mask gives another "
    "map. Inpainting takes several times as long."
)
_BLUR = (
    "Width of the blur that fills hidden regions, 1 to {side} pixels of the model's input. After a change the map is "
    "computed again."
)
_EVALUATIONS = (
    "How many versions of the picture, each with other regions hidden, the model sees. More give a finer map and take "
    "longer."
)
_TOP_K = "How many of the most probable classes have an overlay. The true class always has one. Costs no evaluation."
