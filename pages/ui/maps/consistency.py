"""Warning where explanations do not fit the predictions of their study."""

from collections.abc import Mapping

import streamlit as st

from pages.ui.frame.plain_text import literal
from xai_core.explain.explanation import Explanation
from xai_core.study.study import Study
from xai_core.texts import counted


def draw_disagreement(study: Study, found: Mapping[str, Explanation | None]) -> None:
    """Warn if the model answers otherwise now than when the study was made.

    Parameters
    ----------
    study
        Study of the pictures.
    found
        Final explanations by image id; None for those that are missing.
    """
    sentences = {
        image_id: sentence
        for image_id, explanation in found.items()
        if explanation is not None and (sentence := study.disagreement(image_id, explanation))
    }
    for image_id, sentence in list(sentences.items())[:1]:
        more = len(sentences) - 1
        rest = f" The same holds for {counted(more, 'other picture')} here." if more else ""
        st.warning(f"{literal(image_id)}: {literal(sentence)}{rest}", icon=":material/warning:")
