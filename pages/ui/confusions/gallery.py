"""Gallery of the pictures in a view, with filters and pages."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.ui.confusions import bulk, views
from pages.ui.confusions.views import View
from pages.ui.frame import choices, components, link, navigation, step_buttons
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.picture import verdicts
from xai_core.confusions import confusion
from xai_core.explain.wording import probability_text
from xai_core.labels import words
from xai_core.study.study import Study
from xai_core.texts import counted
from xai_core.verdicts import verdict as verdicts_verdict

PAGE = 20
"""Pictures on a page of the gallery."""

_SORTS = {
    "confident": "Most confident first",
    "loss": "Highest loss first",
    "narrow": "Smallest margin first",
    "name": "By name",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters and order of the pictures in a view.

    Attributes
    ----------
    confidence, margin
        Lowest and highest, in percent.
    verdict
        Verdict to look for, see `xai_core.verdicts.verdict.filtered`; "" for all pictures.
    sort
        One of `confusion.SORTS`.
    """

    confidence: tuple[int, int]
    margin: tuple[int, int]
    verdict: str
    sort: str


def choose_filters() -> Filters:
    """Draw the row of filters, and return the choice.

    A picture is shown if it passes all of them.
    """
    with st.grid("auto", min_column_width=_FILTER_PX, gap="medium"):
        confidence = choices.percent_range(
            "conf",
            "Confidence, percent",
            help_text="Probability that the model gave to its guess.",
            on_change=link.go_to_first_page,
        )
        margin = choices.percent_range(
            "margin", "Margin, percentage points", help_text=_MARGIN, on_change=link.go_to_first_page
        )
        verdict = verdicts.choose_verdict_filter(link.go_to_first_page)
        sort = choices.box(
            "sort",
            _SORTS,
            "Order",
            noun="order of pictures",
            hint=f"There are {', '.join(_SORTS)}.",
            help_text=_ORDER,
            on_change=link.go_to_first_page,
        )
    return Filters(confidence, margin, verdict, sort)


def draw_gallery(study: Study, view: View) -> None:
    """Draw the pictures of a view with their filters, one page at a time."""
    if view.kind == "pair" and view.truth == view.guess:
        st.info("Pick two different classes to see a confusion.", icon=":material/info:")
        return
    heading = st.container()
    filters = choose_filters()
    everything = confusion.gallery(
        study.table,
        truth=None if view.kind == "guess" else view.truth,
        guess=None if view.kind == "truth" else view.guess,
        which=view.which,
        sort=filters.sort,
    )
    shown = confusion.gallery(
        everything,
        which="all",
        confidence=_share(filters.confidence),
        margin=_share(filters.margin),
        sort=filters.sort,
    )
    standing = verdicts.standing_verdicts(study)
    shown = verdicts_verdict.with_verdicts(
        verdicts_verdict.filtered(shown, standing, filters.verdict) if filters.verdict else shown, standing
    )
    heading.subheader(literal(_heading(view, len(shown), len(everything))), anchor="pictures")
    if view.kind == "pair" and not everything.empty:
        with heading:
            navigation.evidence_link(view.truth, view.guess)
    _note_unreadable(study, view)
    if everything.empty:
        st.info(literal(_why_empty(view)), icon=":material/info:")
    elif shown.empty:
        count = counted(len(everything), "picture")
        names = "confidence, margin and verdict" if filters.verdict else "confidence and margin"
        st.info(f"None of the {count} passes the filters for {names}.", icon=":material/filter_alt_off:")
    else:
        _draw_page(study, shown, judging=bulk.choose_mode())
        st.caption(
            "Percentages are the probabilities of the guess and of the true class. The rank is the position of the "
            "true class by probability."
        )
    verdicts.draw_download(study, standing)


def _share(percents: tuple[int, int]) -> tuple[float, float]:
    return percents[0] / 100, percents[1] / 100


def _heading(view: View, shown: int, found: int) -> str:
    truth, guess = words(view.truth), words(view.guess)
    name = {
        "pair": {"wrong": f"{truth} taken for {guess}"},
        "truth": {"all": truth, "wrong": f"{truth} taken for something else", "right": f"{truth} recognised"},
        "guess": {"all": f"called {guess}", "wrong": f"wrongly called {guess}", "right": f"rightly called {guess}"},
    }[view.kind][view.which]
    count = counted(found, "picture")
    return f"{name[0].upper()}{name[1:]}: {count if shown == found else f'{shown:,} of {count}'}"


def _why_empty(view: View) -> str:
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


def _note_unreadable(study: Study, view: View) -> None:
    """Say how many pictures of the class cannot be read."""
    if view.kind == "truth":
        unreadable = (study.table["truth"] == view.truth) & (study.table["unreadable"] != "")
        if count := int(unreadable.sum()):
            st.caption(f"Not shown, because they cannot be read: {counted(count, 'picture')} of this class.")


def _draw_page(study: Study, shown: pd.DataFrame, *, judging: bool) -> None:
    count = -(-len(shown) // PAGE)
    page = link.choice(
        "page",
        range(1, count + 1),
        1,
        noun="page",
        hint=f"There {'is 1 page' if count == 1 else f'are {count:,} pages'}. Shown is the first.",
    )
    on_page = shown.iloc[(page - 1) * PAGE : page * PAGE]
    if judging:
        bulk.draw_bar(study, list(on_page["image_id"]))
    with st.grid("auto", min_column_width=_CARD_PX):
        for _, row in on_page.iterrows():
            with st.container(gap="xsmall"):
                _draw_card(study, row)
                if judging:
                    bulk.draw_selection(str(row["image_id"]))
    if count > 1:
        # In a row with the buttons it would have no room for the numbers of the pages.
        st.pagination(count, default=page, key="page", on_change=link.clear_notes)
        numbers = [str(number) for number in range(1, count + 1)]
        with st.container(horizontal=True):
            step_buttons.draw_steps("gallery", "page", numbers, page - 1, labels=("Previous page", "Next page"))


def _draw_card(study: Study, row: pd.Series) -> None:
    components.draw_thumbnail(study, row)
    verdicts.draw_badge(row)
    wrong = row["truth"] != row["guess"]
    truth = (
        f"{literal_words(row['truth'])} {probability_text(row['p_truth'])}, rank {row['rank_of_truth']}"
        if wrong
        else "right, rank 1"
    )
    st.caption(f"{literal_words(row['guess'])} {probability_text(row['p_guess'])}  \n{truth}")
    with st.container(horizontal=True, gap="xsmall"):
        if wrong:
            navigation.compare_link(row)
        navigation.explain_link(row)


_FILTER_PX = 180
_CARD_PX = 150
_MARGIN = "Probability of the guess minus that of the next class. A small margin is a close decision."
_ORDER = (
    "Most confident mistakes: mistakes before right answers, the most probable guess first. Highest loss: the true "
    "class with the lowest probability first. Smallest margin: the closest decisions first."
)
