"""What argues most, cut out of the photographs: each patch with its numbers and the way to its picture."""

from collections.abc import Iterable

import streamlit as st

from pages.ui.evidence.question import Asked
from pages.ui.frame import link
from pages.ui.frame.components import picture_name
from pages.ui.loaders import pictures
from xai_core.errors import PictureUnreadable
from xai_core.evidence.findings import Findings
from xai_core.evidence.patches import Patch
from xai_core.labels import words
from xai_core.study.study import Study

SHOWN = 12
"""Patches of mistakes at most; of correct pictures there are half as many."""

CELL_PX = 104


def show(study: Study, asked: Asked, found: Findings) -> None:
    """What argues for the guess in mistakes and in pictures of that class, and what argues for the truth."""
    truth, guess = words(asked.truth), words(asked.guess)
    of_guess = {each: found.for_guess[each] for each in asked.pictures.of_guess if each in found.for_guess}
    wrong = {each: found.for_guess[each] for each in asked.pictures.mistakes if each in found.for_guess}
    st.markdown(f"#### What looks like {guess} in the mistakes?")
    st.caption(
        f"Of each picture the ninth of its area that argues most for {guess} rather than {truth}: by how much, which "
        "part of all that does, and the picture's number, which leads to it."
    )
    gallery(study, asked, strongest(wrong.values(), SHOWN))
    if of_guess:
        st.markdown(f"#### Is that how it knows {guess}?")
        st.caption(f"The same in pictures of {guess} that the model gets right.")
        gallery(study, asked, strongest(of_guess.values(), SHOWN // 2))
    if found.for_truth:
        st.markdown(f"#### And what looks like {truth}?")
        st.caption(f"What argues most for it rather than {guess}, in pictures of {truth} that the model gets right.")
        gallery(study, asked, strongest(found.for_truth.values(), SHOWN // 2), for_guess=False)


def strongest(patches: Iterable[Patch], count: int) -> list[Patch]:
    """The patches with the largest values."""
    return sorted(patches, key=lambda each: (-each.value, each.image_id))[:count]


def gallery(study: Study, asked: Asked, patches: Iterable[Patch], *, for_guess: bool = True) -> None:
    """Patches side by side."""
    with st.grid("auto", min_column_width=CELL_PX):
        for patch in patches:
            with st.container(gap="xsmall"):
                cell(study, asked, patch, for_guess=for_guess)


def cell(study: Study, asked: Asked, patch: Patch, *, for_guess: bool = True) -> None:
    """A patch with its numbers and its link."""
    label = words(asked.guess if for_guess else asked.truth)
    name = picture_name(patch.image_id)
    try:
        box = (patch.left, patch.top, patch.left + patch.side, patch.top + patch.side)
        st.image(
            pictures.cut_out(study, patch.image_id, box),
            width="stretch",
            alt=f"Part of {name} that argues most for {label}",
        )
    except PictureUnreadable as fault:
        st.caption(fault.sentence)
        return
    st.caption(f"{patch.value:.2f} logits,  \n{patch.share:.0%} of what is for it")
    _way(asked, patch.image_id, for_guess=for_guess)


def _way(asked: Asked, image_id: str, *, for_guess: bool) -> None:
    """To the comparison of a mistake, to the explanation of another picture."""
    if image_id in asked.pictures.mistakes:
        page, question = "pages/compare.py", {"truth": asked.truth, "guess": asked.guess}
        told, icon = "Explain it beside pictures that the model gets right.", ":material/image_search:"
    else:
        first, second = (asked.guess, asked.truth) if for_guess else (asked.truth, asked.guess)
        page, question = "pages/explain.py", {"source": "study", "why": first, "rather": second}
        told, icon = "Explain this picture.", ":material/lightbulb:"
    number = image_id.rpartition("/")[2]
    st.page_link(page, label=number, icon=icon, help=told, query_params=link.parameters(picture=image_id, **question))
