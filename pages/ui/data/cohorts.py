"""Groups of classes and cohorts by metadata, with their figures, their pairs and their pictures."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from pages.ui.access import visitors
from pages.ui.confusions import selection_mark
from pages.ui.data import picture_list
from pages.ui.frame import account, address_bar, choices, components, link
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import cohorts as loader
from xai_core.confusions import confusion
from xai_core.errors import XaiError
from xai_core.labels import words
from xai_core.study.selection.cohort import Cohort
from xai_core.study.study import Study

ALL = "*"
"""Value of the parameters for all classes, all pictures and no column."""

TYPED = "*typed"
"""Value of the parameter `group` for classes that the reader has typed."""

_BOX_PX = 260
_PAIRS = 10
_WIDGET = "cohorts_table"


def draw_cohorts(study: Study) -> None:
    """Draw the choice of a cohort, the figures of all groups, and the pairs and pictures of the chosen one."""
    st.subheader("Which groups does the model recognise worst?", anchor="groups")
    try:
        groups = loader.groups(study)
    except XaiError as fault:
        components.show_error(fault)
        groups = {}
    cohort, column = _choose(study, groups)
    metadata = loader.metadata(study)
    rows = cohort.rows(study.table, metadata)
    name = f"values of {literal(column)}" if column != ALL else "groups"
    figures = loader.figures(study, groups, cohort, None if column == ALL else column)
    st.markdown(f"**The {name}**, the lowest accuracy first. **Click a line** to see its pictures.")
    _draw_table(figures, column)
    if metadata is None:
        st.caption(
            f"Columns of your own, such as camera or date, become filters here: `cohorts {study.name} --metadata FILE` "
            "reads a CSV file with the column image_id."
        )
    seen = confusion.readable(rows)
    if seen.empty:
        st.info("No picture that can be read is in this cohort.", icon=":material/info:")
        return
    _draw_pairs(seen)
    picture_list.draw_list(study, seen, "cohort")


def _choose(study: Study, groups: dict[str, tuple[str, ...]]) -> tuple[Cohort, str]:
    labels = sorted(study.table["truth"].unique())
    metadata = loader.metadata(study)
    columns = loader.columns(study)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {ALL: "All classes", TYPED: "Classes of your choice"} | {
            name: words(name).capitalize() for name in groups
        }
        group = choices.box(
            "group",
            names,
            "Classes",
            noun="group",
            hint="Shown are all classes.",
            vanishes=True,
            on_change=_first_page,
            width=_BOX_PX,
        )
        classes = groups.get(group, ())
        if group == TYPED:
            classes = _typed(labels)
        column, where = ALL, {}
        if metadata is not None and columns:
            titles = {ALL: "Nothing"} | {name: name for name in columns}
            column = choices.box("column", titles, "Divide by", noun="column", hint="Shown is none.", width=_BOX_PX)
            if column != ALL:
                known = {value or loader.NO_VALUE: value for value in sorted(metadata[column].unique())}
                values = {ALL: "All"} | {name: name for name in known}
                value = choices.box(
                    "value", values, "Only", noun="value", hint="Shown are all.", on_change=_first_page, width=_BOX_PX
                )
                where = {} if value == ALL else {column: known[value]}
    if group == TYPED and classes:
        _draw_saving(classes)
    return Cohort(classes, where), column


def _typed(labels: list[str]) -> tuple[str, ...]:
    asked = list(dict.fromkeys(name for name in (link.requested("classes") or "").split(",") if name))
    known = [label for label in asked if label in labels]
    text = address_bar.url_text(known)
    picked = link.choice(
        "classes",
        {text: known} if known == asked else {},
        known,
        noun="classes",
        hint="Classes are separated by commas.",
    )
    st.multiselect("Type classes", labels, picked, key="classes", format_func=words, on_change=_first_page)
    return tuple(picked)


def _draw_saving(classes: tuple[str, ...]) -> None:
    if account.draw_why_not("judge"):
        return
    with st.popover("Save as a group", icon=":material/bookmark_add:"), st.form("save_group", border=False):
        st.text_input("Name", key="group_name", max_chars=40)
        st.caption("Saved groups are kept beside the studies, and everybody sees them.")
        st.form_submit_button("Save", key="group_save", type="primary", on_click=_save, args=(classes,))
    if fault := st.session_state.pop(_TROUBLE, None):
        components.show_error(fault)


def _save(classes: tuple[str, ...]) -> None:
    name = str(st.session_state["group_name"]).strip()
    try:
        visitors.require("judge")
        loader.save_group(name, classes)
    except XaiError as fault:
        st.session_state[_TROUBLE] = fault
        return
    link.go(group=name, cohort=1)
    st.toast(f"Saved the group {name}.", icon=":material/bookmark_add:")


def _first_page() -> None:
    link.go(cohort=1)


def _draw_table(figures: pd.DataFrame, column: str) -> None:
    opened = link.requested("group" if column == ALL else "value") or ALL
    mark = selection_mark.current_mark(_WIDGET, (opened, column))
    shown = figures.assign(
        cohort=[words(name) for name in figures["cohort"]],
        accuracy=100 * figures["accuracy"],
        interval=[f"{row['low']:.0%} to {row['high']:.0%}" for row in figures.to_dict("records")],
        within=100 * figures["mistakes_within"],
        pair=[_pair_text(row) for row in figures.to_dict("records")],
    )
    selection_mark.draw_table(
        mark,
        shown,
        figures.index[figures["cohort"] == (loader.ALL_OF_THESE if opened == ALL else opened)],
        lambda number: _open(str(figures["cohort"].iloc[number]), column),
        columns=_COLUMNS,
        alt="Groups by accuracy",
    )


def _pair_text(row: Mapping[Any, Any]) -> str:
    return f"{words(row['truth'])} taken for {words(row['guess'])} ({row['pair_count']:,})" if row["pair_count"] else ""


def _open(name: str, column: str) -> None:
    chosen = ALL if name == loader.ALL_OF_THESE else name
    selection_mark.remember_click(_WIDGET, chosen, column)
    link.go(cohort=1, **{"group" if column == ALL else "value": chosen})


def _draw_pairs(seen: pd.DataFrame) -> None:
    ranked = confusion.pairs(seen)
    wrong = int((seen["truth"] != seen["guess"]).sum())
    st.markdown(f"**{len(seen):,} pictures**, {1 - wrong / len(seen):.1%} of them right.")
    if ranked.empty:
        return
    with st.expander(f"Its most frequent pairs, {len(ranked):,} in all", icon=":material/compare_arrows:"):
        for row in ranked.head(_PAIRS).to_dict("records"):
            st.markdown(
                f"{literal_words(row['truth'])} taken for {literal_words(row['guess'])}: {row['count']:,} "
                f"({row['share']:.0%} of the class here)"
            )


_TROUBLE = "_group_trouble"
_COLUMNS = {
    "cohort": st.column_config.TextColumn("Group"),
    "pictures": st.column_config.NumberColumn("Pictures", format="localized"),
    "accuracy": st.column_config.NumberColumn("Right", format="%.1f%%"),
    "interval": st.column_config.TextColumn("95% interval", help="Wilson (1927)."),
    "within": st.column_config.NumberColumn(
        "Mistakes within",
        format="%.0f%%",
        help="Share of the mistakes whose guess is a class of the group too. The others lead out of the group.",
    ),
    "pair": st.column_config.TextColumn("Most frequent mistake"),
}
"""Columns of the table, in this order."""
