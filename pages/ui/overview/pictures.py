"""Findings on the pictures themselves on Overview, from what the page Data has kept."""

import streamlit as st

from pages.ui.frame import navigation
from pages.ui.loaders import picture_data
from xai_core.repair.annotation import label_errors
from xai_core.study.pictures import effect_words
from xai_core.study.study import Study
from xai_core.texts import counted


def draw_pictures(study: Study) -> None:
    """Draw in a few lines what the pictures have to do with the mistakes, with links to the page Data."""
    st.subheader("The pictures themselves")
    effects, copies = picture_data.effects(study), picture_data.duplicates(study)
    ranked = picture_data.label_ranking(study)
    if effects is None and copies is None and ranked is None:
        st.markdown(
            "Dark or blurred pictures, wrong labels and photographs that come twice cause mistakes or hide them. In "
            "this study, nobody has looked at that yet."
        )
        navigation.data_link("properties", "Look at the pictures", ":material/photo_library:")
        return
    if effects is not None and not effects.table.empty:
        st.markdown(f"{effect_words.effect_sentence(effects)} {effect_words.label_sentence(effects)}")
        navigation.data_link("properties", "Properties of the pictures", ":material/straighten:")
    if ranked is not None:
        st.markdown(label_errors.doubt_sentence(ranked))
        navigation.data_link("labels", "Labels that may be wrong", ":material/label_off:")
    if copies is not None:
        groups = len(copies.groups)
        st.markdown(
            f"**{counted(groups, 'photograph')}** {'comes' if groups == 1 else 'come'} more than once."
            if groups
            else "No photograph comes twice."
        )
        navigation.data_link("duplicates", "Duplicates", ":material/content_copy:")
