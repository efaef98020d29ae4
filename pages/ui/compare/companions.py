"""Choice of companions, which are correct pictures shown beside a mistake."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.frame import choices, components, link
from pages.ui.frame.plain_text import fault_text, literal_words
from pages.ui.loaders import pictures
from xai_core.confusions import companions
from xai_core.errors import PictureUnreadable
from xai_core.explain.wording import probability_text
from xai_core.labels import words
from xai_core.language import mark, tr, tr_all
from xai_core.study.study import Study
from xai_core.texts import joined

MOST = 6
"""Largest number of companions."""

DEFAULT = 3
"""Number of companions if neither the link nor the reader names one."""

WAYS = {"nearest": mark("likeness"), "confident": mark("confidence"), "hand": mark("hand")}
"""Ways of choosing companions by their name in the URL."""


@dataclass(frozen=True, slots=True)
class CompanionRequest:
    """Companions that the reader wants to see.

    Attributes
    ----------
    count
        Number of pictures; not used if they are chosen by hand.
    classes
        Their classes: the true class, the guessed class, or both in this order.
    by
        Way of choosing, one of `WAYS`.
    """

    count: int
    classes: tuple[str, ...]
    by: str


def choose_companions(mistake: pd.Series) -> CompanionRequest:
    """Draw the controls for companions, and return the choice."""
    truth, guess = str(mistake["truth"]), str(mistake["guess"])
    classes = {"truth": (truth,), "guess": (guess,), "both": (truth, guess)}
    titles = {
        "truth": tr("{name} (truth)", name=words(truth)),
        "guess": tr("{name} (guess)", name=words(guess)),
        "both": tr("both classes"),
    }
    count = choices.slider(
        "companions",
        range(1, MOST + 1),
        tr("Correct pictures"),
        default=DEFAULT,
        noun=tr("number of correct pictures"),
        hint=tr("There are 1 to {most}.", most=MOST),
        help_text=tr(_COUNT),
        disabled=link.requested("by") == "hand",
    )
    whose = choices.box(
        "beside",
        titles,
        tr("Their class"),
        noun=tr("class of correct pictures"),
        hint=tr(_WHOSE_HINT),
        help_text=tr(_WHOSE),
    )
    by = choices.box(
        "by",
        tr_all(WAYS),
        tr("Chosen by"),
        noun=tr("way of choosing correct pictures"),
        hint=tr(_BY_HINT),
        help_text=tr(_BY),
    )
    return CompanionRequest(count, classes[whose], by)


def find_companions(
    study: Study, mistake: pd.Series, request: CompanionRequest, panel: DeltaGenerator
) -> tuple[str, ...]:
    """Find the companions, and warn about those that cannot be read.

    Parameters
    ----------
    study, mistake, request
        The choice.
    panel
        Where the list for a choice by hand goes.

    Returns
    -------
    Image ids, class by class, the most fitting first.
    """
    image_id, by = str(mistake["image_id"]), "confident" if request.by == "confident" else "nearest"
    # All of them are ranked, not only `count`: the next best replaces a picture that cannot be read.
    ranked = {
        label: companions.companions(study.table, study.embeddings, image_id, label, count=len(study.table), by=by)
        for label in request.classes
    }
    for label, of_class in ranked.items():
        if not of_class:
            st.info(tr("The model gets no picture of {name} right.", name=literal_words(label)), icon=":material/info:")
    if request.by == "hand":
        picked = _choose_by_hand(study, list(ranked.values()), request.count, panel)
        return tuple(_readable(study, picked, MOST))
    of_classes = [_readable(study, of_class, request.count) for of_class in ranked.values()]
    return companions.divide_among_classes(of_classes, request.count)


def _choose_by_hand(study: Study, ranked: Sequence[Sequence[str]], count: int, panel: DeltaGenerator) -> list[str]:
    """Let the reader pick companions, starting with those that were shown before."""
    offered = [image_id for of_class in ranked for image_id in of_class]
    confidence = study.table.set_index("image_id")["p_guess"]
    text = link.requested("hand")
    requested = [image_id for image_id in (text or "").split(",") if image_id]
    known = [image_id for image_id in dict.fromkeys(requested) if image_id in offered][:MOST]
    # The text of the link is an option only if all of its pictures can be shown. Otherwise `link.choice` warns, and the
    # pictures that can be shown are the default.
    picked = link.choice(
        "hand",
        {text: known} if text is not None and known == requested else {},
        known or list(companions.divide_among_classes(ranked, count)),
        noun=tr("pictures"),
        hint=tr("There are up to {most} that the model gets right, of the form class/number.", most=MOST),
    )
    panel.multiselect(
        tr("Correct pictures, up to {most}, the most alike first", most=MOST),
        offered,
        picked,
        key="hand",
        format_func=lambda image_id: f"{components.picture_name(image_id)}: {probability_text(confidence[image_id])}",
        max_selections=MOST,
        on_change=link.clear_notes,
        placeholder=tr("Pick pictures that the model gets right"),
    )
    return picked


def _readable(study: Study, ranked: Sequence[str], count: int) -> list[str]:
    """Return the first pictures that can be read, with a warning about each that cannot."""
    found: list[str] = []
    for image_id in ranked:
        if len(found) == count:
            break
        try:
            pictures.model_view(study, image_id)
        except PictureUnreadable as error:
            st.warning(fault_text(error), icon=":material/broken_image:")
        else:
            found.append(image_id)
    return found


def companions_sentence(study: Study, request: CompanionRequest) -> str:
    """Return a sentence that says which companions are shown."""
    names = joined(f"**{literal_words(label)}**" for label in request.classes)
    if request.by == "hand":
        return tr("Beside the mistake are pictures of {names} that the model gets right, picked by hand.", names=names)
    if request.by == "confident":
        return tr(
            "Beside the mistake are pictures of {names} that the model gets right, the most confident first.",
            names=names,
        )
    if study.embeddings is None:
        return tr(
            "Beside the mistake are pictures of {names} that the model gets right, the most confident first (this "
            "study has no embeddings, which would tell how alike pictures look).",
            names=names,
        )
    return tr(
        "Beside the mistake are pictures of {names} that the model gets right, those that look most like it to the "
        "model.",
        names=names,
    )


_WHOSE_HINT = mark("It is truth, guess or both. Shown is the true class.")
_BY_HINT = mark("There are nearest, confident and hand. Shown are the nearest.")
_COUNT = mark("Number of correct pictures beside the mistake.")
_WHOSE = mark(
    "The true class shows what the model looks at where it recognises the dish. The guessed class shows what the "
    "mistake has in common with it."
)
_BY = mark(
    "Most alike: the smallest angle between the model's embeddings. Most confident: the highest probability. "
    "By hand: any picture that the model gets right."
)
