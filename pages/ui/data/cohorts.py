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
from xai_core.language import tr
from xai_core.study.selection.cohort import Cohort
from xai_core.study.selection.groups import NAME_LENGTH, group_words
from xai_core.study.study import Study

ALL = loader.ALL

TYPED = "*typed"
"""Value of the parameter `group` for classes that the reader has typed."""

_BOX_PX = 260
_PAIRS = 10
_WIDGET = "cohorts_table"


def draw_cohorts(study: Study) -> None:
    """Draw the choice of a cohort, the figures of all groups, and the pairs and pictures of the chosen one."""
    st.subheader(tr("Which groups does the model recognise worst?"), anchor="groups")
    try:
        groups = loader.groups(study)
    except XaiError as fault:
        components.show_error(fault)
        groups = {}
    cohort, column = _choose(study, groups)
    metadata = loader.metadata(study)
    rows = cohort.rows(study.table, metadata)
    figures = loader.figures(study, groups, cohort, column)
    st.markdown(
        tr("**The groups**, the lowest accuracy first. **Click a line** to see its pictures.")
        if column is None
        else tr(
            "**The values of {column}**, the lowest accuracy first. **Click a line** to see its pictures.",
            column=literal(column),
        )
    )
    _draw_table(figures, column)
    if loader.is_damaged(study):
        st.warning(
            tr(
                "The metadata of this study are damaged and are left out. Read them from their file again: "
                "`cohorts {study} --metadata FILE`.",
                study=study.name,
            ),
            icon=":material/warning:",
        )
    elif metadata is None:
        st.caption(
            tr(
                "Columns of your own, such as camera or date, become filters here: `cohorts {study} --metadata FILE` "
                "reads a CSV file with the column image_id.",
                study=study.name,
            )
        )
    seen = confusion.readable(rows)
    if seen.empty:
        st.info(tr("No picture that can be read is in this cohort."), icon=":material/info:")
        return
    _draw_pairs(seen)
    picture_list.draw_list(study, seen, "cohort")


def _choose(study: Study, groups: dict[str, tuple[str, ...]]) -> tuple[Cohort, str | None]:
    labels = sorted(study.table["truth"].unique())
    metadata = loader.metadata(study)
    columns = loader.columns(study)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {ALL: tr("All classes"), TYPED: tr("Classes of your choice")} | {
            name: group_words(name).capitalize() for name in groups
        }
        group = choices.box(
            "group",
            names,
            tr("Classes"),
            noun=tr("group"),
            hint=tr("Shown are all classes."),
            vanishes=True,
            on_change=_first_page,
            width=_BOX_PX,
        )
        classes = groups.get(group, ())
        if group == TYPED:
            classes = _typed(labels)
        column: str | None = None
        where: dict[str, str] = {}
        if metadata is not None and columns:
            named = {loader.value_name(name): name for name in columns}
            titles = {ALL: tr("Nothing")} | {name: name for name in named}
            chosen = choices.box(
                "column", titles, tr("Divide by"), noun=tr("column"), hint=tr("Shown is none."), width=_BOX_PX
            )
            if chosen != ALL:
                column = named[chosen]
                known = {loader.value_name(value): value for value in sorted(metadata[column].unique())}
                values = {ALL: tr("All")} | {name: tr(name) if name == loader.NO_VALUE else name for name in known}
                value = choices.box(
                    "value",
                    values,
                    tr("Only"),
                    noun=tr("value"),
                    hint=tr("Shown are all."),
                    on_change=_first_page,
                    width=_BOX_PX,
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
        noun=tr("classes"),
        hint=tr("Classes are separated by commas."),
    )
    st.multiselect(tr("Type classes"), labels, picked, key="classes", format_func=words, on_change=_first_page)
    return tuple(picked)


def _draw_saving(classes: tuple[str, ...]) -> None:
    if account.draw_why_not("judge"):
        return
    with st.popover(tr("Save as a group"), icon=":material/bookmark_add:"), st.form("save_group", border=False):
        st.text_input(tr("Name"), key="group_name", max_chars=NAME_LENGTH)
        st.checkbox(tr("Replace a saved group of this name"), key="group_replaces")
        st.caption(tr("Saved groups are kept beside the studies, and everybody sees them."))
        st.form_submit_button(tr("Save"), key="group_save", type="primary", on_click=_save, args=(classes,))
    if fault := st.session_state.pop(_TROUBLE, None):
        components.show_error(fault)


