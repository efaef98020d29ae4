"""Tables of facts, keyboard shortcuts and versions on About."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from pages.ui.frame import keys
from pages.ui.frame.plain_text import literal
from pages.ui.loaders import models
from xai_core.errors import XaiError
from xai_core.settings.engine_table import ENGINES
from xai_core.study.manifest import library_versions
from xai_core.study.study import Study
from xai_core.texts import counted

CONTENTS = (
    "[Data](#data) · [Model](#model) · [Import check](#import-check) · [Method](#method) · "
    "[What a map cannot tell](#limits) · [Papers](#papers) · [Keyboard](#keyboard) · [Versions](#versions)"
)


def draw_facts(facts: Mapping[str, str], *, alt: str) -> None:
    """Draw a table with a line for each fact."""
    table = pd.DataFrame({"what": [f"**{name}**" for name in facts], "fact": list(map(literal, facts.values()))})
    st.table(table, border="horizontal", hide_index=True, hide_header=True, alt=alt)


def draw_keyboard() -> None:
    """Draw the table of keyboard shortcuts."""
    st.header("Keyboard", anchor="keyboard")
    rows = [(f"**{shortcut.key}**", shortcut.effect, shortcut.where) for shortcut in keys.SHORTCUTS]
    table = pd.DataFrame(rows, columns=["Key", "What it does", "Where"])
    with st.expander("Keys", icon=":material/keyboard:"):
        st.table(table, border="horizontal", hide_index=True, alt="Keys, what they do, and where")


def draw_versions(study: Study) -> None:
    """Draw the library versions that the study was made with and that are installed now."""
    st.header("Versions", anchor="versions")
    now = library_versions() | {"streamlit": st.__version__}
    names = [*now, *(name for name in study.versions if name not in now)]
    table = pd.DataFrame(
        {
            "Library": names,
            "Predictions made with": [study.versions.get(name, "") for name in names],
            "Installed now": [now.get(name, "") for name in names],
        }
    )
    with st.expander("Libraries", icon=":material/inventory_2:"):
        st.table(table, border="horizontal", hide_index=True, alt="Versions of the libraries")
    versions = " and ".join(f"{engine.title} has version {engine.version}" for engine in ENGINES.values())
    st.caption(f"{versions}. An engine gets a new version when the same settings start to give another map.")
    st.caption(literal(_runtime_in_words(study)))


def _runtime_in_words(study: Study) -> str:
    """Return a sentence on what runs the model. No other page would show that a GPU is not used."""
    try:
        runtime = models.runtime_if_open(study)
    except XaiError as fault:
        return f"The model cannot be run here: {fault.sentence}"
    if runtime is None:
        return "The model is being opened. Reload the page to see what runs it."
    at_a_time = counted(runtime.preferred_batch, "picture")
    return (
        f"Here {runtime.name} runs the model, {at_a_time} at a time. It is the fastest runtime that gives the model's "
        "predictions."
    )
