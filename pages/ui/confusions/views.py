"""Choice of the pictures on Confusions, by pair, true class or guessed class."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.ui.frame import choices, link
from pages.ui.loaders import leading
from pages.ui.picture import carried
from xai_core.labels import words
from xai_core.language import mark, tr, tr_all
from xai_core.study.study import Study
from xai_core.texts import listed

VIEWS = {"pair": mark("A confusion"), "truth": mark("A true class"), "guess": mark("A guessed class")}
"""Kinds of a view, and their titles."""

WHICH = {"all": mark("All"), "wrong": mark("Wrong"), "right": mark("Right")}
"""Kinds of answers, and their titles. A pair has only wrong ones."""

_CLASS_PX = 220


@dataclass(frozen=True, slots=True)
class View:
    """Set of pictures that the page shows.

    Attributes
    ----------
    kind
        `pair`, `truth` (pictures of a class) or `guess` (pictures for which the model's answer is a class).
    truth, guess
        Classes. The one that this kind does not use is the one that was used last.
    which
        `wrong`, `right` or `all`.
    pictures_first
        True if the pictures stand above the counts, as for a reader who comes for a pair.
    """

    kind: str
    truth: str
    guess: str
    which: str
    pictures_first: bool = False

    @property
    def opened(self) -> tuple[str, str]:
        """Truth and guess of the view's cell in the matrix."""
        cells = {"pair": (self.truth, self.guess), "truth": (self.truth,) * 2, "guess": (self.guess,) * 2}
        return cells[self.kind]


def current_view(study: Study, ranked: pd.DataFrame) -> View:
    """Return the view that the URL or the reader asks for.

    The matrix above the widgets shows the view too, so it is settled first; `draw_view_widgets` draws the widgets.

    Parameters
    ----------
    study
        Study with the classes.
    ranked
        Its pairs. Without any, only classes and guesses can be viewed.
    """
    kinds = list(_kinds(ranked))
    if link.arrived_with("truth", "guess") and not link.arrived_with("view"):
        # The link names a pair. Without this, the kind of view that was used last would stay.
        link.remember(view="pair", page=1)
    if link.is_omitted("first"):
        # A link that names a class is about its pictures. The menu names none and opens the counts.
        link.remember(first="pictures" if link.arrived_with("truth") else "counts")
    first_shown = link.choice("first", ("counts", "pictures"), "counts", noun=tr("first part of the page"))
    kind = link.choice("view", kinds, kinds[0], noun=tr("view"), hint=tr("There are {names}.", names=listed(kinds)))
    truths = _truths(study)
    first = leading.lead(study)
    truth = _class("truth", truths, first.truth if first else truths[0], is_used=kind != "guess")
    guess = _class("guess", study.labels, leading.guess_for(study, truth), is_used=kind != "truth")
    if kind == "pair":
        carried.keep_pair(study, truth, guess)
    return View(
        kind,
        truth,
        guess,
        "wrong" if kind == "pair" else _which(),
        pictures_first=first_shown == "pictures",
    )


def _kinds(ranked: pd.DataFrame) -> dict[str, str]:
    return {kind: tr(title) for kind, title in VIEWS.items() if kind != "pair" or not ranked.empty}


def _truths(study: Study) -> list[str]:
    return sorted(study.table["truth"].unique())


def _which() -> str:
    return link.choice(
        "which", list(WHICH), "all", noun=tr("choice of pictures"), hint=tr("It is all, wrong or right.")
    )


def _class(key: str, names: Sequence[str], default: str, *, is_used: bool) -> str:
    if not is_used:
        requested = link.requested(key) or ""
        return requested if requested in names else default
    return link.choice(key, names, default, noun=tr("class"), hint=tr("Shown is {name}.", name=words(default)))


def draw_view_widgets(study: Study, ranked: pd.DataFrame, view: View) -> None:
    """Draw the widgets that change the view."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choices.draw_segmented("view", _kinds(ranked), tr("Pictures of"), view.kind, on_change=link.go_to_first_page)
        if view.kind != "guess":
            choices.draw_box(
                "truth",
                _truths(study),
                tr("True class"),
                view.truth,
                name_of=words,
                on_change=_change_truth if view.kind == "pair" else link.go_to_first_page,
                args=(study, ranked) if view.kind == "pair" else (),
                width=_CLASS_PX,
            )
        if view.kind != "truth":
            choices.draw_box(
                "guess",
                study.labels,
                tr("Taken for") if view.kind == "pair" else tr("Guessed class"),
                view.guess,
                name_of=words,
                on_change=link.go_to_first_page,
                width=_CLASS_PX,
            )
        if view.pictures_first:
            st.button(tr("All confusions"), key="counts_first", icon=":material/grid_on:", on_click=_counts_first)
        if view.kind != "pair":
            titles = tr_all(WHICH)
            choices.draw_segmented("which", titles, tr("Answers"), view.which, on_change=link.go_to_first_page)


def _counts_first() -> None:
    link.go(first="counts")


def _change_truth(study: Study, ranked: pd.DataFrame) -> None:
    """Open the pair of another true class.

    A guess that never occurs for that class is replaced by its most frequent one.
    """
    truth, guess = st.session_state["truth"], st.session_state["guess"]
    known = ((ranked["truth"] == truth) & (ranked["guess"] == guess)).any()
    link.go(truth=truth, guess=guess if known else leading.guess_for(study, truth), page=1)
