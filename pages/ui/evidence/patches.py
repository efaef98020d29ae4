"""Patches with the strongest evidence, cut out of the photographs, with numbers and links."""

from collections.abc import Iterable

import streamlit as st

from pages.ui.evidence.request import EvidenceRequest
from pages.ui.frame import link
from pages.ui.frame.components import picture_name
from pages.ui.frame.plain_text import fault_text, literal, literal_words
from pages.ui.loaders import pictures
from xai_core.errors import PictureUnreadable
from xai_core.evidence.findings import Findings
from xai_core.evidence.patches import Patch
from xai_core.labels import words
from xai_core.language import tr
from xai_core.study.study import Study

SHOWN = 12
"""Largest number of patches of mistakes. Of correct pictures half as many are shown."""

CELL_PX, LARGE_PX = 104, 150
"""Smallest widths of a patch of a correct picture, and of one of a mistake."""


def draw_patches_of_mistakes(study: Study, request: EvidenceRequest, found: Findings) -> None:
    """Draw the patches for the guess in mistakes, large, because they are what most readers come for."""
    guess = literal_words(request.guess)
    st.markdown(f"#### {tr('What looks like {guess} in these mistakes?', guess=guess)}")
    st.caption(
        tr(
            "From each mistake, the square with the strongest evidence for {guess}, and its share of that evidence. "
            "Evenly spread evidence would give 11%.",
            guess=guess,
        )
    )
    _draw_gallery(study, request, of_mistakes(request, found), width_px=LARGE_PX)


def of_mistakes(request: EvidenceRequest, found: Findings) -> list[Patch]:
    """Return the patches of mistakes that the page shows, the strongest first."""
    wrong = (found.for_guess[image_id] for image_id in request.pictures.mistakes if image_id in found.for_guess)
    return strongest(wrong, SHOWN)


def draw_patches_of_correct(study: Study, request: EvidenceRequest, found: Findings) -> None:
    """Draw the patches of correct pictures, those for the guess and those for the truth."""
    truth, guess = literal_words(request.truth), literal_words(request.guess)
    of_guess = [found.for_guess[image_id] for image_id in request.pictures.of_guess if image_id in found.for_guess]
    if of_guess:
        st.markdown(f"#### {tr('And in correct {guess}?', guess=guess)}")
        _draw_gallery(study, request, strongest(of_guess, SHOWN // 2))
    if found.for_truth:
        with st.expander(tr("What looks like {truth}?", truth=truth), icon=":material/grid_view:"):
            st.caption(
                tr(
                    "The strongest evidence for {truth} rather than {guess}, in correct pictures of {truth}.",
                    truth=truth,
                    guess=guess,
                )
            )
            _draw_gallery(study, request, strongest(found.for_truth.values(), SHOWN // 2), for_guess=False)


def strongest(patches: Iterable[Patch], count: int) -> list[Patch]:
    """Return the patches with the largest values."""
    return sorted(patches, key=lambda patch: (-patch.value, patch.image_id))[:count]


def _draw_gallery(
    study: Study,
    request: EvidenceRequest,
    patches: Iterable[Patch],
    *,
    for_guess: bool = True,
    width_px: int = CELL_PX,
) -> None:
    with st.grid("auto", min_column_width=width_px):
        for patch in patches:
            with st.container(gap="xsmall"):
                draw_patch(study, request, patch, for_guess=for_guess)


def draw_patch(study: Study, request: EvidenceRequest, patch: Patch, *, for_guess: bool = True) -> None:
    """Draw a patch with its numbers and its link."""
    label = words(request.guess if for_guess else request.truth)
    name = picture_name(patch.image_id)
    try:
        box = (patch.left, patch.top, patch.left + patch.side, patch.top + patch.side)
        st.image(
            pictures.crop_jpeg(study, patch.image_id, box),
            width="stretch",
            alt=tr("Part of {picture} with the strongest evidence for {label}", picture=name, label=label),
        )
    except PictureUnreadable as error:
        st.caption(fault_text(error))
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(f"{patch.share:.0%}", width="content")
        _draw_link(request, patch.image_id, for_guess=for_guess)


def _draw_link(request: EvidenceRequest, image_id: str, *, for_guess: bool) -> None:
    """Link to the comparison of a mistake, or to the explanation of a correct picture."""
    if image_id in request.pictures.mistakes:
        page, question = "pages/compare.py", {"truth": request.truth, "guess": request.guess}
        help_text, icon = tr("Explain it beside pictures that the model gets right."), ":material/image_search:"
    else:
        first, second = (request.guess, request.truth) if for_guess else (request.truth, request.guess)
        page, question = "pages/explain.py", {"source": "study", "why": first, "rather": second}
        help_text, icon = tr("Explain this picture."), ":material/lightbulb:"
    number = image_id.rpartition("/")[2]
    parameters = link.link_parameters(picture=image_id, **question)
    st.page_link(page, label=literal(number), icon=icon, help=help_text, query_params=parameters)
