"""The pictures of a pair or of a class, to choose, to filter and to go through; each leads on."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.ui import components, link
from xai_core import confusion
from xai_core.labels import words
from xai_core.study import Study

PAGE = 20
"""Pictures on a page of the gallery."""

VIEWS = {"pair": "A confusion", "truth": "All of a class", "guess": "All called so"}
"""What a gallery shows, and what the choice of it is called."""

WHICH = {"all": "All", "wrong": "Wrong", "right": "Right"}

_SORTS = {
    "confident": "surest mistakes first",
    "loss": "highest loss first",
    "narrow": "narrowest lead first",
    "name": "by name",
}
_PERCENTS = {f"{low},{high}": (low, high) for low in range(101) for high in range(low, 101)}
_WHOLE = (0, 100)


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at.

    Attributes
    ----------
    kind
        `pair`, `truth` (pictures of a class) or `guess` (pictures that are called so).
    truth, guess
        Classes; the one that does not matter is the last that did.
    """

    kind: str
    truth: str
    guess: str

    @property
    def opened(self) -> tuple[str, str]:
        """The cell of the matrix that this is."""
        named = {"pair": (self.truth, self.guess), "truth": (self.truth,) * 2, "guess": (self.guess,) * 2}
        return named[self.kind]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which pictures of the view are shown, and in which order.

    Attributes
    ----------
    which
        `wrong`, `right` or `all`.
    confidence, margin
        Lowest and highest, in percent.
    sort
        One of `confusion.SORTS`.
    """

    which: str
    confidence: tuple[int, int]
    margin: tuple[int, int]
    sort: str


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
    return View(kind, truth, guess)


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
            on_change=_from_the_first,
        )
        if view.kind != "guess":
            st.selectbox(
                "True class",
                truths,
                truths.index(view.truth),
                key="truth",
                format_func=words,
                on_change=_another_truth if view.kind == "pair" else _from_the_first,
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
                on_change=_from_the_first,
                width=_CLASS_PX,
            )


def _another_truth(ranked: pd.DataFrame) -> None:
    truth, guess = st.session_state["truth"], st.session_state["guess"]
    known = ((ranked["truth"] == truth) & (ranked["guess"] == guess)).any()
    link.go(truth=truth, guess=guess if known else _commonest(ranked, truth), page=1)


def _from_the_first() -> None:
    """Other pictures begin on their first page."""
    link.go(page=1)


def filters(view: View) -> Filters:
    """The row of filters."""
    with st.grid("auto", min_column_width=_FILTER_PX, gap="medium"):
        which = "wrong" if view.kind == "pair" else _which()
        confidence = _percents("conf", "Confidence, percent", "The probability that the model gave its guess.")
        margin = _percents("margin", "Lead over the next class, points", _MARGIN)
        sort = _sort()
    return Filters(which, confidence, margin, sort)


def _which() -> str:
    which = link.choice(
        "which", {each: each for each in WHICH}, "all", what="choice of pictures", hint="It is all, wrong or right."
    )
    st.segmented_control(
        "Answers",
        list(WHICH),
        default=which,
        required=True,
        key="which",
        format_func=WHICH.__getitem__,
        on_change=_from_the_first,
    )
    return which


def _percents(key: str, name: str, told: str) -> tuple[int, int]:
    chosen = link.choice(
        key, _PERCENTS, _WHOLE, what="range of percents", hint="It is of the form 20,90. Shown is all."
    )
    st.slider(name, 0, 100, chosen, key=key, on_change=_from_the_first, help=told)
    return chosen


def _sort() -> str:
    sort = link.choice(
        "sort",
        {each: each for each in _SORTS},
        "confident",
        what="order of pictures",
        hint=f"There are {', '.join(_SORTS)}.",
    )
    st.selectbox(
        "Order",
        list(_SORTS),
        list(_SORTS).index(sort),
        key="sort",
        format_func=lambda each: _SORTS[each].capitalize(),
        on_change=_from_the_first,
        help=_ORDER,
    )
    return sort


def show(study: Study, view: View) -> None:
    """The pictures of a view, with their filters, page by page."""
    if view.kind == "pair" and view.truth == view.guess:
        st.info("Pick two different classes to see a confusion.", icon=":material/info:")
        return
    heading = st.container()
    wanted = filters(view)
    everything = confusion.gallery(
        study.table,
        truth=None if view.kind == "guess" else view.truth,
        guess=None if view.kind == "truth" else view.guess,
        which=wanted.which,
        sort=wanted.sort,
    )
    shown = confusion.gallery(
        everything,
        which="all",
        confidence=_share(wanted.confidence),
        margin=_share(wanted.margin),
        sort=wanted.sort,
    )
    heading.subheader(_heading(view, wanted.which, len(shown), len(everything)), anchor="pictures")
    _lost(study, view)
    if everything.empty:
        st.info(_nothing(view, wanted.which), icon=":material/info:")
    elif shown.empty:
        st.info(
            f"None of the {components.counted(len(everything), 'picture')} has that confidence and that lead.",
            icon=":material/filter_alt_off:",
        )
    else:
        _pages(study, shown)


def _share(percents: tuple[int, int]) -> tuple[float, float]:
    return percents[0] / 100, percents[1] / 100


def _heading(view: View, which: str, shown: int, found: int) -> str:
    truth, guess = words(view.truth), words(view.guess)
    name = {
        "pair": {"wrong": f"{truth} taken for {guess}"},
        "truth": {"all": truth, "wrong": f"{truth} taken for something else", "right": f"{truth} recognised"},
        "guess": {"all": f"called {guess}", "wrong": f"wrongly called {guess}", "right": f"rightly called {guess}"},
    }[view.kind][which]
    count = components.counted(found, "picture")
    return f"{name[0].upper()}{name[1:]}: {count if shown == found else f'{shown:,} of {count}'}"


def _nothing(view: View, which: str) -> str:
    truth, guess = words(view.truth), words(view.guess)
    if view.kind == "pair":
        return f"No picture of {truth} was taken for {guess}."
    if view.kind == "guess":
        return f"No picture was {WHICH[which].lower() + 'ly ' if which != 'all' else ''}called {guess}."
    return {
        "all": f"There is no picture of {truth} that can be read.",
        "wrong": f"No picture of {truth} was taken for anything else.",
        "right": f"No picture of {truth} was recognised.",
    }[which]


def _lost(study: Study, view: View) -> None:
    """Tell of pictures that should be here and cannot be read."""
    if view.kind == "truth":
        unreadable = (study.table["truth"] == view.truth) & (study.table["unreadable"] != "")
        if lost := int(unreadable.sum()):
            st.caption(f"{components.counted(lost, 'picture')} of this class cannot be read and stays out.")


def _pages(study: Study, shown: pd.DataFrame) -> None:
    count = -(-len(shown) // PAGE)
    page = link.choice(
        "page",
        {str(each): each for each in range(1, count + 1)},
        1,
        what="page",
        hint=f"There {'is 1 page' if count == 1 else f'are {count:,}'}. Shown is the first.",
    )
    with st.grid("auto", min_column_width=_CARD_PX):
        for _, row in shown.iloc[(page - 1) * PAGE : page * PAGE].iterrows():
            with st.container(gap="xsmall"):
                _card(study, row)
    if count > 1:
        st.pagination(count, default=page, key="page", on_change=link.follow)


def _card(study: Study, row: pd.Series) -> None:
    components.thumbnail(study, row)
    wrong = row["truth"] != row["guess"]
    truth = f"{words(row['truth'])} {row['p_truth']:.0%}, rank {row['rank_of_truth']}" if wrong else "right, rank 1"
    st.caption(f"{words(row['guess'])} {row['p_guess']:.0%}  \n{truth}")
    with st.container(horizontal=True, gap="xsmall"):
        if wrong:
            components.compare_link(row)
        components.explain_link(row)


_CLASS_PX = 220
_FILTER_PX = 180
_CARD_PX = 150
_MARGIN = "How far the guess lies before the next class: a small lead is a narrow decision."
_ORDER = (
    "Surest mistakes first: by confidence, mistakes before right answers. Highest loss: the less probable the model "
    "found the truth, the earlier. Narrowest lead: those that were almost decided otherwise."
)
