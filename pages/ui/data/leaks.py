"""Pictures that another study has too, such as test pictures among the training pictures."""

from typing import Any

import streamlit as st

from pages.ui.data import background_work, cards, measuring
from pages.ui.frame import choices, components, link
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import picture_data, studies
from xai_core.errors import XaiError
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
    st.subheader("Which pictures does another study have too?", anchor="leaks")
    if not others:
        st.caption(
            "If the training pictures are a study too (study create with --split train), test pictures that were "
            "trained on are found here."
        )
        return
    name = choices.box(
        "against",
        {_NONE: "None"} | {other: other for other in others},
        "Compare with",
        noun="other study",
        hint="Shown is none.",
        help_text="Test pictures that are among the training pictures make a model look better than it is.",
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
            "The two studies have no embeddings by one model. Only equal files and similar perceptual hashes were "
            "compared, which miss many crops and mirror images.",
            icon=":material/info:",
        )
    st.markdown(
        f"**{found.leaked:,} of {counted(found.pictures, 'picture')}** of {literal(study.name)} "
        f"{'is' if found.leaked == 1 else 'are'} in {literal(other.name)} too."
    )
    if found.pairs.empty:
        return
    leaked = study.table["image_id"].isin(found.pairs["first"]) & (study.table["unreadable"] == "")
    right = study.table["truth"] == study.table["guess"]
    rest = (study.table["unreadable"] == "") & ~leaked
    if rest.any():
        st.caption(f"Right among them: {right[leaked].mean():.0%}; among all others: {right[rest].mean():.0%}.")
    count = -(-len(found.pairs) // PAGE)
    page = link.choice("leaks", range(1, count + 1), 1, noun="page of common pictures", hint="Shown is the first.")
    for pair in found.pairs.iloc[(page - 1) * PAGE : page * PAGE].to_dict("records"):
        _draw_pair(study, other, pair)
    if count > 1:
        st.pagination(count, default=page, key="leaks", on_change=link.clear_notes)


def _draw_pair(study: Study, other: Study, pair: dict[Any, Any]) -> None:
    mine, theirs = study.row(pair["first"]), other.row(pair["second"])
    with st.container(border=True):
        what = "Equal files" if pair["kind"] == "same file" else "The same photograph"
        if mine["truth"] != theirs["truth"]:
            names = f"{literal_words(mine['truth'])} and {literal_words(theirs['truth'])}"
            st.markdown(f":material/warning: **{what}, different labels: {names}**")
        else:
            st.markdown(what + (", mirrored" if pair["mirrored"] else ""))
        with st.grid("auto", min_column_width=cards.CARD_PX):
            for each, row in ((study, mine), (other, theirs)):
                with st.container(gap="xsmall"):
                    note = f"{literal(each.name)}: {literal(str(row['image_id']))}"
                    cards.draw_card(each, row, note, has_links=each is study)
