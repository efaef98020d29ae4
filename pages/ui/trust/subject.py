"""What a check on the page Trust is given: a map, and everything that it came from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pages.ui.controls.contrast import Shown
from pages.ui.loaders import evaluations
from pages.ui.picture import selection
from pages.ui.picture.selection import Subject
from xai_core.explain.certainty import drawn
from xai_core.explain.explanation import Explanation
from xai_core.explain.service import Job
from xai_core.labels import words
from xai_core.model.runtime import Runtime
from xai_core.settings import ExplainSettings
from xai_core.study.study import Study
from xai_core.trust.check_jobs import Case
from xai_core.trust.target import Target


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A map that is put to the test.

    Attributes
    ----------
    study, subject, model
        Whose picture it is of, which picture, and the model, ready to run.
    settings
        What the map depends on.
    shown
        Which contrast it is of, and how it is drawn.
    answer
        The explanation that it belongs to.
    """

    study: Study
    subject: Subject
    model: Runtime
    settings: ExplainSettings
    shown: Shown
    answer: Explanation

    @property
    def target(self) -> Target:
        """What the map speaks for."""
        first, second = self.shown.pair
        return Target(first) if first == second else Target(first, second)

    @property
    def map(self) -> NDArray[np.float32]:
        """(H, W) float32, in logits."""
        return self.target.map_of(self.answer)

    def drawn(self, answer: Explanation) -> NDArray[np.float32]:
        """Return the map of an explanation as it is to be drawn, (H, W) float32 in logits: for the eye alone."""
        return drawn(answer, *self.target.labels, hides_noise=self.shown.display.hides_noise)

    @property
    def flat(self) -> bool:
        """Whether no part of the picture is worth more than another."""
        return not np.ptp(self.map) > 0

    @property
    def case(self) -> Case:
        """What its checks evaluate."""
        own = self.subject.image_id is None
        return evaluations.case(self.study, self.model, self.subject.sight, self.settings, own=own)

    def explained(self, settings: ExplainSettings, model: Runtime | None = None) -> Job:
        """Ask for another explanation of the same picture: with other settings, or by another model."""
        return selection.explained(self.study, model or self.model, self.subject, settings)

    @property
    def name(self) -> tuple[str, str]:
        """What tells its explanation from others, also from one that was stopped earlier."""
        return self.answer.key, str(self.answer.evaluations)

    @property
    def score(self) -> str:
        """What the map adds up to, in words."""
        target = self.target
        if target.rather_than is None:
            return f"the logit of {words(target.label)}"
        return f"the lead of {words(target.label)} over {words(target.rather_than)}"

    @property
    def colours(self) -> str:
        """What the colours of the map mean."""
        palette, target = self.shown.display.palette, self.target
        against = "against it" if target.rather_than is None else f"for {words(target.rather_than)}"
        return f"{palette.towards.capitalize()} speaks for {words(target.label)}, {palette.away} {against}."
