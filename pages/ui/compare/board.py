"""Overlays of a mistake and its companions side by side, drawn as they are computed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui.compare.request import CompareRequest, Row
from pages.ui.frame.plain_text import literal_words
from pages.ui.loaders import explanations
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.maps import colour_scale, consistency, convergence, jobs, location, overlays
from xai_core import render
from xai_core.explain import wording
from xai_core.explain.explanation import Explanation
from xai_core.study.study import Study

HOW_TO_READ = "Each row shows, for all pictures, the evidence for and against one class."

_SLOT = "compare"
_COLUMN_PX = {2: 150, 3: 150, 4: 150}  # smallest width of a column by their number
_NARROW_PX = 105  # the same with more columns


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """Picture of the study, (h, w, 3) uint8 as the model sees it, with its painted parts if they are known."""

    row: pd.Series
    view: NDArray[np.uint8]
    painted: location.Parts | None


def draw_board(study: Study, pictures: tuple[str, ...], request: CompareRequest) -> dict[str, Explanation | None]:
    """Explain pictures and draw their overlays, refined while evaluations come in.

    Parameters
    ----------
    study
        Study that gives pictures and model.
    pictures
        Image ids, the mistake first, one column each.
    request
        Values of the controls.

    Returns
    -------
    Final explanations by image id; None for those that are being computed.
    """
    # Read here: an error inside the fragment would be shown as a traceback.
    columns = [
        _Column(
            study.row(image_id),
            loaders_pictures.model_view(study, image_id).view,
            location.painted_parts(study, image_id),
        )
        for image_id in pictures
    ]
    found = jobs.live(
        _SLOT,
        study,
        (pictures, request.settings),
        lambda model: [explanations.submit(study, model, image_id, request.settings) for image_id in pictures],
        lambda found: _draw_rows(study, columns, request, found),
        stored=lambda: [explanations.stored_explanation(study, image_id, request.settings) for image_id in pictures],
        needs_model=False,
        shows_errors=False,
    )
    final = dict(zip(pictures, found.final, strict=True))
    consistency.draw_disagreement(study, final)
    return final


def _draw_rows(
    study: Study, columns: Sequence[_Column], request: CompareRequest, found: jobs.Live[Explanation]
) -> None:
    """Draw the pictures, and below them a row of overlays for each label or contrast."""
    answers = found.answers
    limit = request.limit or _shared_limit(answers, request.rows)
    if limit:
        colour_scale.remember_limit(limit, study)
    overlays.draw_legend(
        limit,
        study,
        request.display.palette,
        scale="The locked scale" if request.limit else "One scale for all",
        of_noise=request.display.noise_legend,
    )
    convergence.draw_summary(answers, request.target, request.settings)
    with _picture_grid(columns):
        for index, column in enumerate(columns):
            with st.container(gap="xsmall"):
                st.markdown("**Correct**" if column.row["truth"] == column.row["guess"] else "**Mistake**")
                overlays.draw_picture(column.row, column.view)
                found.draw_error(index)
    for row in request.rows:
        st.markdown(row.title)
        if row.name == request.where and request.display.hides_noise:
            st.caption(wording.SHARES_OF_WHOLE_MAP)
        with _picture_grid(columns):
            for column, answer in zip(columns, answers, strict=True):
                with st.container(gap="xsmall"):
                    _draw_cell(column, answer, row, limit, request)


def _shared_limit(answers: Sequence[Explanation | None], rows: Sequence[Row]) -> float:
    """Return the limit that suits all maps, or 0 without maps."""
    maps = [row.target.map_of(answer) for answer in answers if answer for row in rows]
    return render.shared_limit(*maps) if maps else 0.0


def _picture_grid(columns: Sequence[_Column]) -> st.delta_generator.DeltaGenerator:
    return st.grid(len(columns), min_column_width=_COLUMN_PX.get(len(columns), _NARROW_PX))


def _draw_cell(column: _Column, answer: Explanation | None, row: Row, limit: float, request: CompareRequest) -> None:
    overlays.draw_overlay(column.view, answer, row.target, limit=limit, display=request.display)
    if answer and row.target.rather_than is not None:
        convergence.draw_ranking(answer, row.target)
    if row.name == request.where:
        evidence = row.target.map_of(answer) if answer else None
        location.draw_location(evidence, column.painted, literal_words(row.target.label))