def _save(classes: tuple[str, ...]) -> None:
    name = str(st.session_state["group_name"]).strip()
    try:
        visitors.require("judge")
        name = loader.save_group(name, classes, replaces=bool(st.session_state["group_replaces"]))
    except XaiError as fault:
        st.session_state[_TROUBLE] = fault
        return
    link.go(group=name, cohort=1)
    st.toast(tr("Saved the group {name}.", name=name), icon=":material/bookmark_add:")


def _first_page() -> None:
    link.go(cohort=1)


def _draw_table(figures: pd.DataFrame, column: str | None) -> None:
    opened = link.requested("group" if column is None else "value") or ALL
    mark = selection_mark.current_mark(_WIDGET, (opened, _name_of(column)))
    shown = figures.assign(
        cohort=[_title_of(name, column) for name in figures["cohort"]],
        accuracy=100 * figures["accuracy"],
        interval=[
            tr("{low:.0%} to {high:.0%}", low=row["low"], high=row["high"]) for row in figures.to_dict("records")
        ],
        within=100 * figures["mistakes_within"],
        pair=[_pair_text(row) for row in figures.to_dict("records")],
    )
    selection_mark.draw_table(
        mark,
        shown,
        figures.index[figures["cohort"] == (loader.ALL_OF_THESE if opened == ALL else opened)],
        lambda number: _open(str(figures["cohort"].iloc[number]), column),
        columns=_columns(),
        alt=tr("Groups by accuracy"),
    )


def _pair_text(row: Mapping[Any, Any]) -> str:
    if not row["pair_count"]:
        return ""
    return tr(
        "{truth} taken for {guess} ({number:,})",
        truth=words(row["truth"]),
        guess=words(row["guess"]),
        number=row["pair_count"],
    )


def _title_of(name: str, column: str | None) -> str:
    if name in (loader.ALL_OF_THESE, loader.NO_VALUE):
        return tr(name)
    return group_words(name) if column is None else words(name)


def _name_of(column: str | None) -> str:
    return ALL if column is None else loader.value_name(column)


def _open(name: str, column: str | None) -> None:
    chosen = ALL if name == loader.ALL_OF_THESE else name
    selection_mark.remember_click(_WIDGET, chosen, _name_of(column))
    link.go(cohort=1, **{"group" if column is None else "value": chosen})


def _draw_pairs(seen: pd.DataFrame) -> None:
    ranked = confusion.pairs(seen)
    wrong = int((seen["truth"] != seen["guess"]).sum())
    st.markdown(
        tr("**{number:,} pictures**, {share:.1%} of them right.", number=len(seen), share=1 - wrong / len(seen))
    )
    if ranked.empty:
        return
    with st.expander(
        tr("Its most frequent pairs, {number:,} in all", number=len(ranked)), icon=":material/compare_arrows:"
    ):
        for row in ranked.head(_PAIRS).to_dict("records"):
            st.markdown(
                tr(
                    "{truth} taken for {guess}: {number:,} ({share:.0%} of the class here)",
                    truth=literal_words(row["truth"]),
                    guess=literal_words(row["guess"]),
                    number=row["count"],
                    share=row["share"],
                )
            )


_TROUBLE = "_group_trouble"


def _columns() -> dict[str, Any]:
    """Return the columns of the table, in this order."""
    return {
        "cohort": st.column_config.TextColumn(tr("Group")),
        "pictures": st.column_config.NumberColumn(tr("Pictures"), format="localized"),
        "accuracy": st.column_config.NumberColumn(tr("Right"), format="%.1f%%"),
        "interval": st.column_config.TextColumn(tr("95% interval"), help="Wilson (1927)."),
        "within": st.column_config.NumberColumn(
            tr("Mistakes within"),
            format="%.0f%%",
            help=tr("Share of the mistakes whose guess is a class of the group too. The others lead out of the group."),
        ),
        "pair": st.column_config.TextColumn(tr("Most frequent mistake")),
    }
