"""Picture to explain, and its choice from a study."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray
from scipy.special import softmax
from streamlit.delta_generator import DeltaGenerator

from pages.ui.frame import choices, components, link, step_buttons
from pages.ui.frame.plain_text import fault_text
from pages.ui.loaders import explanations, leading, pictures
from pages.ui.picture import carried
from xai_core.confusions import confusion
from xai_core.errors import NameUnknown, PictureUnreadable, XaiError
from xai_core.explain.explanation import Explanation
from xai_core.explain.queue.job import Job
from xai_core.explain.wording import probability_text
from xai_core.labels import words
from xai_core.language import mark, recognised, tr
from xai_core.model.runtime import Runtime
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.model_view import ModelView
from xai_core.study.study import Study

_SHOWN = "_explain_shown"


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Picture to explain.

    Attributes
    ----------
    image_id
        Id of a picture of the study; None for an uploaded picture, of which nothing may be stored.
    name, stem
        Name for people, such as "pork chop 1234", and for files, such as "pork_chop-1234".
    model_view
        The picture as the model sees it.
    logits : (L,) float32
        The model's logits; None while the model is being opened.
    truth
        The true class, if it is known.
    row
        The study's row of the picture; None for an uploaded picture.
    """

    image_id: str | None
    name: str
    stem: str
    model_view: ModelView
    logits: NDArray[np.float32] | None
    truth: str | None
    row: pd.Series | None = None

    def probability(self, label: str, labels: Sequence[str]) -> float:
        """Return the probability of one of the model's labels. The logits must be known."""
        assert self.logits is not None
        # Logits of earlier versions are rounded to float16, so guess and truth are taken from the table.
        if self.row is not None and label in (self.row["guess"], self.row["truth"]):
            return float(self.row["p_guess" if label == self.row["guess"] else "p_truth"])
        return float(softmax(self.logits.astype(np.float64))[list(labels).index(label)])

    def rank(self, label: str, labels: Sequence[str]) -> int:
        """Return the rank of a label by probability, 1 for the guess. The logits must be known."""
        assert self.logits is not None
        if self.row is not None and label == self.row["truth"]:
            return int(self.row["rank_of_truth"])
        column = list(labels).index(label)
        return 1 + int(np.count_nonzero(self.logits > self.logits[column]))


def submit_explanation(study: Study, model: Runtime, subject: Subject, settings: ExplainSettings) -> Job[Explanation]:
    """Submit a job for the explanation of a picture, and return at once."""
    if subject.image_id is None:
        return explanations.submit_upload(model, subject.model_view, settings)
    return explanations.submit(study, model, subject.image_id, settings)


def stored_explanation(study: Study, subject: Subject, settings: ExplainSettings) -> Explanation | None:
    """Return the stored explanation of a picture, for which no model is needed.

    It is None if there is none. Explanations of uploaded pictures are not stored.
    """
    return None if subject.image_id is None else explanations.stored_explanation(study, subject.image_id, settings)


def earlier_explanation(study: Study, subject: Subject, settings: ExplainSettings) -> Explanation | None:
    """Return the stored explanation of a picture by an earlier version of the engine, None if there is none."""
    return None if subject.image_id is None else explanations.earlier_explanation(study, subject.image_id, settings)


def choose_from_study(study: Study, steps: DeltaGenerator, panel: DeltaGenerator) -> Subject | None:
    """Draw the choice of a picture of the study, and return it.

    The buttons for steps go through the pictures of the same class and guess.

    Parameters
    ----------
    study
        Study with the pictures.
    steps, panel
        Where the buttons for steps go, and the boxes of classes and pictures.

    Returns
    -------
    The picture; None if no picture of the study can be read.
    """
    readable = confusion.readable(study.table)
    if readable.empty:
        st.info(tr("None of the pictures can be read, so there is nothing to explain."), icon=":material/info:")
        return None
    text = link.requested("picture")
    known = _known_pictures(study, readable, text)
    # A request for a picture that does not exist leaves the one that was shown before.
    before = known.get(st.session_state.get(_SHOWN, "")) if text is not None else None
    image_id = link.choice(
        "picture", known, before or _default_picture(study, readable), noun=tr("picture"), hint=_why_not(study, text)
    )
    st.session_state[_SHOWN] = image_id
    row = study.row(image_id)
    if row["truth"] != row["guess"]:
        carried.keep_mistake(study, row)
    _draw_picker(study, row, steps, panel)
    index = study.table.index.get_loc(row.name)
    return Subject(
        image_id=image_id,
        name=components.picture_name(image_id),
        stem=image_id.replace("/", "-"),
        model_view=pictures.model_view(study, image_id),
        logits=study.logits[index].astype(np.float32),
        truth=str(row["truth"]),
        row=row,
    )


