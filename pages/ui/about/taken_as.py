"""Section of About with what a model file was taken for when the study was made."""

import streamlit as st

from pages.ui.about import tools
from pages.ui.frame.plain_text import literal
from xai_core.study.study import Study

_ORIGINS = {
    "network": "Recognised as",
    "input": "Input of the file",
    "output": "Outputs of the file",
    "precision": "Precision",
    "labels": "Class names from",
    "preprocessing": "Preprocessing from",
}
"""Titles of the origins that a record may have, in their order."""


def draw_taken_as(study: Study) -> None:
    """Draw where labels and preprocessing are from, and everything that was assumed; nothing for an old study."""
    record = study.record
    if not record.origins and not record.notes:
        return
    st.markdown("**Taken as**")
    facts = {"Kind of file": record.source} if record.source else {}
    facts |= {title: record.origins[name] for name, title in _ORIGINS.items() if name in record.origins}
    facts |= {"Files": ", ".join(file.path.name for file in record.files)} if len(record.files) > 1 else {}
    tools.draw_facts(facts, alt="What the model file was taken for")
    for note in record.notes:
        st.markdown(f"- {literal(note)}")
