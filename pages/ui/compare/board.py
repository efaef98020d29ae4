"""Overlays of a mistake and correct pictures side by side, drawn as they are computed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui.compare import numbers
from pages.ui.compare.request import CompareRequest, Row
from pages.ui.controls import colour_scale
from pages.ui.frame import components
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import explanations
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.maps import consistency, convergence, jobs, lens, location, overlays
from pages.ui.maps.linked_pictures import LinkedPictures
from xai_core.explain.colour_scale import Limits, leading_answer
from xai_core.explain.explanation import Explanation
from xai_core.explain.wording import probability_text
from xai_core.language import tr
from xai_core.study.precompute import settings_for
from xai_core.study.study import Study

_SLOT = "compare"
_COLUMN_PX = 130  # two columns fit on a telephone, so that the mistake stands beside a correct picture
_NARROW_PX = 105  # the same with more than four columns


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Picture of the study, (h, w, 3) uint8 as the model sees it, with its painted parts if they are known."""

    row: pd.Series
    view: NDArray[np.uint8]
    painted: location.Parts | None

    @property
    def name(self) -> str:
        """Name of the picture with its kind, for alternative texts."""
        name = components.picture_name(self.row["image_id"])
        is_correct = self.row["truth"] == self.row["guess"]
        return tr("{name}, correct", name=name) if is_correct else tr("{name}, mistake", name=name)


def columns_of(study: Study, pictures: Sequence[str]) -> list[Column]:
    """Read the pictures of the columns."""
    return [
        Column(
            study.row(image_id),
            loaders_pictures.model_view(study, image_id).view,
            location.painted_parts(study, image_id),
        )
        for image_id in pictures
    ]


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
    asked = [(image_id, settings_for(study, image_id, request.settings)) for image_id in pictures]
    # Read here: an error inside the fragment would be shown as a traceback.
    columns = columns_of(study, pictures)
    found = jobs.live(
        _SLOT,
        study,
        (pictures, request.settings),
        lambda model: [explanations.submit(study, model, image_id, chosen) for image_id, chosen in asked],
        lambda found: _draw(study, columns, request, found),
        stored=lambda: [explanations.stored_explanation(study, image_id, chosen) for image_id, chosen in asked],
        earlier=lambda: [explanations.earlier_explanation(study, image_id, chosen) for image_id, chosen in asked],
        needs_model=False,
        shows_progress=False,
        shows_errors=False,
    )
    final = dict(zip(pictures, found.final, strict=True))
    consistency.draw_disagreement(study, final)
    return final


def find_evidence(column: Column, answer: Explanation, request: CompareRequest) -> location.Finding:
    """Return where the evidence of the chosen row lies in a picture."""
    return location.find(answer, request.located.target, column.painted, request.display)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawing:
    """Contents of one run, with one answer and one finding for each column."""

    study: Study
    columns: Sequence[Column]
    answers: Sequence[Explanation | None]
    findings: Sequence[location.Finding | None]
    limits: Limits
    request: CompareRequest
    linked: LinkedPictures


def _draw(study: Study, columns: Sequence[Column], request: CompareRequest, found: jobs.Live[Explanation]) -> None:
    """Draw the finding, the pictures with the contrast below them, and folded all else."""
    answers = found.answers
    contrast, *classes = request.rows
    limits = request.display.scale.limits(
        leading_answer(answers), contrast.target, [row.target.label for row in classes]
    )
    if limits.contrast:
        colour_scale.remember_limits(limits, study)
    findings = [
        None if answer is None else find_evidence(column, answer, request)
        for column, answer in zip(columns, answers, strict=True)
    ]
    drawing = _Drawing(study, columns, answers, findings, limits, request, LinkedPictures(_SLOT, request.display.unit))
    name = literal_words(request.located.target.label)
    st.markdown(
        f"**{literal(findings[0].sentence)}**"
        if findings[0]
        else tr("Where is the evidence for {name}? Being computed ...", name=name)
    )
    overlays.draw_key(limits.contrast, study, request.display, contrast.target)
    with _picture_grid(columns):
        for index in range(len(columns)):
            with st.container(gap="xsmall"):
                _draw_column(drawing, index)
                found.draw_error(index)
    found.draw_progress()
    convergence.draw_outdated(answers)
    with st.expander(tr("Evidence for each class")):
        _draw_classes(drawing, classes)
    drawing.linked.link()
    with st.expander(tr("Numbers")):
        numbers.draw_numbers([column.row for column in columns], answers, findings, request)


def _draw_column(drawing: _Drawing, index: int) -> None:
    """Draw a picture, its contrast map, and the crop where its evidence is strongest."""
    column, found, request = drawing.columns[index], drawing.findings[index], drawing.request
    row = column.row
    kind = tr("Correct") if row["truth"] == row["guess"] else tr("Mistake")
    # The name of the class is below the picture: in a line above it could break, and the pictures would not align.
    st.markdown(f"**{kind}** {probability_text(row['p_guess'])}")
    answer = drawing.answers[index]
    with drawing.linked.picture():
        alt = tr("{name} as the model sees it", name=components.picture_name(row["image_id"]))
        st.image(column.view, width="stretch", alt=alt)
    with drawing.linked.picture(answer, request.target):
        overlays.draw_overlay(
            column.view,
            answer,
            request.target,
            limit=drawing.limits.contrast,
            display=request.display,
            name=column.name,
            finding=found.sentence if found else "",
        )
    lens.draw_lens(column.view, found, column.name, tr("called {name}", name=literal_words(row["guess"])))


def _draw_classes(drawing: _Drawing, rows: Sequence[Row]) -> None:
    """Draw a row of overlays for each class, labelled in every cell."""
    limit, display = drawing.limits.classes, drawing.request.display
    overlays.draw_legend(limit, drawing.study, display.palette, scale=tr("One scale for all classes"))
    for row in rows:
        st.markdown(row.title)
        with _picture_grid(drawing.columns):
            for column, answer in zip(drawing.columns, drawing.answers, strict=True):
                with st.container(gap="xsmall"):
                    with drawing.linked.picture(answer, row.target):
                        overlays.draw_overlay(
                            column.view, answer, row.target, limit=limit, display=display, name=column.name
                        )
                    st.caption(tr("Correct") if column.row["truth"] == column.row["guess"] else tr("Mistake"))


def _picture_grid(columns: Sequence[Column]) -> st.delta_generator.DeltaGenerator:
    # A mistake without correct pictures leaves the second column empty: alone it would fill the window.
    count = max(2, len(columns))
    return st.grid(count, min_column_width=_COLUMN_PX if count <= 4 else _NARROW_PX, gap="small")
