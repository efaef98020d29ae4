"""Tables of facts, keyboard shortcuts and versions on About."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from pages.ui.frame import keys
from pages.ui.frame.plain_text import fault_sentence, literal
from pages.ui.loaders import models
from xai_core.errors import XaiError
from xai_core.language import mark, tr
from xai_core.settings.engine_table import ENGINES
from xai_core.study.manifest import library_versions
from xai_core.study.study import Study
from xai_core.texts import counted, joined

CONTENTS = mark(
    "[Data](#data) · [Model](#model) · [Import check](#import-check) · [Method](#method) · "
    "[What a map cannot tell](#limits) · [Papers](#papers) · [Keyboard](#keyboard) · [Versions](#versions)"
)


def draw_facts(facts: Mapping[str, str], *, alt: str) -> None:
    """Draw a table with a line for each fact."""
    table = pd.DataFrame({"what": [f"**{name}**" for name in facts], "fact": list(map(literal, facts.values()))})
    st.table(table, border="horizontal", hide_index=True, hide_header=True, alt=alt)


def draw_keyboard() -> None:
    """Draw the table of keyboard shortcuts."""
    st.header(tr("Keyboard"), anchor="keyboard")
    rows = [(f"**{tr(shortcut.key)}**", tr(shortcut.effect), tr(shortcut.where)) for shortcut in keys.SHORTCUTS]
    table = pd.DataFrame(rows, columns=[tr("Key"), tr("What it does"), tr("Where")])
    with st.expander(tr("Keys"), icon=":material/keyboard:"):
        st.table(table, border="horizontal", hide_index=True, alt=tr("Keys, what they do, and where"))


def draw_versions(study: Study) -> None:
    """Draw the library versions that the study was made with and that are installed now."""
    st.header(tr("Versions"), anchor="versions")
    now = library_versions() | {"streamlit": st.__version__}
    names = [*now, *(name for name in study.versions if name not in now)]
    table = pd.DataFrame(
        {
            tr("Library"): names,
            tr("Predictions made with"): [study.versions.get(name, "") for name in names],
            tr("Installed now"): [now.get(name, "") for name in names],
        }
    )
    with st.expander(tr("Libraries"), icon=":material/inventory_2:"):
        st.table(table, border="horizontal", hide_index=True, alt=tr("Versions of the libraries"))
    versions = joined(
        tr("{engine} has version {number}", engine=tr(engine.title), number=engine.version)
        for engine in ENGINES.values()
    )
    st.caption(
        tr(
            "{versions}. An engine gets a new version when the same settings start to give another map.",
            versions=versions,
        )
    )
    st.caption(literal(_runtime_in_words(study)))


def _runtime_in_words(study: Study) -> str:
    """Return a sentence on what runs the model. No other page would show that a GPU is not used."""
    try:
        runtime = models.runtime_if_open(study)
    except XaiError as fault:
        return tr("The model cannot be run here: {reason}", reason=fault_sentence(fault))
    if runtime is None:
        return tr("The model is being opened. Reload the page to see what runs it.")
    at_a_time = counted(runtime.preferred_batch, "picture")
    return tr(
        "Here {runtime} runs the model, {pictures} at a time. It is the fastest runtime that gives the model's "
        "predictions.",
        runtime=runtime.name,
        pictures=at_a_time,
    )
