"""Why this rather than that: which two classes are set against each other, and which are shown besides."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages.ui.controls import display as controls_display
from pages.ui.frame import link
from pages.ui.picture.selection import Subject
from xai_core.labels import words
from xai_core.study.study import Study

_USUAL = "_explain_usual"


@dataclass(frozen=True, slots=True)
class Shown:
    """What of an explanation is shown; a change of it costs no evaluation.

    Attributes
    ----------
    pair
        The contrast: why the first rather than the second.
    labels
        Classes with an overlay of their own, the likeliest first.
    display
        How they are drawn.
    """

    pair: tuple[str, str]
    labels: tuple[str, ...]
    display: controls_display.Display

    @property
    def question(self) -> str:
        """The contrast in words."""
        return "Why {} rather than {}?".format(*map(words, self.pair))

    @property
    def alt(self) -> str:
        """The contrast's picture in words."""
        first, second = map(words, self.pair)
        palette = self.display.palette
        return f"What speaks for {first} rather than {second} in {palette.towards}, the reverse in {palette.away}"


def asked(study: Study, subject: Subject, top_k: int, display: controls_display.Display) -> Shown:
    """Let the reader choose which two classes are set against each other."""
    first, second = usual(study.labels, subject)
    last = st.session_state.get(_USUAL)
    if last not in (None, (first, second)):
        # The reader's own choice stays for pictures of which the same is usually asked, and only for those.
        link.keep(why=first, rather=second)
    st.session_state[_USUAL] = first, second
    heading = st.container()
    with st.container(horizontal=True):
        pair = _class("why", "Why", study, first), _class("rather", "rather than", study, second)
    shown = Shown(pair, labels(study.labels, subject, top_k, pair), display)
    heading.subheader(shown.question)
    return shown


def _class(key: str, title: str, study: Study, default: str) -> str:
    name = link.choice(
        key, {each: each for each in study.labels}, default, what="class", hint=f"Shown is {words(default)}."
    )
    st.selectbox(
        title, study.labels, study.labels.index(name), key=key, format_func=words, on_change=link.follow, width=185
    )
    return name


def usual(names: Sequence[str], subject: Subject) -> tuple[str, str]:
    """What is asked unless the reader asks otherwise: the guess against the truth, or against the runner-up."""
    guess, runner_up = ranked(names, subject)[0], ranked(names, subject)[:2][-1]
    return guess, runner_up if subject.truth in (None, guess) else str(subject.truth)


def labels(names: Sequence[str], subject: Subject, top_k: int, pair: tuple[str, str]) -> tuple[str, ...]:
    """Classes with an overlay of their own: the likeliest, the truth and those of the contrast, the likeliest first."""
    falling = ranked(names, subject)
    wanted = {*falling[:top_k], subject.truth, *pair}
    return tuple(label for label in falling if label in wanted)


def ranked(names: Sequence[str], subject: Subject) -> list[str]:
    """All classes, what the model thinks likeliest first; it must have been asked."""
    assert subject.logits is not None
    return [names[place] for place in np.argsort(-subject.logits, kind="stable")]
