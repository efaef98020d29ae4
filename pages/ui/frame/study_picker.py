"""Study picker of the side bar."""

import streamlit as st

from pages.ui.frame import link
from pages.ui.loaders import studies
from xai_core.study.study import Study


def no_study() -> None:
    """Say that there is nothing to show yet, and how to make it."""
    st.title("No study yet")
    st.markdown(
        "A study is one model on one labelled set of pictures. This command makes one from a folder in Food-101's "
        "layout and a checkpoint; it can be stopped and called again, and then goes on where it was:"
    )
    st.code("python -m xai_core study create NAME --data FOLDER --model FILE", language="bash", wrap_lines=True)
    st.caption("FOLDER holds food-101/images and food-101/meta. Reload this page when the command has ended.")


def study_picker() -> str | None:
    """Let the reader choose a study.

    Returns
    -------
    Its name, or None where there is none.
    """
    names = studies.study_names()
    if not names:
        return None
    name = link.choice("study", {each: each for each in names}, names[0], what="study", hint=f"Shown is {names[0]}.")
    st.sidebar.selectbox(
        "Study",
        names,
        names.index(name),
        key="study",
        on_change=link.follow,
        help="One model on one set of pictures.",
    )
    return name


def study_figures(study: Study) -> None:
    """The study in figures, below the picker."""
    figures = studies.figures(study)
    st.sidebar.markdown(f"**{study.title}**")
    lost = f"  \n{figures.unreadable:,} of them unreadable" if figures.unreadable else ""
    st.sidebar.caption(
        f"{figures.pictures:,} pictures of {study.table['truth'].nunique()} classes{lost}  \n"
        f"{figures.top1:.1%} right, {figures.top5:.1%} with the truth among the first five"
    )
