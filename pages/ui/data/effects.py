"""Properties of the pictures against mistakes, as a table, a chart and the pictures at either end."""

import pandas as pd
import streamlit as st

from pages.ui.confusions import selection_mark
from pages.ui.data import cards, chart
from pages.ui.frame import choices, link
from pages.ui.frame.plain_text import literal_words
from pages.ui.loaders import picture_data
from pages.ui.maps.charts import NO_TOOLBAR
from xai_core.confusions.property_effects import PropertyEffects
from xai_core.data.properties import PROPERTIES
from xai_core.exports.spreadsheet import csv_file
from xai_core.labels import words
from xai_core.study.pictures import effect_words
from xai_core.study.study import Study
from xai_core.texts import counted

AT_END = 6
"""Pictures that are shown at either end."""

_WIDGET = "properties_table"
_BOX_PX = 280


def draw_effects(study: Study, found: PropertyEffects) -> None:
    """Draw which property goes with mistakes, and the chosen one in detail."""
    st.subheader("What goes with mistakes?", anchor="properties")
    if found.table.empty:
        st.info("No property differs between the pictures, so there is nothing to compare.", icon=":material/info:")
        return
    st.markdown(effect_words.effect_sentence(found))
    st.markdown(effect_words.label_sentence(found))
    guide = st.container()
    table = st.container()
    names = list(found.table["property"])
    chosen = choices.box(
        "property",
        {name: PROPERTIES[name].title for name in names},
        "Property",
        noun="property",
        hint=f"There are {', '.join(names)}.",
        width=_BOX_PX,
    )
    guide.caption("**Click a line** to see the property in detail.")
    with table:
        _draw_table(found.table, chosen)
    _note_left_out(study, found)
    _draw_property(study, chosen)


def _draw_table(table: pd.DataFrame, chosen: str) -> None:
    mark = selection_mark.current_mark(_WIDGET, (chosen, ""))
    rows = table.index[table["property"] == mark.initial[0]]
    shown = table.assign(
        property=[PROPERTIES[name].title for name in table["property"]],
        mistakes_are=[
            effect_words.end(name, high=low > 0) if q < effect_words.SIGNIFICANT else ""
            for name, low, q in zip(table["property"], table["low"], table["q_value"], strict=True)
        ],
        label_share=100 * table["label_share"],
    )
    selection_mark.draw_table(
        mark,
        shown,
        rows,
        lambda number: _open_property(str(table["property"].iloc[number])),
        columns=_COLUMNS,
        alt="Properties of the pictures by their effect",
    )


def _open_property(name: str) -> None:
    selection_mark.remember_click(_WIDGET, name, "")
    link.go(property=name)


def _note_left_out(study: Study, found: PropertyEffects) -> None:
    lines = [
        f"Left out: {PROPERTIES[name].title.lower()}, because {reason}." for name, reason in found.left_out.items()
    ]
    measured = picture_data.properties(study)
    if measured is not None and (count := int((measured["content_hash"] == "").sum())):
        lines.append(f"Not measured, because unreadable: {counted(count, 'picture')}.")
    if lines:
        st.caption("  \n".join(lines))


def _draw_property(study: Study, name: str) -> None:
    measured = picture_data.properties(study)
    assert measured is not None
    shown = PROPERTIES[name]
    st.markdown(f"#### {shown.title}")
    st.caption(shown.meaning)
    steps = picture_data.error_by_step(study, name)
    sentence = chart.sentence(steps, shown)
    st.plotly_chart(chart.error_chart(steps, shown), config=NO_TOOLBAR, alt=f"Mistakes by {shown.title}. {sentence}")
    st.caption(sentence)
    _draw_classes(study, name)
    readable = (study.table["unreadable"] == "").to_numpy()
    values = measured[name].where(readable)
    order = values.dropna().sort_values(kind="stable").index
    count = min(AT_END, len(order) // 2)
    for title, rows in ((shown.low, order[:count]), (shown.high, order[::-1][:count])):
        st.markdown(f"**The most extreme at the end “{title}”**")
        with st.grid("auto", min_column_width=cards.CARD_PX):
            for row in rows:
                with st.container(gap="xsmall"):
                    cards.draw_card(study, study.table.loc[row], f"{shown.title} {values[row]:.{shown.digits}f}")
    st.download_button(
        "Properties of all pictures, CSV",
        lambda: csv_file(study.table[["image_id", "truth", "guess"]].join(measured[list(PROPERTIES)])),
        f"{study.name}-properties.csv",
        "text/csv",
        key="properties_csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _draw_classes(study: Study, name: str) -> None:
    """Draw in which classes the property goes with mistakes."""
    of_all = picture_data.class_effects(study)
    found = of_all[of_all["property"] == name]
    if found.empty:
        return
    clear = found[found["q_value"] < effect_words.SIGNIFICANT]
    named = ", ".join(
        f"{literal_words(row['truth'])} ({effect_words.end(name, high=row['delta'] > 0)}, {row['delta']:+.2f})"
        for row in clear.head(_CLASSES).to_dict("records")
    )
    tests = f"{len(of_all):,} comparisons of classes and properties"
    st.markdown(
        f"In single classes, mistakes differ in **{named}** (q below {effect_words.SIGNIFICANT} among {tests})."
        if named
        else f"In no single class do mistakes differ more than chance explains, among {tests}."
    )
    with st.expander(f"All {counted(len(found), 'class')}", icon=":material/table:"):
        st.dataframe(
            found.assign(truth=[words(label) for label in found["truth"]])[list(_CLASS_COLUMNS)],
            column_config=_CLASS_COLUMNS,
            hide_index=True,
            alt=f"Effect of {PROPERTIES[name].title} in each class",
        )


_CLASSES = 5
_COLUMNS = {
    "property": st.column_config.TextColumn("Property"),
    "mistakes_are": st.column_config.TextColumn(
        "Mistakes are more", help="Compared with right answers of the class, where q is below 0.05."
    ),
    "delta": st.column_config.NumberColumn(
        "Effect",
        format="%+.2f",
        help="Cliff's delta between mistakes and right answers of the same class: 0 is none, and from 0.15 on it is "
        "more than negligible, from 0.33 on medium. Above 0, mistakes have the larger numbers.",
    ),
    "low": st.column_config.NumberColumn("from", format="%+.2f", help="Lower end of the 95% interval of the effect."),
    "high": st.column_config.NumberColumn("to", format="%+.2f", help="Upper end of the 95% interval of the effect."),
    "q_value": st.column_config.NumberColumn(
        "q",
        format="%.2g",
        help="p of van Elteren's rank test, corrected for the number of properties (Benjamini and Hochberg).",
    ),
    "label_share": st.column_config.NumberColumn(
        "Explained by the class",
        format="%.0f%%",
        help="Share of the variance of the property's ranks that the class explains, beyond chance. A large share "
        "means that the property predicts the label.",
    ),
    "label_q": st.column_config.NumberColumn(
        "q of that", format="%.2g", help="p of a permutation test, corrected for the number of properties."
    ),
}
_CLASS_COLUMNS = {
    "truth": st.column_config.TextColumn("Class"),
    "pictures": st.column_config.NumberColumn("Pictures", format="localized"),
    "mistakes": st.column_config.NumberColumn("Mistakes", format="localized"),
    **{key: _COLUMNS[key] for key in ("delta", "low", "high")},
    "q_value": st.column_config.NumberColumn(
        "q", format="%.2g", help="p, corrected for all classes and all properties (Benjamini and Hochberg)."
    ),
}
