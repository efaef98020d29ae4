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
from xai_core.study.study import Study

_NONE = "none"
_BOX_PX = 280
_TEXTS = {picture_data.MAP: "Arranging the pictures: step {done:,} of {planned:,} ..."}
_COLOURS = {"answer": "Right and wrong", "class": "Class", "pair": "A pair and its mistakes"}


def draw_map(study: Study) -> None:
    """Draw the map, and the pictures of the area that is drawn in it."""
    st.subheader("Which pictures look alike to the model?", anchor="map")
    if study.embeddings is None:
        st.info("This study has no embeddings, so its pictures cannot be arranged.", icon=":material/info:")
        return
    places = picture_data.picture_map(study)
    if places is None:
        background_work.draw_work(study, picture_data.MAP, _TEXTS)
        return
    colour = choices.box(
        "by",
        _colours(study),
        "Colour",
        noun="colour of the map",
        hint=f"There are {', '.join(_colours(study))}. Shown are right and wrong.",
        width=_BOX_PX,
    )
    chosen_pair = None
    ranked = studies.pairs(study)
    if colour == "pair" and not ranked.empty:
        chosen_pair = pair.choose_pair(study, ranked)
    polygons = _area()
    figure = picture_data.map_figure(study, colour, chosen_pair, map_chart.figure)
    key = f"map {colour}"
    st.plotly_chart(
        map_chart.with_areas(figure, polygons),
        key=key,
        on_select=lambda: _select(key),
        selection_mode=("points", "box", "lasso"),
        config=map_chart.CONFIG,
        alt=f"Map of {len(places):,} pictures by their embeddings. {map_chart.sentence(study, colour, chosen_pair)}",
    )
    st.caption(f"{map_chart.sentence(study, colour, chosen_pair)} {_HOW}")
    _draw_spot(study)
    if polygons:
        rows = study.table[areas.inside(places[["x", "y"]].to_numpy(np.float64), polygons)]
        _draw_area(study, rows)


def _colours(study: Study) -> dict[str, str]:
    known = picture_data.properties(study)
    found = dict(_COLOURS)
    if studies.pairs(study).empty:
        del found["pair"]
    if known is not None:
        found |= {name: shown.title for name, shown in PROPERTIES.items() if known[name].notna().any()}
    return found


def _area() -> tuple[areas.Polygon, ...]:
    text = link.requested("area") or _NONE
    known = areas.parse_area(text)
    chosen = link.choice(
        "area",
        {_NONE: _NONE} if known is None else {_NONE: _NONE, text: text},
        _NONE,
        noun="area",
        hint="An area is a list of corners, x and y in turns.",
    )
    return () if chosen == _NONE else areas.parse_area(chosen) or ()


def _select(key: str) -> None:
    """Keep the area that the reader has drawn, or the picture that was clicked, in the link."""
    selection = st.session_state[key]["selection"]
    polygons = [areas.box(each["x"], each["y"]) for each in selection["box"]]
    polygons += [found for each in selection["lasso"] if (found := areas.simplified(each["x"], each["y"]))]
    if polygons:
        link.go(area=areas.area_text(polygons), chosen=1)
    elif len(selection["points"]) == 1:
        link.go(spot=map_chart.image_id(selection["points"][0]["text"]))


def _draw_spot(study: Study) -> None:
    """Draw the picture that was clicked."""
    requested = link.requested("spot")
    if requested is None:
        return
    ids = set(study.table["image_id"])
    options = [_NONE, *([requested] if requested in ids else [])]
    image_id = link.choice("spot", options, _NONE, noun="picture", hint="Ids are of the form class/number.")
    if image_id != _NONE:
        with st.container(width=_BOX_PX):
            picture_list.draw_picture(study, study.row(image_id), literal(components.picture_name(image_id)))


def _draw_area(study: Study, rows: pd.DataFrame) -> None:
    seen = rows[rows["unreadable"] == ""]
    if seen.empty:
        st.info("No picture lies in the area.", icon=":material/info:")
        return
    wrong = seen["truth"] != seen["guess"]
    common = seen["truth"].value_counts()
    named = ", ".join(f"{count} {literal_words(str(label))}" for label, count in common.head(4).items())
    more = ", ..." if len(common) > 4 else ""
    st.markdown(f"**{len(seen):,} pictures in the area**, {wrong.mean():.0%} of them mistakes: {named}{more}")
    st.button("Clear the area", key="clear_area", icon=":material/close:", on_click=link.go, kwargs={"area": _NONE})
    picture_list.draw_list(study, seen, "chosen")


_HOW = (
    "Pictures that look alike to the model lie close together; distances across the map mean little. Draw round some "
    "with the lasso or the box to see them; click a point for its picture."
)
