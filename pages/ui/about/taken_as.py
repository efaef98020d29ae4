"""Section of About with what a model file was taken for when the study was made."""

import streamlit as st

from pages.ui.about import tools
from pages.ui.frame.plain_text import literal
from xai_core.language import mark, recognised, tr
from xai_core.study.study import Study
from xai_core.texts import listed

_ORIGINS = {
    "network": mark("Recognised as"),
    "input": mark("Input of the file"),
    "output": mark("Outputs of the file"),
    "precision": mark("Precision"),
    "labels": mark("Class names from"),
    "preprocessing": mark("Preprocessing from"),
}
"""Titles of the origins that a record may have, in their order, texts for `tr`."""


def _phrase(origin: str) -> str:
    """Return where something is from, perhaps for each part, such as "mean, std: its metadata; size: given"."""
    parts = [part.rpartition(": ") for part in origin.split("; ")]
    return "; ".join(f"{names}{colon}{recognised(place)}" for names, colon, place in parts)


def draw_taken_as(study: Study) -> None:
    """Draw where labels and preprocessing are from, and everything that was assumed; nothing for an old study."""
    record = study.record
    if not record.origins and not record.notes:
        return
    st.markdown(tr("**Taken as**"))
    facts = {tr("Kind of file"): recognised(record.source)} if record.source else {}
    facts |= {tr(title): _phrase(record.origins[name]) for name, title in _ORIGINS.items() if name in record.origins}
    facts |= {tr("Files"): listed(file.path.name for file in record.files)} if len(record.files) > 1 else {}
    tools.draw_facts(facts, alt=tr("What the model file was taken for"))
    for note in record.notes:
        st.markdown(f"- {literal(recognised(note))}")
