"""Choice between a picture of the study and an uploaded one."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.frame import choices, link, navigation
from pages.ui.frame.plain_text import literal
from pages.ui.picture import selection, uploads, verdicts
from pages.ui.picture.selection import Subject
from xai_core.labels import words
from xai_core.language import mark, tr, tr_all
from xai_core.study.study import Study


def choose_picture(study: Study, *, has_verdict: bool = False) -> tuple[Subject | None, DeltaGenerator]:
    """Draw the choice of a picture, and return it.

    Parameters
    ----------
    study
        Study with the pictures.
    has_verdict
        If True, the reader can give a verdict on a picture of the study.

    Returns
    -------
    The picture, None while none is chosen or can be shown, and the panel for the settings.
    """
    follow_linked_picture()
    row = st.container(horizontal=True, vertical_alignment="center")
    source = choose_source(_SOURCES, row)
    steps = row.container(horizontal=True, vertical_alignment="center", width="content", gap="small")
    panel = row.popover(tr("Settings"), icon=":material/tune:")
    beside = row.container(horizontal=True, vertical_alignment="center", width="content", gap="small")
    if source == "upload":
        return uploads.choose_upload(study), panel
    subject = selection.choose_from_study(study, steps, panel)
    if subject is not None:
        with beside:
            if has_verdict:
                verdicts.draw_form(study, str(subject.image_id), "explain")
            st.caption(literal(_place(study, subject)), width="content")
    return subject, panel


def follow_linked_picture() -> None:
    """Take the study as the source if a link names one of its pictures, and not the picture that was uploaded."""
    if link.is_omitted("source") and not link.is_omitted("picture"):
        link.remember(source="study")


def choose_source(titles: Mapping[str, str], container: DeltaGenerator | None = None) -> str:
    """Draw the choice of a source, "study" or "upload", into a container, and return it.

    Parameters
    ----------
    titles
        Title of each source, marked for translation.
    container
        Where the choice is drawn; None draws it into the page.
    """
    return choices.segmented(
        "source",
        tr_all(titles),
        tr("Picture"),
        noun=tr("source"),
        hint=tr("It is study or upload."),
        container=container,
        titled=False,
    )


def _place(study: Study, subject: Subject) -> str:
    """Return the name of a picture with its place among those of the same class and guess."""
    truth, guess = study.row(str(subject.image_id))[["truth", "guess"]]
    alike = selection.alike_pictures(study, str(truth), str(guess))
    return tr(
        "{name}, {index:,} of {count:,} called {guess}",
        name=subject.name,
        index=alike.index(str(subject.image_id)) + 1,
        count=len(alike),
        guess=words(guess),
    )


def draw_links(row: pd.Series) -> None:
    """Draw the links from a mistake to its comparison and to its pair."""
    if row["truth"] == row["guess"]:
        return
    navigation.compare_link(row)
    st.page_link(
        "pages/confusions.py",
        label=tr("All mistakes of this pair"),
        icon=":material/grid_view:",
        query_params=link.link_parameters(truth=row["truth"], guess=row["guess"]),
    )


_SOURCES = {"study": mark("A picture of the study"), "upload": mark("A picture of your own")}
