"""Choice of the changed guesses that Models shows, by pair, true class and outcome."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.ui.frame import choices, link
from pages.ui.frame.plain_text import literal
from pages.ui.loaders.comparisons import Result
from pages.ui.models.figures import change_text, p_text
from xai_core.labels import words
from xai_core.language import mark, tr, tr_all
from xai_core.texts import listed

SCOPES = {"pair": mark("A confusion"), "truth": mark("A true class"), "all": mark("All pictures")}
"""Sets of pictures, and their titles in English."""

OUTCOMES = {"all": mark("All"), "mended": mark("Mended"), "broken": mark("Broken"), "other": mark("Another mistake")}
"""Changes of a guess, and their titles in English."""

_CORE_OUTCOMES = {"mended": "mended", "broken": "broken", "other": "other mistake"}
_CLASS_PX = 220


@dataclass(frozen=True, slots=True)
class Selection:
    """Set of changed guesses that the page shows.

    Attributes
    ----------
    scope
        One of `SCOPES`.
    truth, guess
        Classes, in the spelling of the first study; used as far as the scope needs them.
    outcome
        One of `OUTCOMES`.
    """

    scope: str
    truth: str
    guess: str
    outcome: str

    @property
    def opened(self) -> tuple[str, str]:
        """Truth and guess of the marked cell: a pair, the same class twice, or nothing."""
        return {"pair": (self.truth, self.guess), "truth": (self.truth, self.truth), "all": ("", "")}[self.scope]

    @property
    def is_pair(self) -> bool:
        """True if the pictures are those of a pair of two classes."""
        return self.scope == "pair" and self.truth != self.guess

    @property
    def name(self) -> str:
        """Name of the pictures in words, such as "pork chop taken for ravioli"."""
        if self.scope == "pair":
            return tr("{truth} taken for {guess}", truth=words(self.truth), guess=words(self.guess))
        return words(self.truth) if self.scope == "truth" else tr("all pictures")


def current_selection(found: Result) -> Selection:
    """Return the selection that the link names.

    Without one it is the pair that was seen last, and at first the pair that changes most.
    """
    labels, ranked = found.comparison.changes.labels, found.pairs
    if link.arrived_with("truth", "guess") and not link.arrived_with("of"):
        # The link names a pair. Without this, the scope that was used last would stay.
        link.remember(of="pair", flips_page=1)
    hint = tr("There are {names}.", names=listed(SCOPES))
    scope = link.choice("of", list(SCOPES), "pair", noun=tr("set of pictures"), hint=hint)
    first = (str(ranked["truth"].iloc[0]), str(ranked["guess"].iloc[0])) if len(ranked) else (labels[0], labels[-1])
    truth = _class("truth", labels, first[0], is_used=scope != "all")
    of_truth = ranked["guess"][ranked["truth"] == truth]
    guess = _class("guess", labels, str(next(iter(of_truth), first[1])), is_used=scope == "pair")
    hint = tr("There are {names}. Shown are all.", names=listed(OUTCOMES))
    outcome = link.choice("flips", list(OUTCOMES), "all", noun=tr("kind of change"), hint=hint)
    return Selection(scope, truth, guess, outcome)


def _class(key: str, names: tuple[str, ...], default: str, *, is_used: bool) -> str:
    if not is_used:
        requested = link.requested(key) or ""
        return requested if requested in names else default
    return link.choice(key, names, default, noun=tr("class"), hint=tr("Shown is {name}.", name=words(default)))


def flips(found: Result, view: Selection) -> pd.DataFrame:
    """Return the changed guesses of a selection, from `GuessChanges.flips`."""
    chosen = found.comparison.changes.flips(
        _CORE_OUTCOMES.get(view.outcome),
        truth=None if view.scope == "all" else view.truth,
        guess=view.guess if view.scope == "pair" else None,
    )
    return chosen if view.is_pair or view.scope != "pair" else chosen.iloc[:0]


def draw_pair(found: Result, view: Selection) -> None:
    """Draw the widgets of the selection, and sentences on the change of its pair."""
    labels = found.comparison.changes.labels
    st.subheader(literal(f"{view.name[0].upper()}{view.name[1:]}"), anchor="pair")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        scopes, outcomes = (tr_all(table) for table in (SCOPES, OUTCOMES))
        choices.draw_segmented("of", scopes, tr("Pictures of"), view.scope, on_change=first_page)
        if view.scope != "all":
            choices.draw_box(
                "truth", labels, tr("True class"), view.truth, name_of=words, on_change=first_page, width=_CLASS_PX
            )
        if view.scope == "pair":
            choices.draw_box(
                "guess", labels, tr("Taken for"), view.guess, name_of=words, on_change=first_page, width=_CLASS_PX
            )
        choices.draw_segmented("flips", outcomes, tr("Changes"), view.outcome, on_change=first_page)
    if view.scope == "pair" and not view.is_pair:
        st.info(tr("Pick two different classes to see a confusion."), icon=":material/info:")
    elif view.is_pair:
        st.markdown(literal(pair_sentence(found, view)))


def pair_sentence(found: Result, view: Selection) -> str:
    """Return sentences on how the mistakes of a pair change, with interval and tests."""
    change = found.comparison.changes.pair(view.truth, view.guess)
    rows = found.pairs[(found.pairs["truth"] == view.truth) & (found.pairs["guess"] == view.guess)]
    if rows.empty:
        return tr("Neither model takes {truth} for {guess}.", truth=words(view.truth), guess=words(view.guess))
    row = rows.iloc[0]
    return tr(
        "{before:,} mistakes before, {after:,} after, of {pictures:,} pictures of the class: {change}. Corrected for "
        "all {pairs:,} pairs, q is {q}. Mended: {mended:,}. Broken: {broken:,}.",
        before=change.before,
        after=change.after,
        pictures=change.pictures,
        change=change_text(change),
        pairs=len(found.pairs),
        q=p_text(float(row["q_value"])),
        mended=int(row["mended"]),
        broken=int(row["broken"]),
    )


def first_page() -> None:
    """Go to the first page of the gallery. Callback of the widgets that decide which pictures are shown."""
    link.go(flips_page=1)


def open_cell(truth: str, guess: str) -> None:
    """Show the flips of a pair, or those of a class if both are the same. Call this from a callback."""
    if truth == guess:
        link.go(of="truth", truth=truth, flips_page=1)
    else:
        link.go(of="pair", truth=truth, guess=guess, flips_page=1)
