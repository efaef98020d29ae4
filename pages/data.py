"""Page Data with the pictures of a study themselves: properties, labels, copies, a map and groups."""

import streamlit as st

from pages.ui.data import cohorts, copies, effects, labels, leaks, measuring, picture_map
from pages.ui.frame import choices, shell
from pages.ui.loaders import picture_data, studies
from xai_core.language import mark, tr, tr_all
from xai_core.texts import listed

PARTS = {
    "properties": mark("Properties"),
    "labels": mark("Labels"),
    "duplicates": mark("Duplicates"),
    "map": mark("Map"),
    "groups": mark("Groups"),
}

study = shell.open_page()

if studies.figures(study).unreadable == len(study.table):
    st.info(tr("None of the pictures can be read, so there is nothing to measure."), icon=":material/info:")
else:
    part = choices.segmented(
        "part",
        tr_all(PARTS),
        tr("Part"),
        noun=tr("part of this page"),
        hint=tr("There are {names}. Shown are the properties.", names=listed(PARTS)),
        titled=False,
    )
    if part == "properties":
        measuring.draw_measuring(study)
        found = picture_data.effects(study)
        if found is not None:
            effects.draw_effects(study, found)
    elif part == "labels":
        labels.draw_labels(study)
    elif part == "duplicates":
        measuring.draw_measuring(study)
        duplicates = picture_data.duplicates(study)
        if duplicates is not None:
            copies.draw_copies(study, duplicates)
            leaks.draw_leaks(study)
    elif part == "map":
        picture_map.draw_map(study)
    elif part == "groups":
        cohorts.draw_cohorts(study)
