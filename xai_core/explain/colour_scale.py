"""Colour limits of the maps of a page, decided here for every page, report and sheet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xai_core import render
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target


@dataclass(frozen=True, slots=True)
class Limits:
    """Values of the full colour in logits per pixel, 0 while they are not known.

    Attributes
    ----------
    contrast
        Limit of the maps of the contrast.
    classes
        Limit of the maps of single classes.
    """

    contrast: float
    classes: float


@dataclass(frozen=True, slots=True)
class ColourScale:
    """Choice of the colour scale.

    Attributes
    ----------
    shared
        True if contrast and classes have one scale. Otherwise the row of the contrast has a scale of its own, and the
        rows of the classes share theirs.
    locked
        Limits that the reader has locked; None for the limits that suit what is shown.
    """

    shared: bool = False
    locked: Limits | None = None

    def limits(self, explanation: Explanation | None, contrast: Target, labels: Sequence[str] = ()) -> Limits:
        """Return the limits for an explanation and for everything that is compared with it.

        The limits come from this one explanation, such as that of the mistake, and hold for its companions too. So
        equal colour is equal evidence within a row, and a map looks the same whatever is shown beside it.

        Parameters
        ----------
        explanation
            Explanation that the page is about, final or partial; None while there is none.
        contrast
            Contrast of the page.
        labels
            Classes with maps of their own.
        """
        if self.locked is not None:
            return self.locked
        if explanation is None:
            return Limits(0.0, 0.0)
        of_contrast = render.shared_limit(contrast.map_of(explanation))
        of_classes = render.shared_limit(*(explanation.map(label) for label in labels)) if labels else of_contrast
        if self.shared:
            largest = max(of_contrast, of_classes)
            return Limits(largest, largest)
        return Limits(of_contrast, of_classes)


def leading_answer(answers: Iterable[Explanation | None]) -> Explanation | None:
    """Return the explanation that decides the limits of several pictures, or None while there is none.

    It is the first, that of the mistake. While it is missing, it is the first of those that are there, because partial
    maps of the others are drawn before.
    """
    return next((answer for answer in answers if answer is not None), None)


OWN_SCALES = ColourScale()
"""Default choice, a scale for each kind of row."""
