"""Maps of one picture by two models on one scale, drawn as they are computed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui.controls import colour_scale
from pages.ui.controls.colour_scale import per_hundredth
from pages.ui.frame import components
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import explanations, models
from pages.ui.maps import consistency, jobs, lens, location, overlays
from pages.ui.maps.linked_pictures import LinkedPictures
from pages.ui.models.explained import Explained, Side
from pages.ui.models.part import Part, compared_part
from xai_core.errors import XaiError
from xai_core.explain.colour_scale import Limits
from xai_core.explain.explanation import Explanation
from xai_core.explain.wording import probability_text
from xai_core.labels import words
from xai_core.language import mark, tr

Answers = Mapping[int, Explanation | None]
"""Explanations by the index of their side."""

SIDES = (mark("before"), mark("after"))
"""Names of the sides, in English."""

_SLOT = "models"
_COLUMN_PX = 105  # three columns fit on a telephone


def draw_board(explained: Explained) -> Answers:
    """Explain a picture by both models, and draw the maps, refined while evaluations come in.

    An error is shown, and takes nothing else from the page.

    Returns
    -------
    Final explanations by the index of their side; None for those that are being computed.
    """
    try:
        final = _draw_live(explained)
        for index, answer in final.items():
            side = explained.sides[index]
            consistency.draw_disagreement(side.study, {side.image_id: answer})
    except XaiError as fault:
        components.show_error(fault)
        return dict.fromkeys(explained.asked)
    return final


def _draw_live(explained: Explained) -> Answers:
    sides = [explained.sides[index] for index in explained.asked]
    if not sides:
        _draw(explained, jobs.Live([], [], waiting=False))
        return {}
    stored = [explanations.stored_explanation(side.study, side.image_id, side.settings) for side in sides]
    complete = all(answer is not None for answer in stored)
    first, others = sides[0], sides[1:]
    opened = [models.runtime_if_open(side.study) for side in others]
    if any(model is None for model in opened):
        # `jobs.live` waits for the first model only.
        _draw(explained, jobs.Live([], stored, waiting=not complete), shows_progress=complete)
        if complete:
            return dict(zip(explained.asked, stored, strict=True))
        jobs.wait_for_model(others[0].study)
        return dict.fromkeys(explained.asked)
    found = jobs.live(
        _SLOT,
        first.study,
        tuple((str(side.study.folder), side.study.model_id, side.image_id, side.settings) for side in sides),
        lambda model: [
            explanations.submit(side.study, runtime, side.image_id, side.settings)
            for side, runtime in zip(sides, (model, *filter(None, opened)), strict=True)
        ],
        lambda found: _draw(explained, found),
        stored=lambda: stored,
        needs_model=False,
        noun="map",
        shows_progress=False,
        shows_errors=False,
    )
    return dict(zip(explained.asked, found.final, strict=True))


def _draw(explained: Explained, found: jobs.Live[Explanation], *, shows_progress: bool = True) -> None:
    """Draw the finding, the picture beside both maps, and the numbers."""
    answers: Answers = dict(zip(explained.asked, found.answers, strict=False))
    amount = full_colour(explained, answers)
    display, sides = explained.display, explained.sides
    part = compared_part(explained, answers)
    truth, guess = literal_words(explained.target.labels[-1]), literal_words(explained.target.label)
    finding = literal(part.sentence) if part else tr("Being computed ...")
    st.markdown(tr("Why **{guess}** rather than {truth}? {finding}", guess=guess, truth=truth, finding=finding))
    overlays.draw_key(amount / per_hundredth(1.0, sides[0].study), sides[0].study, display, explained.target)
    linked = LinkedPictures("models", explained.display.unit)
    with st.grid(3, min_column_width=_COLUMN_PX, gap="small"):
        with st.container(gap="xsmall"):
            st.markdown(f"**{tr('The picture')}**")
            with linked.picture():
                alt = tr("{picture} as the first model sees it", picture=explained.name)
                st.image(sides[0].view, width="stretch", alt=alt)
            st.caption(f"{literal(explained.name)}  \n" + tr("true class: {name}", name=truth))
        for index in range(len(sides)):
            with st.container(gap="xsmall"):
                _draw_side(explained, index, answers.get(index), amount, linked)
                if index in explained.asked:
                    found.draw_error(explained.asked.index(index))
    linked.link()
    if shows_progress and explained.asked:
        found.draw_progress()
    if part is not None:
        _draw_part(explained, part)


def full_colour(explained: Explained, answers: Answers) -> float:
    """Return the value of the full colour in logits per hundredth of the picture, 0 while it is not known.

    It is one for both models, also if their inputs differ in size. The model whose guess is the mistake decides it.
    """
    scale, (first, _) = explained.display.scale, explained.sides
    for index in (explained.lead, 1 - explained.lead):
        side, answer = explained.sides[index], answers.get(index)
        if answer is None or side.target is None:
            continue
        # A locked limit is in pixels of the first model's input.
        study = first.study if scale.locked else side.study
        limit = scale.limits(answer, side.target).contrast
        colour_scale.remember_limits(Limits(limit, limit), study)
        return per_hundredth(limit, study)
    return 0.0


def limit_of(side: Side, amount: float) -> float:
    """Return the value of the full colour of a side in logits per pixel of its model's input."""
    return amount / per_hundredth(1.0, side.study)


