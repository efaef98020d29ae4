"""List of what the mistakes of a pair lack in the pictures that the model could have learnt from."""

import pandas as pd
import streamlit as st

from pages.ui.access.download import draw_download
from pages.ui.frame import choices, components
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import repairs, studies
from pages.ui.maps import waiting
from pages.ui.repair.request import RepairRequest
from xai_core.errors import XaiError
from xai_core.exports.spreadsheet import csv_file
from xai_core.language import mark, tr
from xai_core.repair.annotation import requests
from xai_core.study.study import Study

MISTAKES = 6
"""Largest number of mistakes that are drawn beside their nearest pictures."""

OWN_ANSWERS = "own right answers"
"""Value of the parameter `known` for the study itself. No study can have this name."""

_ROW_PX, _CELL_PX = 260, 60
_BOX_PX = 300
_CURVE = "_curve_of"


def draw_missing(study: Study, request: RepairRequest) -> None:
    """Draw the mistakes beside the nearest pictures of both classes, with downloads and the learning curve."""
    try:
        known = _choose_known(study)
        found = repairs.missing_pictures(study, known, request.settings.pair)
    except XaiError as fault:
        components.show_error(fault)
        return
    _draw_rows(study, known or study, request, found)
    with st.container(horizontal=True):
        _draw_downloads(study, request, found)
        _draw_curve_button(study, request)
    _draw_curve(study, request)


def _draw_downloads(study: Study, request: RepairRequest, found: pd.DataFrame) -> None:
    name = f"wanted-{request.truth}-{request.guess}"
    draw_download(
        tr("Request list, CSV"),
        lambda: csv_file(found),
        f"{name}.csv",
        "text/csv",
        key="wanted_csv",
    )
    draw_download(
        tr("Tasks for Label Studio"),
        lambda: requests.to_label_studio(found, _address, study.model_id),
        f"{name}-label-studio.json",
        "application/json",
        key="wanted_tasks",
        help_text=tr("Tasks with the model's guess as prediction. docs/repair.md has the labelling interface."),
    )


def _address(image_id: str) -> str:
    return f"/data/local-files/?d={image_id}.jpg"


def _choose_known(study: Study) -> Study | None:
    others = studies.of_same_model(study)
    if not others:
        return None
    titles = {OWN_ANSWERS: tr("Right answers of this study")}
    titles |= {name: tr("The study {name}", name=name) for name in others}
    chosen = choices.box(
        "known",
        titles,
        tr("Pictures that the model could have learnt from"),
        noun=tr("study of known pictures"),
        hint=tr("Shown are the right answers of this study."),
        width=_BOX_PX,
    )
    return None if chosen == OWN_ANSWERS else studies.open_study(chosen)


def _draw_rows(study: Study, known: Study, request: RepairRequest, found: pd.DataFrame) -> None:
    """Draw the mistakes that are farthest from any picture of their class, each beside the nearest of both classes."""
    truth, guess = literal_words(request.truth), literal_words(request.guess)
    st.caption(
        tr(
            "The mistakes that are least like any known {truth} come first: they are what is missing most. Beside each "
            "is the nearest {truth} and the nearest {guess} by embedding, with the cosine of the angle.",
            truth=truth,
            guess=guess,
        )
    )
    with st.grid("auto", min_column_width=_ROW_PX):
        for _, row in found.head(MISTAKES).iterrows():
            with st.container(border=True), st.grid(3, min_column_width=_CELL_PX, gap="xsmall"):
                with st.container(gap="xsmall"):
                    components.draw_thumbnail(study, study.row(row["image_id"]))
                    st.caption(tr("the mistake"))
                _draw_nearest(known, row["near_truth"], truth, row["similarity_truth"])
                _draw_nearest(known, row["near_guess"], guess, row["similarity_guess"])


def _draw_nearest(known: Study, image_ids: str, class_name: str, similarity: float) -> None:
    """Draw the first of some pictures of a class, whose ids are separated by blanks."""
    image_id = image_ids.partition(" ")[0]
    with st.container(gap="xsmall"):
        if image_id:
            components.draw_thumbnail(known, known.row(image_id))
            st.caption(f"{class_name} {similarity:.2f}")
        else:
            st.caption(tr("no picture of {name}", name=class_name))


def _draw_curve_button(study: Study, request: RepairRequest) -> None:
    if st.button(tr("How many are needed?"), key="curve", icon=":material/show_chart:", help=tr(_CURVE_HELP)):
        st.session_state[_CURVE] = (studies.identity(study), request.settings.pair)


def _draw_curve(study: Study, request: RepairRequest) -> None:
    """Draw the estimate of how many pictures are needed, once the reader has asked for it."""
    if st.session_state.get(_CURVE) != (studies.identity(study), request.settings.pair):
        return
    work = repairs.pictures_needed(study, request.settings.pair)
    curve = waiting.answer_of(work, tr("Refitting with more and more pictures ..."))
    if curve is None:
        return
    st.markdown(literal(curve.sentence))
    truth = literal_words(request.truth)
    table = pd.DataFrame(
        {
            tr("Pictures of {truth} to fit on", truth=truth): [point.pictures for point in curve.points],
            tr("Mistakes left"): [point.mistakes for point in curve.points],
            tr("Right guesses, %"): [round(100 * point.top1, 1) for point in curve.points],
        }
    )
    st.dataframe(table, hide_index=True, width="content")


_CURVE_HELP = mark(
    "The last layer is refitted on half of the study with 0, 2, 4, 8 ... pictures of the true class, and judged on the "
    "other half."
)
