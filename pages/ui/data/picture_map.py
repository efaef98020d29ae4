"""Map of the pictures, in which an area that the reader draws chooses the pictures below it."""

import numpy as np
import pandas as pd
import streamlit as st

from pages.ui.data import background_work, map_chart, picture_list
from pages.ui.frame import choices, components, link
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import picture_data, studies
from pages.ui.picture import pair
from xai_core.confusions import areas
from xai_core.data.properties import PROPERTIES
from xai_core.language import mark, tr, tr_all
from xai_core.study.study import Study
from xai_core.texts import listed, paragraph

_NONE = "none"
_BOX_PX = 280
_TEXTS = {picture_data.MAP: mark("Arranging the pictures: step {done:,} of {planned:,} ...")}
_COLOURS = {"answer": mark("Right and wrong"), "class": mark("Class"), "pair": mark("A pair and its mistakes")}


def draw_map(study: Study) -> None:
    """Draw the map, and the pictures of the area that is drawn in it."""
    st.subheader(tr("Which pictures look alike to the model?"), anchor="map")
    if study.embeddings is None:
        st.info(tr("This study has no embeddings, so its pictures cannot be arranged."), icon=":material/info:")
        return
    places = picture_data.picture_map(study)
    if places is None:
        background_work.draw_work(study, picture_data.MAP, _TEXTS)
        return
    colour = choices.box(
        "by",
        _colours(study),
        tr("Colour"),
        noun=tr("colour of the map"),
        hint=tr("There are {names}. Shown are right and wrong.", names=listed(_colours(study))),
        width=_BOX_PX,
    )
    chosen_pair = None
    ranked = studies.pairs(study)
    if colour == "pair" and not ranked.empty:
        chosen_pair = pair.choose_pair(study, ranked)
    polygons = _area()
    figure = picture_data.map_figure(study, colour, chosen_pair, map_chart.figure)
    sentence = map_chart.sentence(study, colour, chosen_pair)
    key = f"map {colour}"
    st.plotly_chart(
        map_chart.with_areas(figure, polygons),
        key=key,
        on_select=lambda: _select(key),
        selection_mode=("points", "box", "lasso"),
        config=map_chart.CONFIG,
        alt=paragraph(tr("Map of {number:,} pictures by their embeddings.", number=len(places)), sentence),
    )
    st.caption(paragraph(sentence, tr(_HOW)))
    _draw_spot(study)
    if polygons:
        rows = study.table[areas.inside(places[["x", "y"]].to_numpy(np.float64), polygons)]
        _draw_area(study, rows)


def _colours(study: Study) -> dict[str, str]:
    known = picture_data.properties(study)
    found = tr_all(_COLOURS)
    if studies.pairs(study).empty:
        del found["pair"]
    if known is not None:
        found |= {name: tr(shown.title) for name, shown in PROPERTIES.items() if known[name].notna().any()}
    return found


def _area() -> tuple[areas.Polygon, ...]:
    text = link.requested("area") or _NONE
    known = areas.parse_area(text)
    chosen = link.choice(
        "area",
        {_NONE: _NONE} if known is None else {_NONE: _NONE, text: text},
        _NONE,
        noun=tr("area"),
        hint=tr("An area is a list of corners, x and y in turns."),
    )
    return () if chosen == _NONE else areas.parse_area(chosen) or ()


def _select(key: str) -> None:
    """Keep the area that the reader has drawn, or the picture that was clicked, in the link."""
    selection = st.session_state[key]["selection"]
    try:
        polygons = [areas.box(each["x"], each["y"]) for each in selection["box"]]
        polygons += [found for each in selection["lasso"] if (found := areas.simplified(each["x"], each["y"]))]
    except (KeyError, TypeError, ValueError):  # what a browser sends without a chart
        return
    if polygons:
        link.go(area=areas.area_text(polygons), chosen=1)
    elif len(selection["points"]) == 1:
        link.go(spot=map_chart.image_id(str(selection["points"][0].get("text", ""))))


def _draw_spot(study: Study) -> None:
    """Draw the picture that was clicked."""
    requested = link.requested("spot")
    if requested is None:
        return
    ids = set(study.table["image_id"])
    options = [_NONE, *([requested] if requested in ids else [])]
    image_id = link.choice("spot", options, _NONE, noun=tr("picture"), hint=tr("Ids are of the form class/number."))
    if image_id != _NONE:
        with st.container(width=_BOX_PX):
            picture_list.draw_picture(study, study.row(image_id), literal(components.picture_name(image_id)))


def _draw_area(study: Study, rows: pd.DataFrame) -> None:
    seen = rows[rows["unreadable"] == ""]
    if seen.empty:
        st.info(tr("No picture lies in the area."), icon=":material/info:")
        return
    wrong = seen["truth"] != seen["guess"]
    common = seen["truth"].value_counts()
    named = [
        tr("{number} {label}", number=count, label=literal_words(str(label))) for label, count in common.head(4).items()
    ]
    st.markdown(
        tr(
            "**{number:,} pictures in the area**, {share:.0%} of them mistakes: {classes}",
            number=len(seen),
            share=wrong.mean(),
            classes=listed([*named, "..."] if len(common) > 4 else named),
        )
    )
    st.button(tr("Clear the area"), key="clear_area", icon=":material/close:", on_click=link.go, kwargs={"area": _NONE})
    picture_list.draw_list(study, seen, "chosen")


_HOW = mark(
    "Pictures that look alike to the model lie close together; distances across the map mean little. Draw round some "
    "with the lasso or the box to see them; click a point for its picture."
)
