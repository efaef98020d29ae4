"""Presets of the explanation settings, and what differs from the usual ones."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.frame import link
from xai_core.language import mark, tr
from xai_core.settings.engine_table import ENGINES
from xai_core.settings.explain_settings import MANY_EVALUATIONS, RECIPE_ENGINE, RECIPE_STEER_TOP, ExplainSettings
from xai_core.settings.mask_table import MASKS
from xai_core.texts import listed


@dataclass(frozen=True, slots=True)
class Preset:
    """Settings under one name.

    Attributes
    ----------
    title, purpose
        Title of the button, and the sentence that it shows on hover, as texts for `tr`.
    evaluations
        Number of evaluations.
    engine
        Name of the engine; None for the usual one.
    top_k
        Number of classes with an overlay of their own; None leaves it as it is.
    """

    title: str
    purpose: str
    evaluations: int
    engine: str | None = None
    top_k: int | None = None


PRESETS: Mapping[str, Preset] = {
    "quick": Preset(
        mark("Quick"), mark("The usual engine with 100 evaluations, enough for a first look."), MANY_EVALUATIONS
    ),
    "fine": Preset(mark("Fine"), mark("The usual engine with 1,000 evaluations: smaller regions, less noise."), 1000),
    "recipe": Preset(
        mark("The blog's recipe"),
        mark(
            "SHAP's partition with 10,000 evaluations and the widest blur, for four classes. It takes about a hundred "
            "times as long as Quick."
        ),
        10_000,
        RECIPE_ENGINE,
        RECIPE_STEER_TOP,
    ),
}


def settings_of(preset: Preset, usual: ExplainSettings) -> ExplainSettings:
    """Return the settings of a preset for a model whose usual settings are given."""
    return replace(usual, engine=preset.engine or usual.engine, evaluations=preset.evaluations)


def differences(chosen: ExplainSettings, usual: ExplainSettings) -> tuple[str, ...]:
    """Say what differs from the usual settings, each with the usual value in brackets.

    >>> differences(ExplainSettings(evaluations=300), ExplainSettings(evaluations=1000))
    ('300 evaluations (1,000)',)
    """
    said = []
    if chosen.engine != usual.engine:
        titles = tr(ENGINES[chosen.engine].title), tr(ENGINES[usual.engine].title)
        said.append(tr("engine {chosen} ({usual})", chosen=titles[0], usual=titles[1]))
    if chosen.mask != usual.mask:
        titles = tr(MASKS[chosen.mask].title), tr(MASKS[usual.mask].title)
        said.append(tr("hidden regions filled with {chosen} ({usual})", chosen=titles[0], usual=titles[1]))
    if chosen.blur_px != usual.blur_px and MASKS[chosen.mask].blurs:
        said.append(tr("blur of {chosen} pixels ({usual})", chosen=chosen.blur_px, usual=usual.blur_px))
    if chosen.evaluations != usual.evaluations:
        said.append(tr("{chosen:,} evaluations ({usual:,})", chosen=chosen.evaluations, usual=usual.evaluations))
    return tuple(said)


def draw_presets(container: DeltaGenerator, chosen: ExplainSettings, usual: ExplainSettings) -> None:
    """Draw a button for each preset, and what differs from the usual settings.

    Parameters
    ----------
    container
        Where they go.
    chosen, usual
        Settings of the controls, and those that the page starts with.
    """
    with container:
        with st.container(horizontal=True, gap="small"):
            st.button(tr("Usual"), key=_button_key("usual"), disabled=chosen == usual, on_click=_set, args=(usual,))
            for name, preset in PRESETS.items():
                st.button(
                    tr(preset.title),
                    key=_button_key(name),
                    help=tr(preset.purpose),
                    disabled=settings_of(preset, usual) == chosen,
                    on_click=_apply,
                    args=(preset, settings_of(preset, usual)),
                )
        said = differences(chosen, usual)
        st.caption(
            tr("Not as usual: {differences}.", differences=listed(said))
            if said
            else tr("These are the usual settings of this page.")
        )


def _button_key(name: str) -> str:
    return f"preset {name}"


def _apply(preset: Preset, settings: ExplainSettings) -> None:
    if preset.top_k is not None:
        # Not every page has this control, and a URL has only what its page shows. No more classes than the model has.
        link.remember(top_k=min(preset.top_k, settings.steer_top))
    _set(settings)


def _set(settings: ExplainSettings) -> None:
    link.go(engine=settings.engine, mask=settings.mask, blur=settings.blur_px, evals=settings.evaluations)
