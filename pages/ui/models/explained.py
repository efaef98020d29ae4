"""Choice of a changed guess that both models explain, with the settings of the maps."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui.controls import display as controls_display
from pages.ui.controls import settings as controls_settings
from pages.ui.frame import components, link, step_buttons
from pages.ui.loaders import pictures
from pages.ui.loaders.comparisons import Result
from pages.ui.maps import location
from pages.ui.models.selection import Selection
from xai_core.errors import PictureUnreadable
from xai_core.explain.target import Target
from xai_core.labels import match_names, words
from xai_core.language import tr
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.study import Study

_GEOMETRY = ("input_size", "short_side", "long_side", "stretch")
"""Values of a spec that decide which part of a picture a model sees, and in which size."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Picture as one of the two models sees it.

    Attributes
    ----------
    study
        Study of the model.
    image_id
        Id of the picture in this study.
    guess, p_guess
        The model's guess, in the spelling of the first study, and its probability.
    view : (H, W, 3) uint8
        Picture as the model sees it.
    target
        Contrast in the model's own class names; None if it lacks a class of it.
    lacking
        Class of the contrast that the model lacks, in words; "" if it has both.
    settings
        Settings of the explanation that fit the model.
    """

    study: Study
    image_id: str
    guess: str
    p_guess: float
    view: NDArray[np.uint8]
    target: Target | None
    lacking: str
    settings: ExplainSettings


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """Changed guess that both models explain.

    Attributes
    ----------
    target
        The contrast, guess rather than truth, in the spelling of the first study.
    truth
        True class of the picture.
    sides
        The picture as the first and as the second model sees it.
    lead
        Index of the side whose guess is the mistake. It decides the colour scale and the part that is compared.
    display
        How the maps are drawn.
    painted
        Parts of the picture as each side sees it, if they are known.
    """

    target: Target
    truth: str
    sides: tuple[Side, Side]
    lead: int
    display: controls_display.Display
    painted: tuple[location.Parts | None, ...]

    @property
    def asked(self) -> list[int]:
        """Indices of the sides that have the contrast."""
        return [index for index, side in enumerate(self.sides) if side.target is not None]

    @property
    def sees_alike(self) -> bool:
        """True if both models cut out the same part of a picture, in the same size."""
        first, second = (side.study.spec for side in self.sides)
        return all(getattr(first, rule) == getattr(second, rule) for rule in _GEOMETRY)

    @property
    def name(self) -> str:
        """Name of the picture in words."""
        return components.picture_name(self.sides[0].image_id)


def choose_explained(
    study: Study, other: Study, found: Result, view: Selection, flips: pd.DataFrame
) -> Explained | None:
    """Draw the choice of a picture and the settings, and return the choice.

    Parameters
    ----------
    study, other
        The studies.
    found, view
        The comparison, and what is shown of it.
    flips
        From `selection.flips`, not empty.

    Returns
    -------
    The choice; None, with a sentence, if the picture cannot be read.
    """
    ids = list(flips["image_id"])
    first_name = components.picture_name(ids[0])
    hint = tr("No changed guess of this choice has that picture. Shown is {picture}.", picture=first_name)
    image_id = link.choice("picture", ids, ids[0], noun=tr("picture"), hint=hint)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        step_buttons.draw_steps("models", "picture", ids, ids.index(image_id))
        panel = st.popover(tr("Settings"), icon=":material/tune:")
        at = tr("Picture {number} of {count}", number=ids.index(image_id) + 1, count=len(ids))
        st.caption(at, width="content")
    with panel:
        presets, display_panel = st.container(), st.container()
        settings = controls_settings.choose_settings(study, presets)
        with display_panel:
            display = controls_display.choose_display(engines=(settings.engine,), study=study)
    row = flips[flips["image_id"] == image_id].iloc[0]
    target = contrast(row, view)
    ids_of = (image_id, found.comparison.other_ids[image_id])
    try:
        first, second = (
            _side(of, name, (str(row[column]), float(row[f"p_{column}"])), target, settings)
            for of, name, column in zip((study, other), ids_of, ("before", "after"), strict=True)
        )
    except PictureUnreadable as fault:
        components.show_error(fault)
        return None
    chosen = Explained(
        target=target,
        truth=str(row["truth"]),
        sides=(first, second),
        lead=0 if row["before"] == target.label else 1,
        display=display,
        painted=tuple(location.painted_parts(side.study, side.image_id) for side in (first, second)),
    )
    known = next(filter(None, chosen.painted), None)
    # Only the study of the demo itself knows the parts, and not that of a repaired model of it.
    return replace(chosen, painted=(known, known)) if chosen.sees_alike else chosen


def contrast(row: pd.Series, view: Selection) -> Target:
    """Return the contrast of a changed guess, the mistaken guess rather than the truth.

    If both guesses are mistakes, it is that of the shown pair, or else the one before.
    """
    truth, before = str(row["truth"]), str(row["before"])
    if view.is_pair:
        return Target(view.guess, truth)
    return Target(before if before != truth else str(row["after"]), truth)


def _side(study: Study, image_id: str, guess: tuple[str, float], target: Target, settings: ExplainSettings) -> Side:
    own = match_names(target.labels, study.labels)
    lacking = next((label for label in target.labels if label not in own), "")
    height, width = study.spec.input_size
    return Side(
        study=study,
        image_id=image_id,
        guess=guess[0],
        p_guess=guess[1],
        view=pictures.model_view(study, image_id).view,
        target=None if lacking else Target(*(own[label] for label in target.labels)),
        lacking=words(lacking),
        # The number of evaluations is the same for both, also where one is right: the maps are compared.
        settings=replace(
            ExplainSettings.fitting((height, width), len(study.labels), evaluations=settings.evaluations),
            engine=settings.engine,
            mask=settings.mask,
            colour=settings.colour,
            blur_px=min(settings.blur_px, height, width),
        ),
    )
