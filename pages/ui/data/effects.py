"""Properties of the pictures against mistakes, as a table, a chart and the pictures at either end."""

import pandas as pd
import streamlit as st

from pages.ui.confusions import selection_mark
from pages.ui.data import cards, chart
from pages.ui.frame import choices, link
from pages.ui.loaders import picture_data
from pages.ui.maps.charts import NO_TOOLBAR
from xai_core.confusions.property_effects import PropertyEffects
from xai_core.data.properties import PROPERTIES
from xai_core.exports.spreadsheet import csv_file
from xai_core.study.study import Study
from xai_core.texts import counted

SIGNIFICANT = 0.05
"""Bound of q below which a property counts as more than chance."""

STRONG_SHARE = 0.1
"""Share of a property's rank variance, explained by the class, from which on the sentence names the property."""

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
    st.markdown(effect_sentence(found))
    st.markdown(label_sentence(found))
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


def effect_sentence(found: PropertyEffects) -> str:
    """Return in a sentence which properties go with mistakes of the same class."""
    if not found.classes:
        return "No class has both mistakes and right answers, so mistakes cannot be compared within classes."
    tested = found.table[found.table["q_value"].notna()]
    clear = tested[tested["q_value"] < SIGNIFICANT]
    compared = f"Within {counted(found.classes, 'class')}"
    if clear.empty:
        return f"{compared}, no property goes with mistakes more than chance explains (all q of {SIGNIFICANT} or more)."
    named = [
        f"{_end(row['property'], high=row['delta'] > 0)} ({row['delta']:+.2f}, q = {row['q_value']:.2g})"
        for row in clear.to_dict("records")
    ]
    return f"{compared}, mistakes are more often **{_listed(named)}** than right answers. That need not be the cause."


def label_sentence(found: PropertyEffects) -> str:
    """Return in a sentence which properties predict the label."""
    table = found.table
    strong = table[(table["label_q"] < SIGNIFICANT) & (table["label_share"] >= STRONG_SHARE)]
    if strong.empty:
        return f"No property predicts the label: the class explains less than {STRONG_SHARE:.0%} of each."
    strong = strong.sort_values("label_share", ascending=False)
    named = [
        f"{PROPERTIES[row['property']].title.lower()} ({row['label_share']:.0%})" for row in strong.to_dict("records")
    ]
    return (
        f"The class explains a part of the **{_listed(named)}**. A model can learn that in place of the object: look "
        "whether it belongs to the class or to the way its pictures were taken."
    )


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _end(name: str, *, high: bool) -> str:
    return PROPERTIES[name].high if high else PROPERTIES[name].low


def _draw_table(table: pd.DataFrame, chosen: str) -> None:
    mark = selection_mark.current_mark(_WIDGET, (chosen, ""))
    rows = table.index[table["property"] == mark.initial[0]]
    shown = table.assign(
        property=[PROPERTIES[name].title for name in table["property"]],
        mistakes_are=[
            _end(name, high=low > 0) if q < SIGNIFICANT else ""
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
        f"{study.name} properties.csv",
        "text/csv",
        key="properties_csv",
        icon=":material/download:",
        on_click="ignore",
    )


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
    "low": st.column_config.NumberColumn("from", format="%+.2f", help="Lower end of the 95 % interval of the effect."),
    "high": st.column_config.NumberColumn("to", format="%+.2f", help="Upper end of the 95 % interval of the effect."),
    "q_value": st.column_config.NumberColumn(
        "q",
        format="%.2g",
        help="p of van Elteren's rank test, corrected for the number of properties (Benjamini and Hochberg).",
    ),
    "label_share": st.column_config.NumberColumn(
        "Explained by the class",
        format="%.0f %%",
        help="Share of the variance of the property's ranks that the class explains, beyond chance. A large share "
        "means that the property predicts the label.",
    ),
    "label_q": st.column_config.NumberColumn(
        "q of that", format="%.2g", help="p of a permutation test, corrected for the number of properties."
    ),
}
