"""Choice of the two classes of a contrast, and of the classes that are shown beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.controls import display as controls_display
from pages.ui.frame import choices, link
from pages.ui.frame.plain_text import literal
from pages.ui.picture.selection import Subject
from xai_core.explain.colour_scale import Limits
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.labels import words
from xai_core.language import tr
from xai_core.study.study import Study

_DEFAULT = "_explain_usual"
_BOX_PX = 185


@dataclass(frozen=True, slots=True)
class ShownContrast:
    """Contrast, classes and display of the maps on a page. A change of it costs no evaluation.

    Attributes
    ----------
    target
        The contrast, with both of its classes.
    labels
        Classes with an overlay of their own, the most probable first.
    display
        How the maps are drawn.
    """

    target: Target
    labels: tuple[str, ...]
    display: controls_display.Display

    @property
    def target_name(self) -> str:
        """Contrast in words, such as "ravioli rather than pork chop"."""
        guess, other = map(words, self.target.labels)
        return tr("{guess} rather than {truth}", guess=guess, truth=other)

    @property
    def question(self) -> str:
        """Contrast as a question, such as "Why ravioli rather than pork chop?"."""
        guess, other = map(words, self.target.labels)
        return tr("Why {guess} rather than {truth}?", guess=guess, truth=other)

    def limits(self, answer: Explanation | None) -> Limits:
        """Return the colour limits of the maps of an explanation."""
        return self.display.scale.limits(answer, self.target, self.labels)


def choose_contrast(
    study: Study, subject: Subject, top_k: int, display: controls_display.Display, panel: DeltaGenerator
) -> ShownContrast:
    """Draw the contrast as a question and the boxes for its two classes, and return the choice.

    Parameters
    ----------
    study, subject, top_k, display
        What is shown.
    panel
        Where the boxes go.
    """
    default = default_contrast(study.labels, subject)
    first, second = default.labels
    last = st.session_state.get(_DEFAULT)
    if last not in (None, default):
        # The next picture has another default contrast, so the reader's own choice, made for the last one, ends here.
        # It stays for pictures with the same default.
        link.remember(why=first, rather=second)
    st.session_state[_DEFAULT] = default
    with panel, st.container(horizontal=True):
        target = Target(
            choose_class("why", tr("Why"), study, first), choose_class("rather", tr("rather than"), study, second)
        )
    shown = ShownContrast(target, shown_labels(study.labels, subject, top_k, target), display)
    st.subheader(literal(shown.question))
    return shown


def choose_class(key: str, title: str, study: Study, default: str, *, width: int = _BOX_PX) -> str:
    """Draw a box of all classes of the model, and return the choice."""
    return choices.box(
        key,
        study.labels,
        title,
        noun=tr("class"),
        hint=tr("Shown is {name}.", name=words(default)),
        default=default,
        name_of=words,
        width=width,
    )


def default_contrast(names: Sequence[str], subject: Subject) -> Target:
    """Return the contrast that a page shows at first.

    It is the guess rather than the truth. A correct or unlabelled picture has the guess rather than the runner-up.
    """
    guess, runner_up = ranked_labels(names, subject)[0], ranked_labels(names, subject)[:2][-1]
    return Target(guess, runner_up if subject.truth in (None, guess) else str(subject.truth))


def shown_labels(names: Sequence[str], subject: Subject, top_k: int, target: Target) -> tuple[str, ...]:
    """Return the classes with an overlay of their own, the most probable first.

    These are the top-k classes, the truth and the classes of the contrast.
    """
    falling = ranked_labels(names, subject)
    wanted = {*falling[:top_k], subject.truth, *target.labels}
    return tuple(label for label in falling if label in wanted)


def ranked_labels(names: Sequence[str], subject: Subject) -> list[str]:
    """Return all classes, the most probable first. The subject's logits must be known."""
    assert subject.logits is not None
    return [names[index] for index in np.argsort(-subject.logits, kind="stable")]
