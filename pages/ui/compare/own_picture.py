"""Picture of the reader's own beside correct pictures of a class, with one contrast for all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.controls import settings as controls_settings
from pages.ui.controls.contrast import choose_class
from pages.ui.frame import components
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import evaluations, explanations, models, pictures
from pages.ui.maps import jobs
from pages.ui.maps.linked_pictures import LinkedPictures
from pages.ui.picture import source, uploads
from pages.ui.picture.selection import Subject, submit_explanation
from xai_core import render
from xai_core.confusions.companions import companions_of_embedding
from xai_core.errors import PictureUnreadable
from xai_core.explain.certainty import display_map
from xai_core.explain.colour_scale import OWN_SCALES, leading_answer
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.explain.wording import probability_text
from xai_core.labels import words
from xai_core.language import mark, tr
from xai_core.model.runtime import Runtime
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.study import Study
from xai_core.texts import listed

COMPANIONS = 3
_CELL_PX = 130
_BOX_PX = 230
_SOURCES = {"study": mark("A mistake of the study"), "upload": mark("Your own picture")}


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """Own picture with its companions, their views (H, W, 3) uint8, and the contrast that is shown for all."""

    subject: Subject
    beside: Sequence[str]
    views: Sequence[NDArray[np.uint8]]
    target: Target


def is_chosen(study: Study) -> bool:
    """Draw the choice between a mistake and the uploaded picture, and return True for the latter.

    Without an uploaded picture there is no choice.
    """
    if not uploads.is_there():
        return False
    source.follow_linked_picture()
    if not (study.table["truth"] != study.table["guess"]).any():
        return True
    return source.choose_source(_SOURCES) == "upload"


def draw_own_picture(study: Study) -> None:
    """Draw the uploaded picture beside the nearest correct pictures of a class that the reader chooses."""
    subject, model = uploads.current_upload(study), models.runtime_if_open(study)
    if subject is None or subject.logits is None or model is None:
        jobs.wait_for_model(study)
        return
    ranked = [study.labels[index] for index in np.argsort(-subject.logits, kind="stable")]
    guess = ranked[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        beside = choose_class("with", tr("Beside correct pictures of"), study, guess, width=_BOX_PX)
        other = next(label for label in ranked if label != guess)
        rather = choose_class("than", tr("Evidence rather than for"), study, other, width=_BOX_PX)
        with st.popover(tr("Settings"), icon=":material/tune:"):
            settings = controls_settings.choose_settings(study, st.container())
    if rather == guess:
        st.info(tr("Pick another class than the guess, so that there is a difference to show."), icon=":material/info:")
        return
    st.subheader(literal(tr("Why {guess} rather than {truth}?", guess=words(guess), truth=words(rather))))
    found = _companions(study, subject, model, beside)
    if not found:
        name = literal_words(beside)
        st.info(tr("The model gets no picture of {name} right.", name=name), icon=":material/info:")
    views = [subject.model_view.view, *(pictures.model_view(study, image_id).view for image_id in found)]
    _draw_live(study, _Row(subject, found, views, Target(guess, rather)), settings)


def _companions(study: Study, subject: Subject, model: Runtime, of_class: str) -> list[str]:
    """Return the readable correct pictures of a class that are most like the own picture."""
    view = subject.model_view
    own = evaluations.upload_embedding(study, view.picture_hash, view.view, model)
    found: list[str] = []
    for image_id in companions_of_embedding(study.table, study.embeddings, own, of_class):
        if len(found) == COMPANIONS:
            break
        try:
            pictures.model_view(study, image_id)
        except PictureUnreadable:
            continue
        found.append(image_id)
    return found


def _draw_live(study: Study, row: _Row, settings: ExplainSettings) -> None:
    jobs.live(
        "compare_own",
        study,
        (row.subject.model_view.picture_hash, tuple(row.beside), settings),
        lambda model: [
            submit_explanation(study, model, row.subject, settings),
            *(explanations.submit(study, model, image_id, settings) for image_id in row.beside),
        ],
        lambda found: _draw(study, row, found),
        shows_errors=False,
    )


def _draw(study: Study, row: _Row, found: jobs.Live[Explanation]) -> None:
    """Draw the pictures, each above its map, all on one scale."""
    limit = OWN_SCALES.limits(leading_answer(found.answers), row.target).contrast
    linked = LinkedPictures("own")
    with st.grid(len(row.views), min_column_width=_CELL_PX):
        for index, (view, answer) in enumerate(zip(row.views, found.answers, strict=True)):
            with st.container(gap="xsmall"):
                _draw_picture(study, row, index, view, linked)
                with linked.picture(answer, row.target):
                    _draw_map(row, view, answer, limit)
                found.draw_error(index)
    linked.link()
    first, second = row.target.labels
    st.caption(
        tr(
            "Red: evidence for {first}. Blue: for {second}. One scale for all.",
            first=literal_words(first),
            second=literal_words(second),
        )
    )


def _draw_picture(study: Study, row: _Row, index: int, view: NDArray[np.uint8], linked: LinkedPictures) -> None:
    if index == 0:
        probability = row.subject.probability(row.target.label, study.labels)
        st.markdown(f"**{tr('Your picture')}**")
        with linked.picture():
            st.image(view, width="stretch", alt=tr("The uploaded picture as the model sees it"))
        st.caption(
            tr(
                "called {name}, {probability}",
                name=literal_words(row.target.label),
                probability=probability_text(probability),
            )
        )
        return
    found = study.row(row.beside[index - 1])
    name = components.picture_name(str(found["image_id"]))
    st.markdown(tr("**Correct {name}**", name=literal_words(found["truth"])))
    with linked.picture():
        st.image(view, width="stretch", alt=tr("{name} as the model sees it", name=name))
    st.caption(listed([literal(name), probability_text(found["p_guess"])]))


def _draw_map(row: _Row, view: NDArray[np.uint8], answer: Explanation | None, limit: float) -> None:
    if answer is None:
        st.image(render.pale_grey(view).astype(np.uint8), width="stretch", alt=tr("Not computed yet"))
        return
    first, second = map(words, row.target.labels)
    st.image(
        render.overlay(view, display_map(answer, row.target, hides_noise=True), limit),
        width="stretch",
        alt=tr("Evidence for {first} rather than {second} in red, the reverse in blue", first=first, second=second),
    )
