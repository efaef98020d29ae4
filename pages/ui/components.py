"""What pages are put together from; each component owns the keys of its widgets."""

import pandas as pd
import streamlit as st

from pages.ui import link
from pages.ui.loaders import sights, studies
from xai_core.errors import PictureUnreadable, XaiError
from xai_core.labels import words
from xai_core.study import Study

_ALL = {"conf": "0,100", "margin": "0,100", "verdict": "all", "page": 1}


def fault(error: XaiError) -> None:
    """Tell what went wrong and the cure."""
    st.error(error.sentence, icon=":material/error:")


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


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "picture"), counted(1200, "picture")
    ('1 picture', '1,200 pictures')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def picture_name(image_id: str) -> str:
    """A picture's id as people write it: "pork chop 1234"."""
    return words(image_id).replace("/", " ")


def thumbnail(study: Study, row: pd.Series) -> None:
    """A picture in small, or in its place why it cannot be shown."""
    image_id = str(row["image_id"])
    said = "recognised" if row["truth"] == row["guess"] else f"taken for {words(row['guess'])}"
    try:
        st.image(sights.thumbnail(study, image_id), width="stretch", alt=f"{picture_name(image_id)}, {said}")
    except PictureUnreadable as fault:
        st.caption(fault.sentence)


def compare_link(mistake: pd.Series) -> None:
    """The way from a mistake to its comparison."""
    st.page_link(
        "pages/compare.py",
        label="Compare",
        icon=":material/image_search:",
        help="Explain it beside pictures that the model gets right.",
        query_params=link.parameters(truth=mistake["truth"], guess=mistake["guess"], picture=mistake["image_id"]),
    )


def explain_link(row: pd.Series) -> None:
    """The way from any picture to its explanation."""
    st.page_link(
        "pages/explain.py",
        label="Explain",
        icon=":material/lightbulb:",
        help="What made the model say that.",
        query_params=link.parameters(source="study", picture=row["image_id"]),
    )


def pair_link(truth: str, guess: str, label: str) -> None:
    """The way to all mistakes of a pair."""
    st.page_link(
        "pages/confusions.py",
        label=label,
        icon=":material/grid_view:",
        query_params=link.parameters(view="pair", truth=truth, guess=guess, **_ALL),
    )


def class_link(truth: str) -> None:
    """The way to all pictures of a class."""
    st.page_link(
        "pages/confusions.py",
        label=words(truth).capitalize(),
        help="Its pictures, the surest mistakes first.",
        query_params=link.parameters(view="truth", truth=truth, which="all", sort="confident", **_ALL),
    )
