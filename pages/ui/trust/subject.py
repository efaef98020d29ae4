"""Map that a check on the page Trust tests, with everything that it came from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pages.ui.controls.contrast import ShownContrast
from pages.ui.loaders import evaluations
from pages.ui.maps import overlays
from pages.ui.maps.linked_pictures import LinkedPictures
from pages.ui.picture import selection
from pages.ui.picture.selection import Subject
from xai_core.explain.certainty import display_map
from xai_core.explain.explanation import Explanation
from xai_core.explain.queue.job import Job
from xai_core.explain.target import Target
from xai_core.labels import words
from xai_core.language import tr
from xai_core.model.runtime import Runtime
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.study import Study
from xai_core.texts import listed
from xai_core.trust.check_questions import CheckedPicture


@dataclass(frozen=True, slots=True, eq=False)
class CheckSubject:
    """Map that a check tests.

    Attributes
    ----------
    study, picture, model
        The study, the picture, and the model, ready to run.
    settings
        Settings of the explanation.
    shown
        Contrast of the map, and how it is drawn.
    explanation
        Explanation that the map belongs to.
    """

    study: Study
    picture: Subject
    model: Runtime
    settings: ExplainSettings
    shown: ShownContrast
    explanation: Explanation

    @property
    def target(self) -> Target:
        """Label or contrast of the map. If both classes are the same, it is that class alone."""
        first, second = self.shown.target.labels
        return Target(first) if first == second else Target(first, second)

    @property
    def limit(self) -> float:
        """Value of the full colour in logits per pixel, as on Explain and Compare."""
        return self.shown.display.scale.limits(self.explanation, self.target, self.shown.labels).contrast

    @property
    def map(self) -> NDArray[np.float32]:
        """(H, W) float32 map in logits."""
        return self.target.map_of(self.explanation)

    @property
    def view(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 picture as the model sees it."""
        return self.picture.model_view.view

    @property
    def is_flat(self) -> bool:
        """True if all parts of the picture have the same value."""
        return not np.ptp(self.map) > 0

    def draw_variant(self, explanation: Explanation | None, title: str, limit: float, linked: LinkedPictures) -> None:
        """Draw another explanation of the same target on the picture, such as one with another mask."""
        with linked.picture(explanation, self.target):
            overlays.draw_overlay(
                self.view,
                explanation,
                self.target,
                limit=limit,
                display=self.shown.display,
                name=listed([self.picture.name, title]),
            )

    @property
    def checked_picture(self) -> CheckedPicture:
        """Picture, model and mask for the questions of a check."""
        own = self.picture.image_id is None
        return evaluations.checked_picture(self.study, self.model, self.picture.model_view, self.settings, own=own)

    @property
    def explanation_key(self) -> tuple[str, str]:
        """Name of the explanation, different for one that was stopped earlier."""
        return self.explanation.key, str(self.explanation.evaluations)

    @property
    def score_name(self) -> str:
        """Name of the score that the map's values add up to, for the middle of a sentence."""
        target = self.target
        if target.rather_than is None:
            return tr("the logit of {name}", name=words(target.label))
        return tr("the margin of {first} over {second}", first=words(target.label), second=words(target.rather_than))

    @property
    def colour_meaning(self) -> str:
        """Sentence on the meaning of the map's colours."""
        palette, target = self.shown.display.palette, self.target
        towards, away, name = tr(palette.towards).capitalize(), tr(palette.away), words(target.label)
        if target.rather_than is None:
            return tr("{towards} is evidence for {name}, {away} against it.", towards=towards, away=away, name=name)
        return tr(
            "{towards} is evidence for {first}, {away} for {second}.",
            towards=towards,
            away=away,
            first=name,
            second=words(target.rather_than),
        )

    def display_map(self, explanation: Explanation) -> NDArray[np.float32]:
        """Return the (H, W) float32 map of an explanation for drawing, in logits.

        See `certainty.display_map`.
        """
        return display_map(explanation, self.target, hides_noise=self.shown.display.hides_noise)

    def submit_explanation(self, settings: ExplainSettings, model: Runtime | None = None) -> Job:
        """Submit a job for another explanation of the picture.

        Settings or model may differ from those of the map.
        """
        return selection.submit_explanation(self.study, model or self.model, self.picture, settings)