def _known_pictures(study: Study, readable: pd.DataFrame, text: str | None) -> dict[str, str]:
    """Return a dictionary from the ids of readable pictures and the typed text to ids."""
    ids = readable["image_id"]
    known = dict(zip(ids, ids, strict=True))
    if text is not None and text not in known:
        with suppress(XaiError):
            known[text] = find_picture(study, text)
    return known


def alike_pictures(study: Study, truth: str, guess: str) -> list[str]:
    """Return the ids of the pictures of a class with the same guess, in the order of the steps."""
    return _with_guess(_of_class(study, truth), guess)


def _draw_picker(study: Study, row: pd.Series, steps: DeltaGenerator, panel: DeltaGenerator) -> None:
    truth, image_id = str(row["truth"]), str(row["image_id"])
    of_class = _of_class(study, truth)
    titles = {str(picture["image_id"]): _picture_title(picture) for _, picture in of_class.iterrows()}
    alike = _with_guess(of_class, row["guess"])
    index = alike.index(image_id)
    classes = sorted(confusion.readable(study.table)["truth"].unique())
    with steps:
        step_buttons.draw_steps("explain", "picture", alike, index)
    with panel:
        # A key for each class, so that the box always begins with the class of the picture. With one key it would keep
        # the class that it had before a link or a step went to a picture of another class.
        key = f"explain_class {truth}"
        choices.draw_box(key, classes, tr("Class"), truth, name_of=words, on_change=_open_class, args=(study, key))
        st.selectbox(
            tr("Picture"),
            list(titles),
            list(titles).index(image_id),
            key="picture",
            format_func=lambda name: titles.get(name, name),  # typed text has no title
            on_change=_follow_typed,
            args=(study,),
            accept_new_options=True,
            help=tr(_PICTURE),
        )


def _of_class(study: Study, truth: str) -> pd.DataFrame:
    """Return the pictures of a class, mistakes first, then by confidence."""
    return confusion.gallery(study.table, truth=truth, which="all")


def _with_guess(pictures: pd.DataFrame, guess: str) -> list[str]:
    return list(pictures["image_id"][pictures["guess"] == guess])


def _open_class(study: Study, key: str) -> None:
    link.go(picture=_of_class(study, st.session_state[key])["image_id"].iloc[0])


def _follow_typed(study: Study) -> None:
    """Check the text of the box, which may have been typed, and say if it names no picture."""
    link.clear_notes()
    try:
        find_picture(study, st.session_state["picture"])
    except XaiError as fault:
        st.toast(fault_text(fault), icon=":material/search_off:")


def find_picture(study: Study, text: str) -> str:
    """Return the id of a readable picture by its id, its name, or its unique number.

    Raises
    ------
    NameUnknown
        If there is no such picture, or more than one; the hint names some.
    PictureUnreadable
        If the picture cannot be read.
    """
    wanted = text.strip().casefold().replace(" ", "_")
    ids = confusion.readable(study.table)["image_id"]
    plain = ids.str.casefold()
    spellings = (plain, plain.str.replace("/", "_"), plain.str.rpartition("/")[2])
    fitting = list(ids[np.logical_or.reduce([spelling == wanted for spelling in spellings])])
    if not fitting:
        row = study.row(text.strip())
        raise PictureUnreadable(text.strip(), row["unreadable"])
    if len(fitting) > 1:
        raise NameUnknown(mark("picture"), text, fitting[:3])
    return str(fitting[0])


def _picture_title(row: pd.Series) -> str:
    answer = tr("right") if row["truth"] == row["guess"] else words(row["guess"])
    return tr(
        "{name}: {answer}, {probability}",
        name=components.picture_name(row["image_id"]),
        answer=answer,
        probability=probability_text(row["p_guess"]),
    )


def _default_picture(study: Study, readable: pd.DataFrame) -> str:
    """Return the picture that the page shows at first.

    It is a mistake of the requested pair, else the most telling mistake, else any picture.
    """
    found = leading.lead(study, link.requested("truth"), link.requested("guess"))
    return found.image_id if found else str(readable["image_id"].iloc[0])


def _why_not(study: Study, image_id: str | None) -> str:
    reasons = study.table["unreadable"][study.table["image_id"] == image_id]
    if reasons.empty:
        return tr("Ids are of the form class/number.")
    return tr("That picture cannot be read: {reason}.", reason=recognised(reasons.iloc[0]))


_PICTURE = mark("Pick a picture, mistakes first. Or type the id of any: pork_chop/1234, or its number alone.")
