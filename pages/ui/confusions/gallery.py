"""Gallery of the pictures in a view, with filters and pages."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.ui.confusions import bulk
from pages.ui.confusions.views import View
from pages.ui.frame import choices, components, link, navigation, step_buttons
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.picture import verdicts
from xai_core.confusions import confusion
from xai_core.explain.wording import probability_text
from xai_core.labels import words
from xai_core.language import mark, tr, tr_all, tr_n
from xai_core.study.study import Study
from xai_core.texts import counted, listed
from xai_core.verdicts import verdict as verdicts_verdict

PAGE = 20
"""Pictures on a page of the gallery."""

_NAMES = {
    "pair": {"wrong": mark("{truth} taken for {guess}")},
    "truth": {
        "all": "{truth}",
        "wrong": mark("{truth} taken for something else"),
        "right": mark("{truth} recognised"),
    },
    "guess": {
        "all": mark("called {guess}"),
        "wrong": mark("wrongly called {guess}"),
        "right": mark("rightly called {guess}"),
    },
}
_WHY_EMPTY = {
    "pair": {"wrong": mark("No picture of {truth} was taken for {guess}.")},
    "truth": {
        "all": mark("There is no picture of {truth} that can be read."),
        "wrong": mark("No picture of {truth} was taken for anything else."),
        "right": mark("No picture of {truth} was recognised."),
    },
    "guess": {
        "all": mark("No picture was called {guess}."),
        "wrong": mark("No picture was wrongly called {guess}."),
        "right": mark("No picture was rightly called {guess}."),
    },
}

_SORTS = {
    "confident": mark("Most confident first"),
    "loss": mark("Highest loss first"),
    "narrow": mark("Smallest margin first"),
    "name": mark("By name"),
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
            tr("Confidence, percent"),
            help_text=tr("Probability that the model gave to its guess."),
            on_change=link.go_to_first_page,
        )
        margin = choices.percent_range(
            "margin", tr("Margin, percentage points"), help_text=tr(_MARGIN), on_change=link.go_to_first_page
        )
        verdict = verdicts.choose_verdict_filter(link.go_to_first_page)
        sort = choices.box(
            "sort",
            tr_all(_SORTS),
            tr("Order"),
            noun=tr("order of pictures"),
            hint=tr("There are {names}.", names=listed(_SORTS)),
            help_text=tr(_ORDER),
            on_change=link.go_to_first_page,
        )
    return Filters(confidence, margin, verdict, sort)


def draw_gallery(study: Study, view: View) -> None:
    """Draw the pictures of a view with their filters, one page at a time."""
    if view.kind == "pair" and view.truth == view.guess:
        st.info(tr("Pick two different classes to see a confusion."), icon=":material/info:")
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
        sentence = (
            tr("None of the {pictures} passes the filters for confidence, margin and verdict.", pictures=count)
            if filters.verdict
            else tr("None of the {pictures} passes the filters for confidence and margin.", pictures=count)
        )
        st.info(sentence, icon=":material/filter_alt_off:")
    else:
        _draw_page(study, shown, judging=bulk.choose_mode())
        st.caption(
            tr(
                "Percentages are the probabilities of the guess and of the true class. The rank is the position of the "
                "true class by probability."
            )
        )
    verdicts.draw_download(study, standing)


def _share(percents: tuple[int, int]) -> tuple[float, float]:
    return percents[0] / 100, percents[1] / 100


def _heading(view: View, shown: int, found: int) -> str:
    name = tr(_NAMES[view.kind][view.which], truth=words(view.truth), guess=words(view.guess))
    name, count = f"{name[0].upper()}{name[1:]}", counted(found, "picture")
    if shown == found:
        return tr("{name}: {pictures}", name=name, pictures=count)
    return tr("{name}: {number:,} of {pictures}", name=name, number=shown, pictures=count)


def _why_empty(view: View) -> str:
    return tr(_WHY_EMPTY[view.kind][view.which], truth=words(view.truth), guess=words(view.guess))


def _note_unreadable(study: Study, view: View) -> None:
    """Say how many pictures of the class cannot be read."""
    if view.kind == "truth":
        unreadable = (study.table["truth"] == view.truth) & (study.table["unreadable"] != "")
        if count := int(unreadable.sum()):
            st.caption(
                tr(
                    "Not shown, because they cannot be read: {pictures} of this class.",
                    pictures=counted(count, "picture"),
                )
            )


def _draw_page(study: Study, shown: pd.DataFrame, *, judging: bool) -> None:
    count = -(-len(shown) // PAGE)
    page = link.choice(
        "page",
        range(1, count + 1),
        1,
        noun=tr("page"),
        hint=tr_n("There is 1 page. Shown is the first.", "There are {number:,} pages. Shown is the first.", count),
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
            step_buttons.draw_steps("gallery", "page", numbers, page - 1, labels=(tr("Previous page"), tr("Next page")))


def _draw_card(study: Study, row: pd.Series) -> None:
    components.draw_thumbnail(study, row)
    verdicts.draw_badge(row)
    wrong = row["truth"] != row["guess"]
    truth = (
        tr(
            "{truth} {probability}, rank {rank}",
            truth=literal_words(row["truth"]),
            probability=probability_text(row["p_truth"]),
            rank=row["rank_of_truth"],
        )
        if wrong
        else tr("right, rank 1")
    )
    st.caption(f"{literal_words(row['guess'])} {probability_text(row['p_guess'])}  \n{truth}")
    with st.container(horizontal=True, gap="xsmall"):
        if wrong:
            navigation.compare_link(row)
        navigation.explain_link(row)


_FILTER_PX = 180
_CARD_PX = 150
_MARGIN = mark("Probability of the guess minus that of the next class. A small margin is a close decision.")
_ORDER = mark(
    "Most confident mistakes: mistakes before right answers, the most probable guess first. Highest loss: the true "
    "class with the lowest probability first. Smallest margin: the closest decisions first."
)
