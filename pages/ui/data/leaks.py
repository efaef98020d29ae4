"""Pictures that another study has too, such as test pictures among the training pictures."""

from typing import Any

import streamlit as st

from pages.ui.data import background_work, cards, copies, measuring
from pages.ui.frame import choices, components, link
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import picture_data, studies
from xai_core.errors import XaiError
from xai_core.language import tr, tr_n
from xai_core.study.pictures.leaks import Leaks
from xai_core.study.study import Study
from xai_core.texts import counted

PAGE = 6
"""Pairs on a page."""

_NONE = "none"
_BOX_PX = 300


def draw_leaks(study: Study) -> None:
    """Draw the choice of another study, and the pictures that both have."""
    others = [name for name in studies.study_names() if name != study.name]
    st.subheader(tr("Which pictures does another study have too?"), anchor="leaks")
    if not others:
        st.caption(
            tr(
                "If the training pictures are a study too (study create with --split train), test pictures that were "
                "trained on are found here."
            )
        )
        return
    name = choices.box(
        "against",
        {_NONE: tr("None")} | {other: other for other in others},
        tr("Compare with"),
        noun=tr("other study"),
        hint=tr("Shown is none."),
        help_text=tr("Test pictures that are among the training pictures make a model look better than it is."),
        vanishes=True,
        width=_BOX_PX,
    )
    if name == _NONE:
        return
    try:
        other = studies.open_study(name)
    except XaiError as fault:
        components.show_error(fault)
        return
    found = picture_data.leaks(study, other)
    if found is None:
        background_work.draw_work(
            study,
            picture_data.leaks_kind(other),
            measuring.TEXTS,
            lambda: picture_data.start_leaks(study, other),
        )
    else:
        _draw_found(study, other, found)


def _draw_found(study: Study, other: Study, found: Leaks) -> None:
    if not found.by_embedding:
        st.info(
            tr(
                "The two studies have no embeddings by one model. Only equal files and similar perceptual hashes were "
                "compared, which miss many crops and mirror images."
            ),
            icon=":material/info:",
        )
    st.markdown(
        tr_n(
            "**{number:,} of {pictures}** of {study} is in {other} too.",
            "**{number:,} of {pictures}** of {study} are in {other} too.",
            found.leaked,
            pictures=counted(found.pictures, "picture"),
            study=literal(study.name),
            other=literal(other.name),
        )
    )
    if found.pairs.empty:
        return
    leaked = study.table["image_id"].isin(found.pairs["first"]) & (study.table["unreadable"] == "")
    right = study.table["truth"] == study.table["guess"]
    rest = (study.table["unreadable"] == "") & ~leaked
    if rest.any():
        st.caption(
            tr(
                "Right among them: {leaked:.0%}; among all others: {others:.0%}.",
                leaked=right[leaked].mean(),
                others=right[rest].mean(),
            )
        )
    count = -(-len(found.pairs) // PAGE)
    page = link.choice(
        "leaks", range(1, count + 1), 1, noun=tr("page of common pictures"), hint=tr("Shown is the first.")
    )
    for pair in found.pairs.iloc[(page - 1) * PAGE : page * PAGE].to_dict("records"):
        _draw_pair(study, other, pair)
    if count > 1:
        st.pagination(count, default=page, key="leaks", on_change=link.clear_notes)


def _draw_pair(study: Study, other: Study, pair: dict[Any, Any]) -> None:
    mine, theirs = study.row(pair["first"]), other.row(pair["second"])
    with st.container(border=True):
        is_same_file = pair["kind"] == "same file"
        if mine["truth"] != theirs["truth"]:
            labels = (literal_words(mine["truth"]), literal_words(theirs["truth"]))
            copies.draw_label_warning(*labels, is_same_file=is_same_file)
        elif is_same_file:
            st.markdown(tr("Equal files, mirrored") if pair["mirrored"] else tr("Equal files"))
        else:
            st.markdown(tr("The same photograph, mirrored") if pair["mirrored"] else tr("The same photograph"))
        with st.grid("auto", min_column_width=cards.CARD_PX):
            for each, row in ((study, mine), (other, theirs)):
                with st.container(gap="xsmall"):
                    note = f"{literal(each.name)}: {literal(str(row['image_id']))}"
                    cards.draw_card(each, row, note, has_links=each is study)
