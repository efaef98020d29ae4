"""Findings on the pictures themselves on Overview, from what the page Data has kept."""

import streamlit as st

from pages.ui.frame import navigation
from pages.ui.loaders import picture_data
from xai_core.language import tr, tr_n
from xai_core.repair.annotation import label_errors
from xai_core.study.pictures import effect_words
from xai_core.study.study import Study
from xai_core.texts import counted, paragraph


def draw_pictures(study: Study) -> None:
    """Draw in a few lines what the pictures have to do with the mistakes, with links to the page Data."""
    st.subheader(tr("The pictures themselves"))
    effects, copies = picture_data.effects(study), picture_data.duplicates(study)
    ranked = picture_data.label_ranking(study)
    if effects is None and copies is None and ranked is None:
        st.markdown(
            tr(
                "Dark or blurred pictures, wrong labels and photographs that come twice cause mistakes or hide them. "
                "In this study, nobody has looked at that yet."
            )
        )
        navigation.data_link("properties", tr("Look at the pictures"), ":material/photo_library:")
        return
    if effects is not None and not effects.table.empty:
        st.markdown(paragraph(effect_words.effect_sentence(effects), effect_words.label_sentence(effects)))
        navigation.data_link("properties", tr("Properties of the pictures"), ":material/straighten:")
    if ranked is not None:
        st.markdown(label_errors.doubt_sentence(ranked))
        navigation.data_link("labels", tr("Labels that may be wrong"), ":material/label_off:")
    if copies is not None:
        groups = len(copies.groups)
        st.markdown(
            tr_n(
                "**{photographs}** comes more than once.",
                "**{photographs}** come more than once.",
                groups,
                photographs=counted(groups, "photograph"),
            )
            if groups
            else tr("No photograph comes twice.")
        )
        navigation.data_link("duplicates", tr("Duplicates"), ":material/content_copy:")
