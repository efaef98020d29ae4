"""Test whether the strongest evidence is the cause: it is hidden in all mistakes of the pair."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.evidence import averages, cause_words
from pages.ui.evidence.request import EvidenceRequest
from pages.ui.frame import choices, components, navigation
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import evaluations, explanations
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.maps import jobs
from pages.ui.picture import patch_names
from xai_core import render
from xai_core.evidence.averages import outlined
from xai_core.evidence.findings import ExplainedPicture, Findings
from xai_core.explain.target import probabilities
from xai_core.explain.wording import probability_text
from xai_core.language import mark, tr, tr_all
from xai_core.model.runtime import Runtime
from xai_core.repair.suspects import cause_effects, hiding
from xai_core.repair.suspects.ranking import MOST_MISTAKES, MOST_RIGHT, PairPictures
from xai_core.study.study import Study
from xai_core.trust.check_questions import CheckedPicture, PlanQuestion

STRIP = 6
"""Largest number of mistakes that are shown before and after."""

_SLOT = "cause"
_CELL_PX, _SLIDERS_PX, _AVERAGE_PX = 110, 240, 180


@dataclass(frozen=True, slots=True, eq=False)
class TestedPicture:
    """Picture of the test with what is hidden in it, the spot first."""

    image_id: str
    view: NDArray[np.uint8]
    hidden: tuple[NDArray[np.bool_], ...]


def draw_cause(
    study: Study, request: EvidenceRequest, found: Findings, pieces: Sequence[ExplainedPicture], *, final: bool
) -> None:
    """Draw the choice of the spot to hide, and what hiding it does.

    Parameters
    ----------
    study, request
        Study and request.
    found
        What the pictures have in common.
    pieces
        The explained pictures.
    final
        False while explanations are still coming in.
    """
    st.markdown(f"#### {tr('Is it the cause?')}")
    names = {f"named {name.name}": name for name in patch_names.names_of_pair(study, request.truth, request.guess)}
    titles = tr_all(_TITLES)
    titles |= {key: literal(tr("“{name}”", name=name.name)) for key, name in names.items()}
    chosen = choices.segmented(
        "hide",
        titles,
        tr("Hide in all of these mistakes"),
        noun=tr("part to hide"),
        hint=tr("Nothing is hidden."),
        help_text=tr(_HELP),
    )
    if chosen == "nothing":
        return
    if not final:
        st.caption(tr("This begins when all pictures above are explained."))
        return
    spot_of = _same_place(request, found) if chosen == "place" else hiding.SPOTS.get(chosen, hiding.strongest_square)
    pictures, tested = choose_tested(request, pieces, spot_of, names[chosen].pictures if chosen in names else None)
    if not pictures.mistakes:
        st.caption(tr("None of the mistakes above has this name."))
        return
    question = (chosen, request.settings, pictures, tuple(int(parts.hidden[0].sum()) for parts in tested))
    jobs.live(
        _SLOT,
        study,
        question if chosen != "place" else (*question, tested[0].hidden[0].tobytes()),
        lambda model: [
            explanations.submit_question(question) for question in hiding_questions(study, model, request, tested)
        ],
        lambda found: _draw_result(study, request, pictures, tested, found),
        noun="masked picture",
    )


def choose_tested(
    request: EvidenceRequest,
    pieces: Sequence[ExplainedPicture],
    spot_of: hiding.SpotOf,
    named: Collection[str] | None = None,
) -> tuple[PairPictures, list[TestedPicture]]:
    """Return the pictures of the test, and what is hidden in each: mistakes first, then right answers.

    Parameters
    ----------
    request, pieces
        Request, and the explained pictures.
    spot_of
        Chooses the spot to hide.
    named
        Ids of the mistakes that are tested; None for all.
    """
    chosen = [piece for piece in pieces if piece.group == "mistakes" and (named is None or piece.image_id in named)]
    mistakes = chosen[:MOST_MISTAKES]
    right = [piece for piece in pieces if piece.group == "of_truth"][:MOST_RIGHT]
    pictures = PairPictures(
        request.truth,
        request.guess,
        request.pictures.of_pair,
        tuple(piece.image_id for piece in mistakes),
        tuple(piece.image_id for piece in right),
    )
    return pictures, [_tested(piece, spot_of) for piece in (*mistakes, *right)]


def _same_place(request: EvidenceRequest, found: Findings) -> hiding.SpotOf:
    """Draw two sliders and the average of the mistakes with the place, and return the place as a spot."""
    with st.grid(2, min_column_width=_SLIDERS_PX, gap="medium"):
        with st.container():
            columns = choices.percent_range("across", tr("From left to right, percent"), default=_MIDDLE_THIRD)
            rows = choices.percent_range("down", tr("From top to bottom, percent"), default=_MIDDLE_THIRD)
        average = found.on_frame["mistakes"]
        place = place_mask(average.contrast.shape, columns, rows)
        drawn = averages.coloured_average(request, average, render.shared_limit(average.contrast))
        st.image(outlined(drawn, place), width=_AVERAGE_PX, alt=tr("Average of the mistakes, with the place to hide"))
    return lambda contrast: place_mask(contrast.shape, columns, rows)


def place_mask(shape: tuple[int, ...], columns: tuple[int, int], rows: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the mask of a rectangle, (H, W) bool, from its edges in percent of width and height."""
    mask = np.zeros(shape[:2], np.bool_)
    top, bottom = (round(edge * shape[0] / 100) for edge in rows)
    left, right = (round(edge * shape[1] / 100) for edge in columns)
    mask[top:bottom, left:right] = True
    return mask


