"""What is marked in a table or chart that can be clicked: the opened pair, also where it was opened elsewhere."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.frame import link

_STATE = "_marks"


@dataclass(slots=True)
class Mark:
    """The mark of one place.

    A click on what is marked takes Streamlit's mark away, and cannot be told from any other; so a place whose mark is
    out of date begins anew, under another key.

    Attributes
    ----------
    place
        Where it is.
    begun
        Pair that is marked as long as nothing is clicked.
    shown
        What else the place depends on.
    clicked
        Pair that was clicked since it began.
    turn
        How often it has begun.
    lost
        Whether the reader has clicked it away.
    """

    place: str
    begun: tuple[str, str]
    shown: str
    clicked: tuple[str, str] | None = None
    turn: int = 0
    lost: bool = False

    @property
    def key(self) -> str:
        """Of the widget."""
        return f"{self.place} {self.turn}"


def of(place: str, opened: tuple[str, str], shown: str = "") -> Mark:
    """The mark of a place, begun anew where it is not that of the opened pair.

    Parameters
    ----------
    place
        Where it is.
    opened
        Truth and guess.
    shown
        What else the place depends on: its order, or what was searched for.
    """
    marks: dict[str, Mark] = st.session_state.setdefault(_STATE, {})
    mark = marks.get(place) or Mark(place, opened, shown)
    left = mark.clicked is not None and mark.key not in st.session_state  # the reader comes back from another page
    if left or mark.lost or (mark.clicked or mark.begun) != opened or mark.shown != shown:
        mark = Mark(place, opened, shown, turn=mark.turn + 1)
    marks[place] = mark
    return mark


def open_pair(place: str, truth: str, guess: str) -> None:
    """Open what was clicked, from a callback: a pair, or a class where both are the same."""
    mark: Mark = st.session_state[_STATE][place]
    mark.clicked = (truth, guess)
    if truth == guess:
        link.go(view="truth", truth=truth, which="all", page=1)
    else:
        link.go(view="pair", truth=truth, guess=guess, page=1)
