"""Story of a mistake, from the URL: its pictures, the settings of their maps, and the step that is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui.controls.display import Display
from pages.ui.evidence.request import EvidenceRequest
from pages.ui.frame import components, link
from pages.ui.frame.plain_text import literal_words
from pages.ui.loaders import leading, stories
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.loaders.repairs import TrialSettings
from pages.ui.maps import location
from pages.ui.picture import carried, mistakes
from xai_core.confusions import confusion
from xai_core.demo import first_run
from xai_core.evidence.pair_sample import PairSample
from xai_core.explain.target import Target
from xai_core.labels import words
from xai_core.language import mark, tr
from xai_core.palettes import RED_BLUE
from xai_core.settings.engine_table import ENGINES
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.study import Study

STEPS = (
    mark("What it said"),
    mark("What it should have said"),
    mark("Where it looked"),
    mark("Where it looks when it is right"),
    mark("Hide that part"),
    mark("Is it always so?"),
    mark("What would cure it?"),
)
"""Names of the steps, in English. The last is left out for a study without embeddings."""

BESIDE = 2
"""Number of correct pictures."""

MOST_MISTAKES = 20
"""Largest number of mistakes of the pair that are explained, the default of Evidence."""

Question = tuple[str, ExplainSettings]
"""Picture and settings of one explanation."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Picture of the study that a step shows.

    Attributes
    ----------
    row
        Its row of the table of predictions.
    view : (H, W, 3) uint8
        The picture as the model sees it.
    large : (k H, k W, 3) uint8
        The same part of the photograph in more detail, with a whole number k.
    painted
        Its painted parts, if they are known.
    """

    row: pd.Series
    view: NDArray[np.uint8]
    large: NDArray[np.uint8]
    painted: location.Parts | None

    @property
    def image_id(self) -> str:
        """Id of the picture."""
        return str(self.row["image_id"])

    @property
    def name(self) -> str:
        """Name of the picture with its kind, for alternative texts."""
        name = components.picture_name(self.image_id)
        if self.row["truth"] == self.row["guess"]:
            return tr("{picture}, correct", picture=name)
        return tr("{picture}, mistake", picture=name)


@dataclass(frozen=True, eq=False)
class Story:
    """Mistake with the pictures beside it and those of its pair.

    Attributes
    ----------
    study
        The study.
    mistake, beside
        The mistake, and up to `BESIDE` correct pictures of its true class.
    request
        Pair, pictures and settings of the step "Is it always so?".
    settings
        Settings of the mistake's explanation.
    step
        Step that is shown, from 1.
    """

    study: Study
    mistake: Shown
    beside: tuple[Shown, ...]
    request: EvidenceRequest
    settings: ExplainSettings
    step: int

    @property
    def truth(self) -> str:
        """True class of the mistake."""
        return self.request.truth

    @property
    def guess(self) -> str:
        """Class that the mistake is taken for."""
        return self.request.guess

    @property
    def target(self) -> Target:
        """Contrast of guess and truth."""
        return Target(self.guess, self.truth)

    @property
    def display(self) -> Display:
        """Way of drawing maps."""
        return self.request.display

    @property
    def steps(self) -> int:
        """Number of steps."""
        return step_count(self.study)

    @property
    def trial(self) -> TrialSettings:
        """Cure of the last step, the default of Repair."""
        return TrialSettings("refit", (self.truth, self.guess), 0)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """All explanations of the story, in the order of the steps."""
        first = (self.mistake.image_id, self.settings)
        others = (*(shown.image_id for shown in self.beside), *self.request.pictures.all)
        return tuple(dict.fromkeys([first, *((image_id, self.request.settings) for image_id in others)]))


def step_count(study: Study) -> int:
    """Return the number of steps, which is one less for a study without embeddings: there is no cure to try."""
    return len(STEPS) if study.embeddings is not None else len(STEPS) - 1


def choose_story(study: Study) -> Story | None:
    """Read the mistake and the step from the URL, and return the story.

    Parameters
    ----------
    study
        The study, with one mistake at least.

    Returns
    -------
    None if the pair has no mistake that can be shown; the page then says why.

    Raises
    ------
    PictureUnreadable
        If the mistake cannot be read.
    """
    _take_pair_of_picture(study)
    truth, guess = _choose_pair(study)
    of_pair = confusion.mistakes(study.table, truth, guess) if truth != guess else study.table[:0]
    if of_pair.empty:
        st.info(_why_no_story(truth, guess), icon=":material/info:")
        return None
    default = leading.lead(study, truth, guess)
    assert default is not None
    hint = mistakes.why_no_mistake(study, link.requested("picture"))
    image_id = link.choice("picture", list(of_pair["image_id"]), default.image_id, noun=tr("mistake"), hint=hint)
    carried.keep_mistake(study, study.row(image_id))
    count = step_count(study)
    if link.is_omitted("step"):
        # The menu remembers the step of an earlier story.
        link.remember(step=1)
    hint = tr("There are 1 to {count}. Shown is 1.", count=count)
    step = link.choice("step", range(1, count + 1), 1, noun=tr("step"), hint=hint)
    settings = first_run.settings(study)
    noise = "hide" if ENGINES[settings.engine].estimates_errors else None
    request = EvidenceRequest(
        truth=truth,
        guess=guess,
        pictures=_readable_sample(study, truth, guess),
        settings=settings.for_companions(),
        measure="in_middle",
        display=Display(0.85, "grey", RED_BLUE, noise),
    )
    beside = _readable(study, stories.nearest_correct(study, image_id, truth))
    return Story(
        study=study,
        mistake=_shown(study, image_id),
        beside=tuple(_shown(study, other) for other in beside),
        request=request,
        settings=settings,
        step=step,
    )


def _take_pair_of_picture(study: Study) -> None:
    """Let a link that names a mistake and no pair open the mistake's pair."""
    if not (link.is_omitted("truth") and link.is_omitted("guess")):
        return
    found = study.table[study.table["image_id"] == link.requested("picture")]
    wrong = confusion.readable(found[found["truth"] != found["guess"]])
    if not wrong.empty:
        link.remember(truth=wrong["truth"].iloc[0], guess=wrong["guess"].iloc[0])


