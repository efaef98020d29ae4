"""What the About page is put together from: facts in a table, the keyboard, and versions."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from pages.ui.frame import keys
from pages.ui.frame.components import counted
from pages.ui.loaders import models
from xai_core.engines.search import TITLES
from xai_core.errors import XaiError
from xai_core.settings import ENGINE_VERSIONS
from xai_core.study.manifest import library_versions
from xai_core.study.study import Study

CONTENTS = (
    "[Data](#data) · [Model](#model) · [Method](#method) · [What a map cannot tell](#limits) · [Papers](#papers) · "
    "[Keyboard](#keyboard) · [Versions](#versions)"
)


def facts(told: Mapping[str, str], *, alt: str) -> None:
    """Facts by what they are, a line each."""
    table = pd.DataFrame({"what": [f"**{name}**" for name in told], "fact": list(told.values())})
    st.table(table, border="horizontal", hide_index=True, hide_header=True, alt=alt)


def keyboard() -> None:
    """Which key does what."""
    st.header("Keyboard", anchor="keyboard")
    listed = pd.DataFrame([(f"**{each.key}**", each.does, each.where) for each in keys.MAP])
    listed.columns = pd.Index(["Key", "What it does", "Where"])
    st.table(listed, border="horizontal", hide_index=True, alt="Which key does what, and where")


def versions(study: Study) -> None:
    """What the answers of the study were made with, and what is at work now."""
    st.header("Versions", anchor="versions")
    now = library_versions() | {"streamlit": st.__version__}
    names = [*now, *(name for name in study.versions if name not in now)]
    listed = pd.DataFrame(
        {
            "What": names,
            "Answers made with": [study.versions.get(name, "") for name in names],
            "At work now": [now.get(name, "") for name in names],
        }
    )
    st.table(listed, border="horizontal", hide_index=True, alt="Versions of what is at work")
    versions = [f"{TITLES[engine]} has version {version}" for engine, version in ENGINE_VERSIONS.items()]
    st.caption(
        f"Of the methods, {' and '.join(versions)}; one is raised when the same question gets another answer. Model, "
        "picture, settings and versions are in every file that you take away."
    )
    st.caption(_at_work(study))


def _at_work(study: Study) -> str:
    """What runs the model: that a GPU stands idle would be seen nowhere else."""
    try:
        runtime = models.opened(study)
    except XaiError as fault:
        return f"The model cannot be run here: {fault.sentence}"
    if runtime is None:
        return "What runs the model is being found out; it is told here the next time."
    at_once = counted(runtime.at_once, "picture")
    return (
        f"Here the model is run by {runtime.name}, {at_once} at a time: the fastest of the ways that give its answers."
    )
