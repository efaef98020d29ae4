"""Photographs that come twice in a study, as groups of cards."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.data import cards
from pages.ui.frame import link
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import picture_data, studies
from xai_core.study.pictures.duplicates import Duplicates
from xai_core.study.study import Study
from xai_core.texts import counted

PAGE = 6
"""Groups on a page."""

MOST = 12
"""Pictures of a group that are shown."""


def draw_copies(study: Study, found: Duplicates) -> None:
    """Draw the groups of duplicates, those with different labels first."""
    st.subheader("Which photographs come twice?", anchor="duplicates")
    if not found.by_embedding:
        st.info(
            "This study has no embeddings. Only equal files and similar perceptual hashes were compared, which miss "
            "many crops and mirror images.",
            icon=":material/info:",
        )
    if not found.groups:
        st.markdown(f"None of {counted(found.pictures, 'picture')} comes twice.")
        return
    differing = sum(len(_labels(study, group)) > 1 for group in found.groups)
    extra = sum(len(group) - 1 for group in found.groups)
    st.markdown(
        f"**{counted(len(found.groups), 'photograph')}** "
        f"{'comes' if len(found.groups) == 1 else 'come'} more than once, as equal files, crops, mirror images or "
        f"files that were encoded again. {counted(extra, 'picture')} of {found.pictures:,} "
        f"{'adds' if extra == 1 else 'add'} nothing new, and a figure on this study counts "
        f"{'it' if extra == 1 else 'them'} all the same."
        + (
            f" **{differing:,} with different labels**: at least one label is wrong, unless both are seen."
            if differing
            else ""
        )
    )
    all_figures, once = studies.figures(study), picture_data.distinct_summary(study)
    st.markdown(
        f"With each photograph counted once, **{once.top1:.1%}** of {once.pictures - once.unreadable:,} pictures are "
        f"right (of all {all_figures.pictures - all_figures.unreadable:,}: {all_figures.top1:.1%})."
    )
    count = -(-len(found.groups) // PAGE)
    page = link.choice("copies", range(1, count + 1), 1, noun="page of copies", hint="Shown is the first.")
    for group in found.groups[(page - 1) * PAGE : page * PAGE]:
        _draw_group(study, found, group)
    if count > 1:
        st.pagination(count, default=page, key="copies", on_change=link.clear_notes)


def _draw_group(study: Study, found: Duplicates, group: Sequence[str]) -> None:
    labels = _labels(study, group)
    with st.container(border=True):
        what = "Equal files" if found.kind(group) == "same file" else "The same photograph"
        if len(labels) > 1:
            names = " and ".join(literal_words(label) for label in labels)
            st.markdown(f":material/warning: **{what}, different labels: {names}**")
        else:
            st.markdown(f"{what}, {counted(len(group), 'picture')}")
        mirrored = set(found.pairs.loc[found.pairs["mirrored"] & found.pairs["second"].isin(group), "second"])
        with st.grid("auto", min_column_width=cards.CARD_PX):
            for image_id in group[:MOST]:
                with st.container(gap="xsmall"):
                    note = literal(image_id) + (", mirrored" if image_id in mirrored else "")
                    cards.draw_card(study, study.row(image_id), note)
        if len(group) > MOST:
            st.caption(f"{len(group) - MOST:,} more are not shown.")


def _labels(study: Study, group: Sequence[str]) -> list[str]:
    return sorted({str(study.row(image_id)["truth"]) for image_id in group})
