"""The pictures of a view, to filter and to go through; each leads on."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.ui.confusions import views
from pages.ui.confusions.views import View
from pages.ui.frame import components, link, navigation
from pages.ui.picture import verdicts
from xai_core.confusions import confusion
from xai_core.labels import words
from xai_core.study.study import Study
from xai_core.verdicts import verdict as verdicts_verdict

PAGE = 20
"""Pictures on a page of the gallery."""

_SORTS = {
    "confident": "surest mistakes first",
    "loss": "highest loss first",
    "narrow": "narrowest lead first",
    "name": "by name",
}
_PERCENTS = {f"{low},{high}": (low, high) for low in range(101) for high in range(low, 101)}
_WHOLE = (0, 100)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which pictures of the view are shown, and in which order.

    Attributes
    ----------
    confidence, margin
        Lowest and highest, in percent.
    verdict
        What people said, see `xai_core.verdicts.verdict.only`; "" for all pictures.
    sort
        One of `confusion.SORTS`.
    """

    confidence: tuple[int, int]
    margin: tuple[int, int]
    verdict: str
    sort: str


def filters() -> Filters:
    """The row of filters; all of them together narrow the view."""
    with st.grid("auto", min_column_width=_FILTER_PX, gap="medium"):
        confidence = _percents("conf", "Confidence, percent", "The probability that the model gave its guess.")
        margin = _percents("margin", "Lead over the next class, points", _MARGIN)
        verdict = verdicts.wanted(link.from_the_first)
        sort = _sort()
    return Filters(confidence, margin, verdict, sort)


def _percents(key: str, name: str, told: str) -> tuple[int, int]:
    chosen = link.choice(
        key, _PERCENTS, _WHOLE, what="range of percents", hint="It is of the form 20,90. Shown is all."
    )
    st.slider(name, 0, 100, chosen, key=key, on_change=link.from_the_first, help=told)
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
        on_change=link.from_the_first,
        help=_ORDER,
    )
    return sort


def show(study: Study, view: View) -> None:
    """The pictures of a view, with their filters, page by page."""
    if view.kind == "pair" and view.truth == view.guess:
        st.info("Pick two different classes to see a confusion.", icon=":material/info:")
        return
    heading = st.container()
    wanted = filters()
    everything = confusion.gallery(
        study.table,
        truth=None if view.kind == "guess" else view.truth,
        guess=None if view.kind == "truth" else view.guess,
        which=view.which,
        sort=wanted.sort,
    )
    shown = confusion.gallery(
        everything,
        which="all",
        confidence=_share(wanted.confidence),
        margin=_share(wanted.margin),
        sort=wanted.sort,
    )
    marks = verdicts.marks(study)
    shown = verdicts_verdict.joined(
        verdicts_verdict.only(shown, marks, wanted.verdict) if wanted.verdict else shown, marks
    )
    heading.subheader(_heading(view, len(shown), len(everything)), anchor="pictures")
    if view.kind == "pair" and not everything.empty:
        with heading:
            navigation.evidence_link(view.truth, view.guess)
    _lost(study, view)
    if everything.empty:
        st.info(_nothing(view), icon=":material/info:")
    elif shown.empty:
        st.info(
            f"None of the {components.counted(len(everything), 'picture')} has that confidence"
            f"{', that lead and that verdict' if wanted.verdict else ' and that lead'}.",
            icon=":material/filter_alt_off:",
        )
    else:
        _pages(study, shown)
    verdicts.offer(study, marks)


def _share(percents: tuple[int, int]) -> tuple[float, float]:
    return percents[0] / 100, percents[1] / 100


def _heading(view: View, shown: int, found: int) -> str:
    truth, guess = words(view.truth), words(view.guess)
    name = {
        "pair": {"wrong": f"{truth} taken for {guess}"},
        "truth": {"all": truth, "wrong": f"{truth} taken for something else", "right": f"{truth} recognised"},
        "guess": {"all": f"called {guess}", "wrong": f"wrongly called {guess}", "right": f"rightly called {guess}"},
    }[view.kind][view.which]
    count = components.counted(found, "picture")
    return f"{name[0].upper()}{name[1:]}: {count if shown == found else f'{shown:,} of {count}'}"


def _nothing(view: View) -> str:
    truth, guess = words(view.truth), words(view.guess)
    if view.kind == "pair":
        return f"No picture of {truth} was taken for {guess}."
    if view.kind == "guess":
        return f"No picture was {views.WHICH[view.which].lower() + 'ly ' if view.which != 'all' else ''}called {guess}."
    return {
        "all": f"There is no picture of {truth} that can be read.",
        "wrong": f"No picture of {truth} was taken for anything else.",
        "right": f"No picture of {truth} was recognised.",
    }[view.which]


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
    verdicts.badge(row)
    wrong = row["truth"] != row["guess"]
    truth = f"{words(row['truth'])} {row['p_truth']:.0%}, rank {row['rank_of_truth']}" if wrong else "right, rank 1"
    st.caption(f"{words(row['guess'])} {row['p_guess']:.0%}  \n{truth}")
    with st.container(horizontal=True, gap="xsmall"):
        if wrong:
            navigation.compare_link(row)
        navigation.explain_link(row)


_FILTER_PX = 180
_CARD_PX = 150
_MARGIN = "How far the guess lies before the next class: a small lead is a narrow decision."
_ORDER = (
    "Surest mistakes first: by confidence, mistakes before right answers. Highest loss: the less probable the model "
    "found the truth, the earlier. Narrowest lead: those that were almost decided otherwise."
)