def _draw_side(
    explained: Explained, index: int, answer: Explanation | None, amount: float, linked: LinkedPictures
) -> None:
    """Draw the map of one model with its numbers, or why there is none."""
    side = explained.sides[index]
    st.markdown(f"**{tr(SIDES[index]).capitalize()}**")
    guess, probability = literal_words(side.guess), probability_text(side.p_guess)
    called = "  \n".join(
        (
            tr("by {study}", study=literal(side.study.name)),
            tr("called {guess} {probability}", guess=guess, probability=probability),
        )
    )
    if side.target is None:
        overlays.draw_pending(side.view)
        st.caption(f"{called}  \n{literal(lacking_sentence(side))}")
        return
    with linked.picture(answer, side.target):
        overlays.draw_overlay(
            side.view,
            answer,
            side.target,
            limit=limit_of(side, amount),
            display=explained.display,
            name=name_by(explained, side),
        )
    numbers = (
        tr("Being computed ...")
        if answer is None
        else overlays.map_numbers(answer, side.target, explained.display.unit)
    )
    st.caption(f"{called}  \n{numbers}")


def lacking_sentence(side: Side) -> str:
    """Return why a model has no map."""
    return tr(
        "The model of {study} does not have the class {name}, so it has no such contrast.",
        study=side.study.name,
        name=side.lacking,
    )


def name_by(explained: Explained, side: Side) -> str:
    """Return the name of the picture with that of a model, for alternative texts."""
    return tr("{picture}, by {study}", picture=explained.name, study=side.study.name)


def _draw_part(explained: Explained, part: Part) -> None:
    """Draw the compared part enlarged, and its numbers by both models."""
    lead = explained.sides[explained.lead]
    with st.container(horizontal=True, vertical_alignment="center"):
        if part.crop is not None:
            finding = location.Finding(words(explained.target.label), part.totals[0], part.name, {}, part.crop)
            st.image(
                lens.enlarged(lead.view, finding), width=lens.SIDE_PX, alt=lens.lens_alt(explained.name, finding.name)
            )
        st.dataframe(
            part_table(explained, part), hide_index=True, alt=tr("Evidence by both models"), column_config=_columns()
        )
    st.caption(tr(_PART))


def part_table(explained: Explained, part: Part) -> pd.DataFrame:
    """Return a line for each model, with its evidence and that on the compared part, in logits and percent."""
    names = [explained.sides[index].study.name for index in part.indices]
    numbers: dict[str, NDArray[np.float64]] = {
        "total": np.array(part.totals),
        "share": 100 * np.array(part.shares),
        "net": np.array(part.nets),
    }
    return pd.DataFrame({"model": names} | numbers)


def _columns() -> dict[str, Any]:
    return {
        "model": tr("Study"),
        "total": st.column_config.NumberColumn(tr("Evidence for the guess, logits"), format="%.2f"),
        "share": st.column_config.NumberColumn(tr("Share of it there"), format="%.0f%%"),
        "net": st.column_config.NumberColumn(tr("Sum there, logits"), format="%.2f"),
    }


_PART = mark(
    "“There” is the part of the picture where the evidence of the model that makes the mistake is densest. Evidence is "
    "the sum of the positive values of the map. The sum there counts both signs. A share does not say how much is left."
)
