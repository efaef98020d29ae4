"""The picture that is to be explained: chosen from the study, or brought by the reader."""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui.frame import components, keys, link
from pages.ui.loaders import explanations, pictures, studies
from pages.ui.loaders.pictures import Sight
from xai_core.confusions import confusion
from xai_core.errors import NameUnknown, PictureUnreadable, XaiError
from xai_core.explain.explanation import Explanation
from xai_core.explain.service import Job
from xai_core.labels import words
from xai_core.model.runtime import Runtime
from xai_core.settings import ExplainSettings
from xai_core.study.study import Study

_SHOWN = "_explain_shown"


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A picture that is to be explained.

    Attributes
    ----------
    image_id
        Of a picture of the study; None for one that the reader brought, of which nothing may be kept.
    name, stem
        For people, "pork chop 1234", and for the names of files, "pork_chop-1234".
    sight
        The picture as the model sees it.
    logits : (L,) float32
        What the model says of it; None while the model is being opened.
    truth
        What it shows, where that is known.
    """

    image_id: str | None
    name: str
    stem: str
    sight: Sight
    logits: NDArray[np.float32] | None
    truth: str | None


def explained(study: Study, model: Runtime, subject: Subject, settings: ExplainSettings) -> Job[Explanation]:
    """Ask for the explanation of a picture, of which nothing is kept if the reader brought it; returns at once."""
    if subject.image_id is None:
        return explanations.submit_upload(model, subject.sight, settings)
    return explanations.submit(study, model, subject.image_id, settings)


def stored(study: Study, subject: Subject, settings: ExplainSettings) -> Explanation | None:
    """The explanation of a picture where it is in the store, which needs no model; none of the reader's own."""
    return None if subject.image_id is None else explanations.stored(study, subject.image_id, settings)


def of_study(study: Study) -> Subject | None:
    """Let the reader choose a picture of the study, and go through those that are called the same.

    Returns
    -------
    The picture; None where none can be read.
    """
    seen = confusion.readable(study.table)
    if seen.empty:
        st.info("None of the pictures can be read, so there is nothing to explain.", icon=":material/info:")
        return None
    text = link.asked("picture")
    known = _known(study, seen, text)
    # What is asked for and is not there leaves what was shown before.
    before = known.get(st.session_state.get(_SHOWN, "")) if text is not None else None
    image_id = link.choice("picture", known, before or _first(study, seen), what="picture", hint=_why_not(study, text))
    st.session_state[_SHOWN] = image_id
    row = study.row(image_id)
    if row["truth"] != row["guess"]:
        link.keep(truth=row["truth"], guess=row["guess"])
    _picker(study, row)
    place = study.table.index.get_loc(row.name)
    return Subject(
        image_id=image_id,
        name=components.picture_name(image_id),
        stem=image_id.replace("/", "-"),
        sight=pictures.sight(study, image_id),
        logits=study.logits[place].astype(np.float32),
        truth=str(row["truth"]),
    )


def _known(study: Study, seen: pd.DataFrame, text: str | None) -> dict[str, str]:
    """The pictures that can be read, by their ids; and the one that a text names in another way, by that."""
    ids = seen["image_id"]
    known = dict(zip(ids, ids, strict=True))
    if text is not None and text not in known:
        with suppress(XaiError):
            known[text] = named(study, text)
    return known


def _picker(study: Study, row: pd.Series) -> None:
    truth, image_id = str(row["truth"]), str(row["image_id"])
    of_class = _of_class(study, truth)
    titles = {str(each["image_id"]): _titled(each) for _, each in of_class.iterrows()}
    alike = list(of_class["image_id"][of_class["guess"] == row["guess"]])
    place = alike.index(image_id)
    classes = sorted(confusion.readable(study.table)["truth"].unique())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        # A key of its own for each class: the box follows the picture, however that was chosen.
        key = f"explain_class {truth}"
        st.selectbox(
            "Class",
            classes,
            classes.index(truth),
            key=key,
            format_func=words,
            on_change=_open_class,
            args=(study, key),
            width=190,
        )
        st.selectbox(
            f"Picture ({place + 1:,} of {len(alike):,} called {words(row['guess'])})",
            list(titles),
            list(titles).index(image_id),
            key="picture",
            format_func=lambda each: titles.get(each, each),
            on_change=_follow_named,
            args=(study,),
            accept_new_options=True,
            help=_PICTURE,
            width=320,
        )
        _step("Previous", alike, -1, disabled=place == 0, shortcut=keys.PREVIOUS)
        _step("Next", alike, 1, disabled=place + 1 == len(alike), shortcut=keys.NEXT)


def _of_class(study: Study, truth: str) -> pd.DataFrame:
    """Pictures of a class, the mistakes first, then by confidence."""
    wrong, right = (confusion.gallery(study.table, truth=truth, which=which) for which in ("wrong", "right"))
    return pd.concat([wrong, right])


def _open_class(study: Study, key: str) -> None:
    link.go(picture=_of_class(study, st.session_state[key])["image_id"].iloc[0])


def _follow_named(study: Study) -> None:
    """What was picked is an id; what was typed may name any picture, or none, and that is told."""
    link.follow()
    try:
        named(study, st.session_state["picture"])
    except XaiError as fault:
        st.toast(fault.sentence, icon=":material/search_off:")


def named(study: Study, text: str) -> str:
    """Find a readable picture by its id, by its name, or by its number where only one has it.

    Raises
    ------
    NameUnknown
        If there is none, or are several; the hint names some.
    PictureUnreadable
        If it is there and cannot be read.
    """
    wanted = text.strip().casefold().replace(" ", "_")
    ids = confusion.readable(study.table)["image_id"]
    plain = ids.str.casefold()
    names = (plain, plain.str.replace("/", "_"), plain.str.rpartition("/")[2])
    fitting = list(ids[np.logical_or.reduce([each == wanted for each in names])])
    if not fitting:
        row = study.row(text.strip())
        raise PictureUnreadable(text.strip(), row["unreadable"])
    if len(fitting) > 1:
        raise NameUnknown("picture", text, fitting[:3])
    return str(fitting[0])


def _titled(row: pd.Series) -> str:
    mark = "right" if row["truth"] == row["guess"] else words(row["guess"])
    return f"{components.picture_name(row['image_id'])}: {mark}, {row['p_guess']:.0%}"


def _step(label: str, among: list[str], by: int, *, disabled: bool, shortcut: str) -> None:
    st.button(
        label,
        key=f"explain_{label}",
        disabled=disabled,
        shortcut=shortcut,
        on_click=link.step,
        args=("picture", among, by),
    )


def _first(study: Study, seen: pd.DataFrame) -> str:
    """The most confident mistake of the pair that was asked for, else of the commonest pair, else any picture."""
    ranked = studies.pairs(study)
    pairs = [(link.asked("truth") or "", link.asked("guess") or "")]
    pairs += list(zip(ranked["truth"][:1], ranked["guess"][:1], strict=True))
    for truth, guess in pairs:
        of_pair = confusion.mistakes(study.table, truth, guess)
        if not of_pair.empty:
            return str(of_pair["image_id"].iloc[0])
    return str(seen["image_id"].iloc[0])


def _why_not(study: Study, image_id: str | None) -> str:
    reasons = study.table["unreadable"][study.table["image_id"] == image_id]
    if reasons.empty:
        return "Ids are of the form class/number."
    return f"That picture cannot be read: {reasons.iloc[0]}."


_PICTURE = "Pick one, the mistakes first, or type the id of any: pork_chop/1234, or its number alone."
