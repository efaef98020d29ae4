"""Controls of the explanation settings, which decide what is computed.

The choices of engines and masks come from the tables `ENGINES` and `MASKS` in `xai_core.settings`, so a new engine or
mask appears here by itself. `controls.display` has the controls that change only the drawing.
"""

from dataclasses import replace

from streamlit.delta_generator import DeltaGenerator

from pages.ui.controls import presets
from pages.ui.frame import choices
from xai_core.language import mark, tr
from xai_core.settings.engine_table import DEFAULT_ENGINE, ENGINES
from xai_core.settings.explain_settings import RECIPE_BLUR_PX, USUAL_EVALUATIONS, ExplainSettings
from xai_core.settings.mask_table import MASKS
from xai_core.study.study import Study
from xai_core.texts import listed

EVALUATIONS = {
    100: mark("first look"),
    300: mark("usual"),
    1000: mark("thorough"),
    3000: mark("fine"),
    10_000: mark("as in the recipe"),
}
"""Numbers of evaluations, and their titles for `tr`."""

MAX_TOP_K = 10

COLOURS = {mark("black"): (0, 0, 0), mark("grey"): (128, 128, 128), mark("white"): (255, 255, 255)}
"""Colours that the mask `colour` can have, by their names in links, which are texts for `tr` too."""


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
    titles = {name: tr(engine.title) for name, engine in ENGINES.items()}
    hint = tr("There are {names}. Shown is {default}.", names=listed(ENGINES), default=DEFAULT_ENGINE)
    meanings = "\n\n".join(f"**{tr(engine.title)}.** {tr(engine.meaning)}" for engine in ENGINES.values())
    return choices.box(
        "engine",
        titles,
        tr("Engine"),
        noun=tr("engine"),
        hint=hint,
        default=DEFAULT_ENGINE,
        help_text=f"{tr(_ENGINE)}\n\n{meanings}\n\n{tr(_WHICH_ENGINE)}",
    )


def choose_mask() -> str:
    """Draw the box of masks, and return the choice.

    `xai_core.masking` composes the masked pictures.
    """
    titles = {name: tr(mask.title) for name, mask in MASKS.items()}
    hint = tr("There are {names}. Shown is {default}.", names=listed(MASKS), default="blur")
    title = tr("Hidden regions are filled with")
    return choices.box("mask", titles, title, noun=tr("mask"), hint=hint, help_text=tr(_MASK))


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
        tr("Blur, pixels"),
        default=min(RECIPE_BLUR_PX, side),
        noun=tr("blur"),
        hint=tr("Blur is 1 to {side} pixels.", side=side),
        help_text=tr(_BLUR, side=side),
        disabled=not is_used,
    )


def choose_evaluations(usual: int = USUAL_EVALUATIONS) -> int:
    """Draw the slider for the number of evaluations for one picture, and return it; `usual` is chosen at first."""
    return choices.stepped_slider(
        "evals",
        {number: tr("{number:,} ({title})", number=number, title=tr(title)) for number, title in EVALUATIONS.items()},
        tr("Evaluations"),
        default=usual,
        noun=tr("number of evaluations"),
        hint=tr("There are {names}.", names=listed(map(str, EVALUATIONS))),
        help_text=tr(_EVALUATIONS),
    )


def choose_top_k(study: Study) -> int:
    """Draw the slider for the number of top-k classes, and return it."""
    most = min(MAX_TOP_K, len(study.labels))
    return choices.slider(
        "top_k",
        range(1, most + 1),
        tr("Top-k classes"),
        default=min(2, most),
        noun=tr("number of top-k classes"),
        hint=tr("There are 1 to {most}.", most=most),
        help_text=tr(_TOP_K),
    )


def _choose_colour() -> str:
    return choices.box(
        "colour",
        {name: tr(name) for name in COLOURS},
        tr("Colour"),
        noun=tr("colour"),
        hint=tr("There are {names}.", names=listed(COLOURS)),
        default="grey",
    )


_ENGINE = mark("The engine chooses which regions to hide, and computes their values from the model's logits.")
_WHICH_ENGINE = mark(
    "On photographs, regions along edges are more faithful with 100 evaluations than SHAP's partition with 1,000. "
    "Partition is the method of the recipe, samples nothing at random, and gives the numbers of SHAP's own explainer."
)
_MASK = mark(
    "What the model sees where a region is hidden. Evidence is always relative to this, so another mask gives another "
    "map. Inpainting takes several times as long."
)
_BLUR = mark(
    "Width of the blur that fills hidden regions, 1 to {side} pixels of the model's input. After a change the map is "
    "computed again."
)
_EVALUATIONS = mark(
    "How many versions of the picture, each with other regions hidden, the model sees. More give a finer map and take "
    "longer."
)
_TOP_K = mark(
    "How many of the most probable classes have an overlay. The true class always has one. Costs no evaluation."
)
