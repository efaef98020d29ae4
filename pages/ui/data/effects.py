"""Properties of the pictures against mistakes, as a table, a chart and the pictures at either end."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.ui.access.download import draw_download
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
from xai_core.language import tr
from xai_core.study.pictures import effect_words
from xai_core.study.study import Study
from xai_core.texts import counted, listed, paragraph

AT_END = 6
"""Pictures that are shown at either end."""

_WIDGET = "properties_table"
_CLASSES = 5
_BOX_PX = 280


def draw_effects(study: Study, found: PropertyEffects) -> None:
    """Draw which property goes with mistakes, and the chosen one in detail."""
    st.subheader(tr("What goes with mistakes?"), anchor="properties")
    if found.table.empty:
        st.info(tr("No property differs between the pictures, so there is nothing to compare."), icon=":material/info:")
        return
    st.markdown(effect_words.effect_sentence(found))
    st.markdown(effect_words.label_sentence(found))
    guide = st.container()
    table = st.container()
    names = list(found.table["property"])
    chosen = choices.box(
        "property",
        {name: tr(PROPERTIES[name].title) for name in names},
        tr("Property"),
        noun=tr("property"),
        hint=tr("There are {names}.", names=listed(names)),
        width=_BOX_PX,
    )
    guide.caption(tr("**Click a line** to see the property in detail."))
    with table:
        _draw_table(found.table, chosen)
    _note_left_out(study, found)
    _draw_property(study, chosen)


def _draw_table(table: pd.DataFrame, chosen: str) -> None:
    mark = selection_mark.current_mark(_WIDGET, (chosen, ""))
    rows = table.index[table["property"] == mark.initial[0]]
    shown = table.assign(
        property=[tr(PROPERTIES[name].title) for name in table["property"]],
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
        columns=_columns(),
        alt=tr("Properties of the pictures by their effect"),
    )


def _open_property(name: str) -> None:
    selection_mark.remember_click(_WIDGET, name, "")
    link.go(property=name)


def _note_left_out(study: Study, found: PropertyEffects) -> None:
    lines = [
        tr("Left out: {property}, because {reason}.", property=tr(PROPERTIES[name].title).lower(), reason=tr(reason))
        for name, reason in found.left_out.items()
    ]
    measured = picture_data.properties(study)
    if measured is not None and (count := int((measured["content_hash"] == "").sum())):
        lines.append(tr("Not measured, because unreadable: {pictures}.", pictures=counted(count, "picture")))
    if lines:
        st.caption("  \n".join(lines))


def _draw_property(study: Study, name: str) -> None:
    measured = picture_data.properties(study)
    assert measured is not None
    shown = PROPERTIES[name]
    title = tr(shown.title)
    st.markdown(f"#### {title}")
    st.caption(tr(shown.meaning))
    steps = picture_data.error_by_step(study, name)
    sentence = chart.sentence(steps, shown)
    st.plotly_chart(
        chart.error_chart(steps, shown),
        config=NO_TOOLBAR,
        alt=paragraph(tr("Mistakes by {property}.", property=title), sentence),
    )
    st.caption(sentence)
    _draw_classes(study, name)
    readable = (study.table["unreadable"] == "").to_numpy()
    values = measured[name].where(readable)
    order = values.dropna().sort_values(kind="stable").index
    count = min(AT_END, len(order) // 2)
    for end, rows in ((shown.low, order[:count]), (shown.high, order[::-1][:count])):
        st.markdown(tr("**The most extreme at the end “{end}”**", end=tr(end)))
        with st.grid("auto", min_column_width=cards.CARD_PX):
            for row in rows:
                with st.container(gap="xsmall"):
                    cards.draw_card(study, study.table.loc[row], f"{title} {values[row]:.{shown.digits}f}")
    draw_download(
        tr("Properties of all pictures, CSV"),
        lambda: csv_file(study.table[["image_id", "truth", "guess"]].join(measured[list(PROPERTIES)])),
        f"{study.name}-properties.csv",
        "text/csv",
        key="properties_csv",
    )


def _draw_classes(study: Study, name: str) -> None:
    """Draw in which classes the property goes with mistakes."""
    of_all = picture_data.class_effects(study)
    found = of_all[of_all["property"] == name]
    if found.empty:
        return
    clear = found[found["q_value"] < effect_words.SIGNIFICANT]
    named = listed(
        tr(
            "{truth} ({end}, {delta:+.2f})",
            truth=literal_words(row["truth"]),
            end=effect_words.end(name, high=row["delta"] > 0),
            delta=row["delta"],
        )
        for row in clear.head(_CLASSES).to_dict("records")
    )
    st.markdown(
        tr(
            "In single classes, mistakes differ in **{named}** (q below {bound} among {number:,} comparisons of "
            "classes and properties).",
            named=named,
            bound=effect_words.SIGNIFICANT,
            number=len(of_all),
        )
        if named
        else tr(
            "In no single class do mistakes differ more than chance explains, among {number:,} comparisons of classes "
            "and properties.",
            number=len(of_all),
        )
    )
    columns = _class_columns()
    with st.expander(tr("All {classes}", classes=counted(len(found), "class")), icon=":material/table:"):
        st.dataframe(
            found.assign(truth=[words(label) for label in found["truth"]])[list(columns)],
            column_config=columns,
            hide_index=True,
            alt=tr("Effect of {property} in each class", property=tr(PROPERTIES[name].title)),
        )


def _columns() -> dict[str, Any]:
    """Return the columns of the table of properties, in their order."""
    return {
        "property": st.column_config.TextColumn(tr("Property")),
        "mistakes_are": st.column_config.TextColumn(
            tr("Mistakes are more"), help=tr("Compared with right answers of the class, where q is below 0.05.")
        ),
        **_effect_columns(),
        "q_value": st.column_config.NumberColumn(
            "q",
            format="%.2g",
            help=tr("p of van Elteren's rank test, corrected for the number of properties (Benjamini and Hochberg)."),
        ),
        "label_share": st.column_config.NumberColumn(
            tr("Explained by the class"),
            format="%.0f%%",
            help=tr(
                "Share of the variance of the property's ranks that the class explains, beyond chance. A large share "
                "means that the property predicts the label."
            ),
        ),
        "label_q": st.column_config.NumberColumn(
            tr("q of that"),
            format="%.2g",
            help=tr("p of a permutation test, corrected for the number of properties."),
        ),
    }


def _effect_columns() -> dict[str, Any]:
    return {
        "delta": st.column_config.NumberColumn(
            tr("Effect"),
            format="%+.2f",
            help=tr(
                "Cliff's delta between mistakes and right answers of the same class: 0 is none, and from 0.15 on it is "
                "more than negligible, from 0.33 on medium. Above 0, mistakes have the larger numbers."
            ),
        ),
        "low": st.column_config.NumberColumn(
            tr("from"), format="%+.2f", help=tr("Lower end of the 95% interval of the effect.")
        ),
        "high": st.column_config.NumberColumn(
            tr("to"), format="%+.2f", help=tr("Upper end of the 95% interval of the effect.")
        ),
    }


def _class_columns() -> dict[str, Any]:
    """Return the columns of the table of classes, in their order."""
    return {
        "truth": st.column_config.TextColumn(tr("Class")),
        "pictures": st.column_config.NumberColumn(tr("Pictures"), format="localized"),
        "mistakes": st.column_config.NumberColumn(tr("Mistakes"), format="localized"),
        **_effect_columns(),
        "q_value": st.column_config.NumberColumn(
            "q",
            format="%.2g",
            help=tr("p, corrected for all classes and all properties (Benjamini and Hochberg)."),
        ),
    }
