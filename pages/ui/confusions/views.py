"""Whose pictures are looked at: those of a pair, of a class, or all that are called so."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.ui.frame import link
from xai_core.labels import words
from xai_core.study.study import Study

VIEWS = {"pair": "A confusion", "truth": "All of a class", "guess": "All called so"}
"""What a gallery shows, and what the choice of it is called."""

WHICH = {"all": "All", "wrong": "Wrong", "right": "Right"}
"""Which answers, and what they are called; of a pair there are only wrong ones."""

_CLASS_PX = 220


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at.

    Attributes
    ----------
    kind
        `pair`, `truth` (pictures of a class) or `guess` (pictures that are called so).
    truth, guess
        Classes; the one that does not matter is the last that did.
    which
        `wrong`, `right` or `all`.
    """

    kind: str
    truth: str
    guess: str
    which: str

    @property
    def opened(self) -> tuple[str, str]:
        """The cell of the matrix that this is."""
        named = {"pair": (self.truth, self.guess), "truth": (self.truth,) * 2, "guess": (self.guess,) * 2}
        return named[self.kind]


def asked(study: Study, ranked: pd.DataFrame) -> View:
    """What the reader asks for; the widgets that change it stand lower, in `picker`.

    Parameters
    ----------
    study
        Gives the classes.
    ranked
        Its pairs; where there is none, only classes can be looked at.
    """
    kinds = [each for each in VIEWS if each != "pair" or not ranked.empty]
    if link.brought("truth", "guess") and not link.brought("view"):
        link.keep(view="pair", page=1)  # else it would be what was looked at last
    kind = link.choice(
        "view", {each: each for each in kinds}, kinds[0], what="view", hint=f"There are {', '.join(kinds)}."
    )
    truths = sorted(study.table["truth"].unique())
    truth = _class("truth", truths, truths[0] if ranked.empty else ranked["truth"].iloc[0], of_use=kind != "guess")
    guess = _class("guess", study.labels, _commonest(ranked, truth), of_use=kind != "truth")
    return View(kind, truth, guess, "wrong" if kind == "pair" else _which())


def _which() -> str:
    return link.choice(
        "which", {each: each for each in WHICH}, "all", what="choice of pictures", hint="It is all, wrong or right."
    )


def _class(key: str, names: Sequence[str], default: str, *, of_use: bool) -> str:
    named = {each: each for each in names}
    if not of_use:
        return named.get(link.asked(key) or "", default)
    return link.choice(key, named, default, what="class", hint=f"Shown is {words(default)}.")


def _commonest(ranked: pd.DataFrame, truth: str) -> str:
    """What a class is taken for most often, else the commonest guess of all, else itself."""
    if ranked.empty:
        return truth
    of_class = ranked[ranked["truth"] == truth]
    return str((ranked if of_class.empty else of_class)["guess"].iloc[0])


def picker(study: Study, ranked: pd.DataFrame, view: View) -> None:
    """The widgets of what is looked at."""
    kinds = [each for each in VIEWS if each != "pair" or not ranked.empty]
    truths = sorted(study.table["truth"].unique())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Pictures of",
            kinds,
            default=view.kind,
            required=True,
            key="view",
            format_func=VIEWS.__getitem__,
            on_change=link.from_the_first,
        )
        if view.kind != "guess":
            st.selectbox(
                "True class",
                truths,
                truths.index(view.truth),
                key="truth",
                format_func=words,
                on_change=_another_truth if view.kind == "pair" else link.from_the_first,
                args=(ranked,) if view.kind == "pair" else (),
                width=_CLASS_PX,
            )
        if view.kind != "truth":
            st.selectbox(
                "Taken for" if view.kind == "pair" else "Called",
                study.labels,
                study.labels.index(view.guess),
                key="guess",
                format_func=words,
                on_change=link.from_the_first,
                width=_CLASS_PX,
            )
        if view.kind != "pair":
            st.segmented_control(
                "Answers",
                list(WHICH),
                default=view.which,
                required=True,
                key="which",
                format_func=WHICH.__getitem__,
                on_change=link.from_the_first,
            )


def _another_truth(ranked: pd.DataFrame) -> None:
    truth, guess = st.session_state["truth"], st.session_state["guess"]
    known = ((ranked["truth"] == truth) & (ranked["guess"] == guess)).any()
    link.go(truth=truth, guess=guess if known else _commonest(ranked, truth), page=1)