def _tested(piece: ExplainedPicture, spot_of: hiding.SpotOf) -> TestedPicture:
    parts = hiding.hidden_parts(spot_of(piece.contrast), piece.image_id)
    return TestedPicture(piece.image_id, piece.view, parts)


def hiding_questions(
    study: Study, model: Runtime, request: EvidenceRequest, tested: Sequence[TestedPicture]
) -> list[PlanQuestion[NDArray[np.float32]]]:
    """Return one question for each filling of each picture, picture by picture."""
    return [
        hiding.hiding_question(_checked(study, model, request, parts.image_id), parts.hidden, filling)
        for parts in tested
        for filling in hiding.FILLINGS
    ]


def _checked(study: Study, model: Runtime, request: EvidenceRequest, image_id: str) -> CheckedPicture:
    view = loaders_pictures.model_view(study, image_id)
    return evaluations.checked_picture(study, model, view, request.settings, own=False)


def _draw_result(
    study: Study,
    request: EvidenceRequest,
    pictures: PairPictures,
    tested: Sequence[TestedPicture],
    found: jobs.Live[NDArray[np.float32]],
) -> None:
    """Draw the conclusion, the strip and the table once all masked pictures are evaluated."""
    if not all(found.complete) or not found.jobs:
        return
    hidden = hidden_pictures(study, tested, [answer for answer in found.answers if answer is not None])
    result = cause_effects.conclude(study.labels, pictures, hidden)
    with st.container(border=True, gap="small"):
        st.markdown(f"#### {literal(cause_words.headline(result))}")
        st.markdown(literal(result.sentence))
        st.caption(literal(cause_words.controls_sentence(result)))
        navigation.repair_link(request.truth, request.guess)
    _draw_strip(study, request, tested[: len(pictures.mistakes)], hidden)
    with st.expander(tr("Numbers of the test"), icon=":material/table:"):
        st.dataframe(cause_words.table(result), hide_index=True, width="stretch")
        st.caption(tr(cause_words.TABLE_HELP))


def hidden_pictures(
    study: Study, tested: Sequence[TestedPicture], logits: Sequence[NDArray[np.float32]]
) -> list[hiding.HiddenPicture]:
    """Return the tested pictures with the answers to `hiding_questions`, which are in the same order."""
    count = len(hiding.FILLINGS)
    return [
        hiding.HiddenPicture(
            parts.image_id,
            parts.hidden[0],
            _before(study, parts.image_id),
            np.stack(logits[number * count : (number + 1) * count]),
        )
        for number, parts in enumerate(tested)
    ]


def _before(study: Study, image_id: str) -> NDArray[np.float32]:
    row = int(np.flatnonzero((study.table["image_id"] == image_id).to_numpy())[0])
    return np.asarray(study.logits[row], np.float32)


def _draw_strip(
    study: Study, request: EvidenceRequest, tested: Sequence[TestedPicture], hidden: Sequence[hiding.HiddenPicture]
) -> None:
    """Draw some mistakes before and after, with what the model says."""
    shown = list(zip(tested, hidden, strict=False))[:STRIP]
    with st.grid(len(shown), min_column_width=_CELL_PX):
        for parts, logits in shown:
            with st.container(gap="xsmall"):
                name = components.picture_name(parts.image_id)
                st.image(parts.view, width="stretch", alt=tr("{picture}, whole", picture=name))
                st.caption(_said(study, logits.before))
                hidden_alt = tr("{picture}, with the part hidden", picture=name)
                st.image(_after(study, request, parts), width="stretch", alt=hidden_alt)
                st.caption(_said(study, logits.after[0, 0]))


def _after(study: Study, request: EvidenceRequest, parts: TestedPicture) -> NDArray[np.uint8]:
    return evaluations.masked_view(study, parts.image_id, request.settings, ~parts.hidden[0], parts.view)


def _said(study: Study, logits: NDArray[np.float32]) -> str:
    p = probabilities(logits.astype(np.float64))
    best = int(p.argmax())
    return f"{literal_words(study.labels[best])} {probability_text(float(p[best]))}"


_MIDDLE_THIRD = (33, 67)
_TITLES = {
    "nothing": mark("Nothing"),
    "part": mark("The strongest part"),
    "square": mark("The strongest square"),
    "place": mark("The same place"),
}
_HELP = mark(
    "The strongest part holds 80% of the evidence for the guess in each picture. The square is the one shown above; "
    "where readers have named squares, those of a name can be hidden. Or choose one place for all. Four random "
    "parts of the same shape are hidden as well, to see what hiding alone does."
)
