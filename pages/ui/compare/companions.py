"""What lies beside a mistake: pictures that the model gets right, of which class, and how they are chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.ui.controls import choices
from pages.ui.frame import components, link
from pages.ui.loaders import pictures
from xai_core.confusions import companions
from xai_core.errors import PictureUnreadable
from xai_core.labels import words
from xai_core.study.study import Study

MOST = 6
USUAL = 3

WAYS = {"nearest": "most alike", "confident": "most confident", "hand": "by hand"}
"""How companions are chosen, by the text in the URL."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to lie beside a mistake.

    Attributes
    ----------
    count
        How many pictures; of no use where they are chosen by hand.
    classes
        Their classes: the true class, the guessed one, or both in this order.
    by
        One of `WAYS`.
    """

    count: int
    classes: tuple[str, ...]
    by: str


def wanted(mistake: pd.Series) -> Wanted:
    """Widgets of what lies beside a mistake, into the columns of a row."""
    truth, guess = str(mistake["truth"]), str(mistake["guess"])
    classes = {"truth": (truth,), "guess": (guess,), "both": (truth, guess)}
    titles = {"truth": f"{words(truth)} (truth)", "guess": f"{words(guess)} (guess)", "both": "both classes"}
    count = choices.number("companions", range(1, MOST + 1), USUAL, f"There are 1 to {MOST}.")
    whose = link.choice(
        "beside", {each: each for each in classes}, "truth", what="class of companions", hint=_WHOSE_HINT
    )
    by = link.choice("by", {each: each for each in WAYS}, "nearest", what="way of choosing companions", hint=_BY_HINT)
    st.slider(
        "Companions", 1, MOST, count, key="companions", disabled=by == "hand", on_change=link.follow, help=_COMPANIONS
    )
    st.selectbox(
        "Companions show",
        list(classes),
        list(classes).index(whose),
        key="beside",
        format_func=titles.__getitem__,
        on_change=link.follow,
        help=_WHOSE,
    )
    st.selectbox(
        "Chosen",
        list(WAYS),
        list(WAYS).index(by),
        key="by",
        format_func=WAYS.__getitem__,
        on_change=link.follow,
        help=_BY,
    )
    return Wanted(count, classes[whose], by)


def chosen(study: Study, mistake: pd.Series, asked: Wanted) -> tuple[str, ...]:
    """Find the companions; what is lost on the way is told.

    Returns
    -------
    Image ids, class by class, the most fitting first.
    """
    image_id, by = str(mistake["image_id"]), "confident" if asked.by == "confident" else "nearest"
    ranked = {
        each: companions.companions(study.table, study.embeddings, image_id, each, count=len(study.table), by=by)
        for each in asked.classes
    }
    for name, of_class in ranked.items():
        if not of_class:
            st.info(f"The model gets no picture of {words(name)} right.", icon=":material/info:")
    if asked.by == "hand":
        picked = _by_hand(study, list(ranked.values()), asked.count)
        return tuple(_readable(study, picked, MOST))
    of_classes = [_readable(study, of_class, asked.count) for of_class in ranked.values()]
    return companions.shared_out(of_classes, asked.count)


def _by_hand(study: Study, ranked: Sequence[Sequence[str]], count: int) -> list[str]:
    """Let the reader pick companions; at first they are those that were there before."""
    offered = [each for of_class in ranked for each in of_class]
    sure = study.table.set_index("image_id")["p_guess"]
    asked = link.asked("hand")
    named = [each for each in (asked or "").split(",") if each]
    known = [each for each in dict.fromkeys(named) if each in offered][:MOST]
    picked = link.choice(
        "hand",
        {asked: known} if asked is not None and known == named else {},
        known or list(companions.shared_out(ranked, count)),
        what="pictures",
        hint=f"There are up to {MOST} that the model gets right, of the form class/number.",
    )
    st.multiselect(
        f"Companions, up to {MOST}, the most alike first in the list",
        offered,
        picked,
        key="hand",
        format_func=lambda each: f"{components.picture_name(each)}: {sure[each]:.0%}",
        max_selections=MOST,
        on_change=link.follow,
        placeholder="Pick pictures that the model gets right",
    )
    return picked


def _readable(study: Study, ranked: Sequence[str], count: int) -> list[str]:
    """The first of some pictures that can be read."""
    found: list[str] = []
    for image_id in ranked:
        if len(found) == count:
            break
        try:
            pictures.sight(study, image_id)
        except PictureUnreadable as lost:
            st.warning(lost.sentence, icon=":material/broken_image:")
        else:
            found.append(image_id)
    return found


def in_words(study: Study, asked: Wanted) -> str:
    """What lies beside the mistake, as the rest of a sentence."""
    names = " and ".join(f"**{words(each)}**" for each in asked.classes)
    return f"{names} that the model gets right, {_how(study, asked.by)}"


def _how(study: Study, by: str) -> str:
    if by == "hand":
        return "picked by hand"
    if by == "confident":
        return "the ones it is surest of"
    if study.embeddings is None:
        return "the ones it is surest of (this study has no embeddings to tell which look alike)"
    return "the ones that look most alike to the model"


_WHOSE_HINT = "It is truth, guess or both. Shown is the true class."
_BY_HINT = "There are nearest, confident and hand. Shown are the nearest."
_COMPANIONS = "How many pictures that the model gets right are shown beside the mistake."
_WHOSE = (
    "Of the true class: what does the model look at where it recognises the dish? Of the guessed class: what does the "
    "mistake have in common with what it was taken for?"
)
_BY = (
    "Most alike: nearest to the mistake by the angle between the model's embeddings. Most confident: the ones that the "
    "model is surest of. By hand: any that it gets right."
)
