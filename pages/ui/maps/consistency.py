"""Warning where explanations do not fit the predictions of their study."""

from collections.abc import Mapping

import streamlit as st

from pages.ui.frame.plain_text import literal
from xai_core.explain.explanation import Explanation
from xai_core.language import tr
from xai_core.study.study import Study
from xai_core.texts import counted, paragraph


def draw_disagreement(study: Study, found: Mapping[str, Explanation | None]) -> None:
    """Warn if the model answers otherwise now than when the study was made.

    Parameters
    ----------
    study
        Study of the pictures.
    found
        Final explanations by image id; None for those that are missing.
    """
    by_picture = {
        image_id: sentence
        for image_id, explanation in found.items()
        if explanation is not None and (sentence := study.disagreement(image_id, explanation))
    }
    for image_id, sentence in list(by_picture.items())[:1]:
        more = len(by_picture) - 1
        rest = tr("The same holds for {pictures} here.", pictures=counted(more, "other picture")) if more else ""
        text = paragraph(f"{literal(image_id)}: {literal(sentence)}", rest)
        st.warning(text, icon=":material/warning:")
