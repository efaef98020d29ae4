"""Photographs that come twice in a study, as groups of cards."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.data import cards
from pages.ui.frame import link
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import picture_data, studies
from xai_core.language import tr, tr_n
from xai_core.study.pictures.duplicates import Duplicates
from xai_core.study.study import Study
from xai_core.texts import counted, paragraph

PAGE = 6
"""Groups on a page."""

MOST = 12
"""Pictures of a group that are shown."""


def draw_copies(study: Study, found: Duplicates) -> None:
    """Draw the groups of duplicates, those with different labels first."""
    st.subheader(tr("Which photographs come twice?"), anchor="duplicates")
    if not found.by_embedding:
        st.info(
            tr(
                "This study has no embeddings. Only equal files and similar perceptual hashes were compared, which "
                "miss many crops and mirror images."
            ),
            icon=":material/info:",
        )
    if not found.groups:
        st.markdown(tr("None of {pictures} comes twice.", pictures=counted(found.pictures, "picture")))
        return
    differing = sum(len(_labels(study, group)) > 1 for group in found.groups)
    extra = sum(len(group) - 1 for group in found.groups)
    repeated = tr_n(
        "**{photographs}** comes more than once, as equal files, crops, mirror images or files that were encoded "
        "again.",
        "**{photographs}** come more than once, as equal files, crops, mirror images or files that were encoded again.",
        len(found.groups),
        photographs=counted(len(found.groups), "photograph"),
    )
    nothing_new = tr_n(
        "{pictures} of {all:,} adds nothing new, and a figure on this study counts it all the same.",
        "{pictures} of {all:,} add nothing new, and a figure on this study counts them all the same.",
        extra,
        pictures=counted(extra, "picture"),
        all=found.pictures,
    )
    different = tr(
        "**{number:,} with different labels**: at least one label is wrong, unless both are seen.", number=differing
    )
    st.markdown(paragraph(repeated, nothing_new, different if differing else ""))
    all_figures, once = studies.figures(study), picture_data.distinct_summary(study)
    st.markdown(
        tr(
            "With each photograph counted once, **{once:.1%}** of {once_pictures:,} pictures are right (of all "
            "{all_pictures:,}: {all:.1%}).",
            once=once.top1,
            once_pictures=once.pictures - once.unreadable,
            all_pictures=all_figures.pictures - all_figures.unreadable,
            all=all_figures.top1,
        )
    )
    count = -(-len(found.groups) // PAGE)
    page = link.choice("copies", range(1, count + 1), 1, noun=tr("page of copies"), hint=tr("Shown is the first."))
    for group in found.groups[(page - 1) * PAGE : page * PAGE]:
        _draw_group(study, found, group)
    if count > 1:
        st.pagination(count, default=page, key="copies", on_change=link.clear_notes)


def _draw_group(study: Study, found: Duplicates, group: Sequence[str]) -> None:
    labels = _labels(study, group)
    with st.container(border=True):
        is_same_file = found.kind(group) == "same file"
        if len(labels) > 1:
            draw_label_warning(*map(literal_words, labels), is_same_file=is_same_file)
        else:
            pictures = counted(len(group), "picture")
            st.markdown(
                tr("Equal files, {pictures}", pictures=pictures)
                if is_same_file
                else tr("The same photograph, {pictures}", pictures=pictures)
            )
        mirrored = set(found.pairs.loc[found.pairs["mirrored"] & found.pairs["second"].isin(group), "second"])
        with st.grid("auto", min_column_width=cards.CARD_PX):
            for image_id in group[:MOST]:
                with st.container(gap="xsmall"):
                    name = literal(image_id)
                    note = tr("{picture}, mirrored", picture=name) if image_id in mirrored else name
                    cards.draw_card(study, study.row(image_id), note)
        if len(group) > MOST:
            st.caption(tr("{number:,} more are not shown.", number=len(group) - MOST))


def draw_label_warning(*labels: str, is_same_file: bool) -> None:
    """Draw the warning that one photograph has several labels, given as Markdown."""
    names = tr(" and ").join(labels)
    text = (
        tr("**Equal files, different labels: {labels}**", labels=names)
        if is_same_file
        else tr("**The same photograph, different labels: {labels}**", labels=names)
    )
    st.markdown(f":material/warning: {text}")


def _labels(study: Study, group: Sequence[str]) -> list[str]:
    return sorted({str(study.row(image_id)["truth"]) for image_id in group})
