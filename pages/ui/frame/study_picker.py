"""Study picker and key figures in the side bar."""

import streamlit as st

from pages.ui.frame import choices
from pages.ui.frame.plain_text import literal
from pages.ui.loaders import studies
from xai_core.study.study import Study


def draw_no_study() -> None:
    """Draw the page for a machine without a study, with the command that makes one."""
    st.title("No study yet")
    st.markdown(
        "A study is one model on one labelled set of pictures. This command makes one from a folder in Food-101's "
        "layout and a model file. You can stop it and start it again: it continues where it stopped."
    )
    st.code("python -m xai_core study create NAME --data FOLDER --model FILE", language="bash", wrap_lines=True)
    st.caption("FOLDER holds food-101/images and food-101/meta. Reload this page when the command has finished.")


def choose_study() -> str | None:
    """Draw the box of studies, and return the name of the chosen one.

    It is None if there is no study.
    """
    names = studies.study_names()
    if not names:
        return None
    return choices.box(
        "study",
        names,
        "Study",
        noun="study",
        hint=f"Shown is {names[0]}.",
        help_text="One model on one set of pictures.",
        container=st.sidebar,
    )


def draw_study_figures(study: Study) -> None:
    """Draw the key figures of the study below the picker."""
    figures = studies.figures(study)
    st.sidebar.markdown(f"**{literal(study.title)}**")
    lost = f"  \n{figures.unreadable:,} of them unreadable" if figures.unreadable else ""
    st.sidebar.caption(
        f"{figures.pictures:,} pictures of {study.table['truth'].nunique()} classes{lost}  \n"
        f"{figures.top1:.1%} right, {figures.top5:.1%} with the truth among the top 5"
    )
