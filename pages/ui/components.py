"""What pages are put together from; each component owns the keys of its widgets."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.ui import link, loaders
from xai_core import confusion
from xai_core.errors import PictureUnreadable, XaiError
from xai_core.labels import words
from xai_core.study import Study

GALLERY_PAGE = 20


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
    names = loaders.study_names()
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
    figures = loaders.figures(study)
    st.sidebar.markdown(f"**{study.title}**")
    lost = f"  \n{figures.unreadable:,} of them unreadable" if figures.unreadable else ""
    st.sidebar.caption(
        f"{figures.pictures:,} pictures of {study.table['truth'].nunique()} classes{lost}  \n"
        f"{figures.top1:.1%} right, {figures.top5:.1%} with the truth among the first five"
    )


def pairs_table(ranked: pd.DataFrame) -> None:
    """The ranked pairs; a click on a row opens the pair."""
    table = ranked.assign(
        truth=ranked["truth"].map(words),
        guess=ranked["guess"].map(words),
        share=100 * ranked["share"],
        mean_p_guess=100 * ranked["mean_p_guess"],
    )
    st.dataframe(
        table,
        key="pairs_table",
        on_select=lambda: _open_selected(ranked),
        selection_mode="single-row",
        hide_index=True,
        height=min(318, 38 + 35 * len(table)),
        alt="Ranked pairs of classes that the model confuses",
        column_config={
            "truth": st.column_config.TextColumn("True class", width="medium"),
            "guess": st.column_config.TextColumn("Taken for", width="medium"),
            "count": st.column_config.NumberColumn("Pictures"),
            "share": st.column_config.NumberColumn("Share of the class", format="%.1f %%"),
            "mean_p_guess": st.column_config.NumberColumn("Mean confidence", format="%.0f %%"),
            "reverse": st.column_config.NumberColumn("The other way round"),
        },
    )


def _open_selected(ranked: pd.DataFrame) -> None:
    rows = st.session_state["pairs_table"]["selection"]["rows"]
    if rows:
        pair = ranked.iloc[rows[0]]
        link.go(truth=pair["truth"], guess=pair["guess"])


def pair_picker(study: Study, ranked: pd.DataFrame) -> tuple[str, str]:
    """Let the reader choose a true class and what it was taken for.

    Parameters
    ----------
    study
        Gives the classes.
    ranked
        Its pairs, at least one.
    """
    truths = sorted(study.table["truth"].unique())
    truth = _class_choice("truth", truths, ranked["truth"].iloc[0])
    guess = _class_choice("guess", study.labels, _commonest(ranked, truth))
    left, right = st.columns(2)
    left.selectbox(
        "True class",
        truths,
        truths.index(truth),
        key="truth",
        format_func=words,
        on_change=lambda: _follow_truth(ranked),
    )
    right.selectbox(
        "Taken for",
        study.labels,
        study.labels.index(guess),
        key="guess",
        format_func=words,
        on_change=link.follow,
    )
    return truth, guess


def _class_choice(key: str, names: Sequence[str], default: str) -> str:
    return link.choice(key, {each: each for each in names}, default, what="class", hint=f"Shown is {words(default)}.")


def _commonest(ranked: pd.DataFrame, truth: str) -> str:
    """What a class is taken for most often, else the commonest guess of all."""
    of_class = ranked[ranked["truth"] == truth]
    return str((ranked if of_class.empty else of_class)["guess"].iloc[0])


def _follow_truth(ranked: pd.DataFrame) -> None:
    truth, guess = st.session_state["truth"], st.session_state["guess"]
    known = ((ranked["truth"] == truth) & (ranked["guess"] == guess)).any()
    link.go(truth=truth, guess=guess if known else _commonest(ranked, truth))


def gallery(study: Study, truth: str, guess: str) -> None:
    """The mistakes of a pair as thumbnails, each leading to its comparison."""
    if truth == guess:
        st.info("Pick two different classes to see a confusion.", icon=":material/info:")
        return
    found = confusion.mistakes(study.table, truth, guess)
    if found.empty:
        st.info(f"No picture of {words(truth)} was taken for {words(guess)}.", icon=":material/info:")
        return
    st.subheader(f"{words(truth).capitalize()} taken for {words(guess)}: {counted(len(found), 'picture')}")
    pages = -(-len(found) // GALLERY_PAGE)
    slot = st.container()
    page = st.pagination(pages, key=f"gallery_page {truth} {guess}") if pages > 1 else 1
    with slot, st.grid("auto", min_column_width=150):
        for _, mistake in found.iloc[(page - 1) * GALLERY_PAGE : page * GALLERY_PAGE].iterrows():
            with st.container(gap="xsmall"):
                _card(study, mistake)


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "picture"), counted(1200, "picture")
    ('1 picture', '1,200 pictures')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def picture_name(image_id: str) -> str:
    """A picture's id as people write it: "pork chop 1234"."""
    return words(image_id).replace("/", " ")


def _card(study: Study, mistake: pd.Series) -> None:
    thumbnail(study, mistake)
    st.caption(
        f"{words(mistake['guess'])} {mistake['p_guess']:.0%}  \n{words(mistake['truth'])} {mistake['p_truth']:.0%}, "
        f"rank {mistake['rank_of_truth']}"
    )
    compare_link(mistake)


def thumbnail(study: Study, mistake: pd.Series) -> None:
    """A mistake in small, or in its place why it cannot be shown."""
    image_id = str(mistake["image_id"])
    try:
        picture = loaders.thumbnail(study, image_id)
        st.image(picture, width="stretch", alt=f"{picture_name(image_id)}, taken for {words(mistake['guess'])}")
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