def _choose_pair(study: Study) -> tuple[str, str]:
    first = leading.lead(study)
    assert first is not None
    truths = sorted(study.table["truth"].unique())
    hint = tr("Shown is {name}.", name=words(first.truth))
    truth = link.choice("truth", truths, first.truth, noun=tr("class"), hint=hint)
    usual = leading.guess_for(study, truth)
    hint = tr("Shown is {name}.", name=words(usual))
    return truth, link.choice("guess", study.labels, usual, noun=tr("class"), hint=hint)


def _why_no_story(truth: str, guess: str) -> str:
    if truth == guess:
        return tr("Pick two different classes to see a confusion.")
    return tr(
        "No picture of {truth} was taken for {guess}. So there is nothing to present.",
        truth=literal_words(truth),
        guess=literal_words(guess),
    )


def _shown(study: Study, image_id: str) -> Shown:
    return Shown(
        study.row(image_id),
        loaders_pictures.model_view(study, image_id).view,
        stories.large_view(study, image_id),
        location.painted_parts(study, image_id),
    )


def _readable(study: Study, ranked: Sequence[str]) -> list[str]:
    """Return the first pictures that can be read."""
    found: list[str] = []
    for image_id in ranked:
        if len(found) == BESIDE:
            break
        if loaders_pictures.read_error(study, image_id) is None:
            found.append(image_id)
    return found


def _readable_sample(study: Study, truth: str, guess: str) -> PairSample:
    sample = stories.pair_sample(study, truth, guess, MOST_MISTAKES)
    return sample.without(image_id for image_id in sample.all if loaders_pictures.read_error(study, image_id))
