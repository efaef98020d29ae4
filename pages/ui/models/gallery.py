"""Gallery of the pictures whose guess changes, with the guesses of both models."""

import pandas as pd
import streamlit as st

from pages.ui.confusions.gallery import PAGE
from pages.ui.frame import components, link
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import pictures
from pages.ui.loaders.comparisons import Result
from pages.ui.models.selection import OUTCOMES, Selection
from xai_core.errors import PictureUnreadable
from xai_core.explain.wording import probability_text
from xai_core.labels import words
from xai_core.study.study import Study

BADGES = {
    "mended": ":green-badge[:material/check: Mended]",
    "broken": ":red-badge[:material/close: Broken]",
    "other mistake": ":gray-badge[Another mistake]",
}
"""Badge of each outcome. The icon tells the first two apart without their colours."""

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
    kind = "" if view.outcome == "all" else f", {OUTCOMES[view.outcome].lower()}"
    st.subheader(f"Pictures whose guess changes{kind}: {len(flips):,}", anchor="flips")
    if flips.empty:
        st.info(literal(_why_empty(found, view)), icon=":material/info:")
        return
    count = -(-len(flips) // PAGE)
    page = link.choice(
        "flips_page",
        range(1, count + 1),
        1,
        noun="page",
        hint=f"There {'is 1 page' if count == 1 else f'are {count:,} pages'}. Shown is the first.",
    )
    explained = link.requested("picture")
    with st.grid("auto", min_column_width=_CARD_PX):
        for _, row in flips.iloc[(page - 1) * PAGE : page * PAGE].iterrows():
            with st.container(gap="xsmall"):
                _draw_card(study, row, is_explained=row["image_id"] == explained)
    if count > 1:
        st.pagination(count, default=page, key="flips_page", on_change=link.clear_notes)
    st.caption("The most confident guesses of the second model come first. Percentages are the models' probabilities.")


def _draw_card(study: Study, row: pd.Series, *, is_explained: bool) -> None:
    image_id = str(row["image_id"])
    name = components.picture_name(image_id)
    alt = f"{name}, {words(row['before'])} before and {words(row['after'])} after"
    try:
        st.image(pictures.thumbnail(study, image_id), width="stretch", alt=alt)
    except PictureUnreadable as fault:
        st.caption(literal(fault.sentence))
    st.markdown(BADGES[row["outcome"]])
    st.caption(
        f"true class: {literal_words(row['truth'])}  \n"
        f"before: {literal_words(row['before'])} {probability_text(row['p_before'])}  \n"
        f"after: {literal_words(row['after'])} {probability_text(row['p_after'])}"
    )
    if is_explained:
        st.caption(":material/arrow_upward: [explained above](#explained)")
    else:
        st.button(
            "Explain by both",
            key=f"flip {image_id}",
            type="tertiary",
            icon=":material/lightbulb:",
            on_click=link.go,
            kwargs={"picture": image_id},
        )


def _why_empty(found: Result, view: Selection) -> str:
    names = f"{found.comparison.before} and {found.comparison.after}"
    if found.comparison.changes.flips().empty:
        return f"{names} have the same guess for every picture."
    if view.outcome != "all":
        return f"No picture of this choice has this kind of change. Choose “{OUTCOMES['all']}” to see the others."
    if view.scope == "pair":
        return f"No guess changes for {words(view.truth)} taken for {words(view.guess)}."
    return f"{names} have the same guess for every picture of {words(view.truth)}."
