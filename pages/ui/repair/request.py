"""Request of the page Repair, from its controls."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.ui.frame import choices, components, link
from pages.ui.frame.plain_text import literal_words
from pages.ui.loaders import studies
from pages.ui.loaders.repairs import TrialSettings
from pages.ui.picture import pair, patch_names
from xai_core.errors import XaiError
from xai_core.language import mark, tr, tr_all
from xai_core.study.study import Study
from xai_core.texts import listed

OWN_HALF = "own half"
"""Value of the parameter `on` for a half of the study itself. No study can have this name."""

NO_GROUPS = "none"
"""Value of the parameter `groups` for a refit that is told no groups."""

SEEDS = range(5)
"""Random halves that can be chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class RepairRequest:
    """Values of the controls.

    Attributes
    ----------
    settings
        The cure and its pair.
    other
        Study that the cure is fitted on; None for a half of the study itself.
    """

    settings: TrialSettings
    other: Study | None

    @property
    def truth(self) -> str:
        """True class of the pair."""
        return self.settings.pair[0]

    @property
    def guess(self) -> str:
        """Class that it is taken for."""
        return self.settings.pair[1]


def choose_request(study: Study, ranked: pd.DataFrame) -> RepairRequest | None:
    """Draw the controls, and return the request.

    Parameters
    ----------
    study
        Study of the model to repair.
    ranked
        Its pairs, one at least.

    Returns
    -------
    None if the pair has no mistake; the page then says so.
    """
    truth, guess = pair.choose_pair(study, ranked)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        cure = choices.segmented(
            "cure",
            tr_all(CURE_TITLES),
            tr("Cure"),
            noun=tr("cure"),
            hint=tr("There are {names}.", names=listed(CURE_TITLES)),
            help_text=tr(_CURES),
        )
        on, other = _choose_repair_set(study)
        seed = 0
        if on == OWN_HALF:
            with st.container(width=_SEED_PX):
                seed = choices.slider(
                    "half",
                    SEEDS,
                    tr("Another division"),
                    default=0,
                    noun=tr("division into halves"),
                    hint=tr("There are 0 to 4."),
                    help_text=tr(_HALVES),
                )
    groups = _choose_groups(study, truth, guess) if cure == "refit" else None
    if ranked[(ranked["truth"] == truth) & (ranked["guess"] == guess)].empty:
        text = tr(
            "No picture of {truth} was taken for {guess}.", truth=literal_words(truth), guess=literal_words(guess)
        )
        st.info(text, icon=":material/info:")
        return None
    if on != OWN_HALF and other is None:
        return None
    return RepairRequest(TrialSettings(cure, (truth, guess), seed, groups), other)


def _choose_groups(study: Study, truth: str, guess: str) -> tuple[str, ...] | None:
    """Draw the box of names that readers have given to patches of the pair, and return the named pictures."""
    names = {name.name: name.pictures for name in patch_names.names_of_pair(study, truth, guess)}
    if not names and link.requested("groups") in (None, NO_GROUPS):
        return None
    titles = {NO_GROUPS: tr("Classes alone")} | {
        f"named {name}": tr("Pictures named “{name}”, and the others", name=name) for name in names
    }
    chosen = choices.box(
        "groups",
        titles,
        tr("Balanced are"),
        noun=tr("group of pictures"),
        hint=tr("Shown is the refit without groups."),
        help_text=tr(_GROUPS),
        width=_SET_PX,
    )
    return None if chosen == NO_GROUPS else tuple(sorted(names[chosen.removeprefix("named ")]))


def _choose_repair_set(study: Study) -> tuple[str, Study | None]:
    """Return the choice and the study to fit on, None for a half of the study or if it cannot be opened."""
    titles = {OWN_HALF: tr("A half of this study")}
    titles |= {name: tr("The study {name}", name=name) for name in studies.of_same_model(study)}
    on = choices.box(
        "on",
        titles,
        tr("Fitted on"),
        noun=tr("set of pictures to fit on"),
        hint=tr("Shown is a half of this study. A study to fit on must be of the same model."),
        help_text=tr(_FITTED_ON),
        width=_SET_PX,
    )
    if on == OWN_HALF:
        return on, None
    try:
        return on, studies.open_study(on)
    except XaiError as fault:
        components.show_error(fault)
        return on, None


CURE_TITLES = {
    "refit": mark("Refit the last layer"),
    "temperature": mark("Temperature"),
    "offsets": mark("Class offsets"),
}
"""Titles of the cures, in English."""

_SET_PX, _SEED_PX = 240, 160
_CURES = mark(
    "Refit: the last layer is fitted again, with all classes counting alike (Kirichenko et al., 2023). Temperature: "
    "all logits are divided by one number, which changes the confidence and no guess. Class offsets: one number is "
    "added to the logit of each class."
)
_FITTED_ON = mark(
    "A cure is never judged on pictures that it was fitted on. With a half of this study, the other half judges. A "
    "study of the training pictures by the same model leaves all of this study to judge."
)
_GROUPS = mark(
    "The squares that were named on Evidence. Pictures with the name count as much as all others of their class, so "
    "that the refit cannot neglect them."
)
_HALVES = mark("Each number divides the study into other halves. A gain that only one of them shows is chance.")
