"""Gallery of the pictures whose guess changes, with the guesses of both models."""

import pandas as pd
import streamlit as st

from pages.ui.confusions.gallery import PAGE
from pages.ui.frame import components, link
from pages.ui.frame.plain_text import fault_text, literal, literal_words
from pages.ui.loaders import pictures
from pages.ui.loaders.comparisons import Result
from pages.ui.models.selection import OUTCOMES, Selection
from xai_core.errors import PictureUnreadable
from xai_core.explain.wording import probability_text
from xai_core.labels import words
from xai_core.language import mark, tr, tr_n
from xai_core.study.study import Study

BADGES = {
    "mended": mark(":green-badge[:material/check: Mended]"),
    "broken": mark(":red-badge[:material/close: Broken]"),
    "other mistake": mark(":gray-badge[Another mistake]"),
}
"""Badge of each outcome, in English. The icon tells the first two apart without their colours."""

_CARD_PX = 150


def draw_gallery(study: Study, found: Result, view: Selection, flips: pd.DataFrame) -> None:
    """Draw the changed guesses of a selection, one page at a time.

    Parameters
    ----------
    study
        The first study, whose pictures are shown.
    found, view
        The comparison, and what is shown of it.
    flips
        From `selection.flips`.
    """
    if view.scope == "pair" and not view.is_pair:
        return
    if view.outcome == "all":
        title = tr("Pictures whose guess changes: {number:,}", number=len(flips))
    else:
        kind = tr(OUTCOMES[view.outcome]).lower()
        title = tr("Pictures whose guess changes, {kind}: {number:,}", kind=kind, number=len(flips))
    st.subheader(title, anchor="flips")
    if flips.empty:
        st.info(literal(_why_empty(found, view)), icon=":material/info:")
        return
    count = -(-len(flips) // PAGE)
    page = link.choice(
        "flips_page",
        range(1, count + 1),
        1,
        noun=tr("page"),
        hint=tr_n(
            "There is {number:,} page. Shown is the first.", "There are {number:,} pages. Shown is the first.", count
        ),
    )
    explained = link.requested("picture")
    with st.grid("auto", min_column_width=_CARD_PX):
        for _, row in flips.iloc[(page - 1) * PAGE : page * PAGE].iterrows():
            with st.container(gap="xsmall"):
                _draw_card(study, row, is_explained=row["image_id"] == explained)
    if count > 1:
        st.pagination(count, default=page, key="flips_page", on_change=link.clear_notes)
    st.caption(
        tr("The most confident guesses of the second model come first. Percentages are the models' probabilities.")
    )


def _draw_card(study: Study, row: pd.Series, *, is_explained: bool) -> None:
    image_id = str(row["image_id"])
    alt = tr(
        "{picture}, {before} before and {after} after",
        picture=components.picture_name(image_id),
        before=words(row["before"]),
        after=words(row["after"]),
    )
    try:
        st.image(pictures.thumbnail(study, image_id), width="stretch", alt=alt)
    except PictureUnreadable as fault:
        st.caption(fault_text(fault))
    st.markdown(tr(BADGES[row["outcome"]]))
    before, after = (f"{literal_words(row[when])} {probability_text(row[f'p_{when}'])}" for when in ("before", "after"))
    lines = (
        tr("true class: {name}", name=literal_words(row["truth"])),
        tr("before: {answer}", answer=before),
        tr("after: {answer}", answer=after),
    )
    st.caption("  \n".join(lines))
    if is_explained:
        st.caption(f":material/arrow_upward: [{tr('explained above')}](#explained)")
    else:
        st.button(
            tr("Explain by both"),
            key=f"flip {image_id}",
            type="tertiary",
            icon=":material/lightbulb:",
            on_click=link.go,
            kwargs={"picture": image_id},
        )


def _why_empty(found: Result, view: Selection) -> str:
    before, after = found.comparison.before, found.comparison.after
    if found.comparison.changes.flips().empty:
        return tr("{before} and {after} have the same guess for every picture.", before=before, after=after)
    if view.outcome != "all":
        return tr(
            "No picture of this choice has this kind of change. Choose “{option}” to see the others.",
            option=tr(OUTCOMES["all"]),
        )
    truth = words(view.truth)
    if view.scope == "pair":
        return tr("No guess changes for {truth} taken for {guess}.", truth=truth, guess=words(view.guess))
    return tr(
        "{before} and {after} have the same guess for every picture of {truth}.",
        before=before,
        after=after,
        truth=truth,
    )
