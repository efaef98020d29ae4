"""Form that writes a repaired model and its study, and what can be done with them."""

from pathlib import Path

import streamlit as st

from pages.ui.access import visitors
from pages.ui.access.download import draw_download
from pages.ui.frame import account, components, navigation
from pages.ui.frame.plain_text import literal
from pages.ui.loaders import studies
from pages.ui.loaders.repairs import FittedTrial
from pages.ui.repair.request import RepairRequest
from xai_core import paths
from xai_core.errors import XaiError
from xai_core.language import mark, tr
from xai_core.repair import repaired_study
from xai_core.study.study import Study

_NAME_PX = 320
_TROUBLE, _MADE = "_repair_trouble", "_repair_made"


def draw_form(study: Study, request: RepairRequest, found: FittedTrial) -> None:
    """Draw the form that writes a repaired model with its study, and links to what it has written."""
    if request.settings.cure == "temperature":
        st.caption(tr("A temperature changes no guess. It is written into the last layer, so that confidences fit."))
    of_study, trouble = st.session_state.pop(_TROUBLE, (None, None))
    if trouble is not None and of_study == studies.identity(study):
        components.show_error(trouble)
    if account.draw_why_not("repair"):
        return
    key = f"repaired name {study.name} {request.truth} {request.guess} {request.settings.cure}"
    with st.form(f"{key} form", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            tr("Name of the new study"), value=_free_name(study), key=key, max_chars=60, width=_NAME_PX, help=tr(_HELP)
        )
        st.form_submit_button(
            tr("Write the model and its study"),
            icon=":material/save:",
            on_click=_write,
            args=(study, found, key),
        )
    made = st.session_state.get(_MADE)
    if made is not None and made[0] == studies.identity(study):
        _draw_made(made[1], Path(made[2]))


def model_path(study: Study, name: str) -> Path:
    """Return the file of a repaired model, beside the folder of its study."""
    suffix = ".onnx" if study.model_file.suffix.lower() == ".onnx" else ".safetensors"
    return paths.studies_folder() / f"{name}{suffix}"


def _free_name(study: Study) -> str:
    taken = set(studies.study_names())
    names = (f"{study.name}-repaired{number}" for number in ("", *range(2, 1000)))
    return next(name for name in names if name not in taken and not model_path(study, name).exists())


def _write(study: Study, found: FittedTrial, key: str) -> None:
    name = st.session_state[key].strip()
    st.session_state.pop(_MADE, None)
    try:
        visitors.require("repair")
        with st.spinner(tr("Writing the model and its study ...")):
            repaired_study.write_model_with_study(
                study,
                found.trial.change,
                found.trial.record(),
                out=model_path(study, name),
                name=name,
                studies=paths.studies_folder(),
                fitted_on=found.fitted_on,
            )
    except XaiError as fault:
        st.session_state[_TROUBLE] = (studies.identity(study), fault)
        return
    st.session_state[_MADE] = (studies.identity(study), name, str(model_path(study, name)))


def _draw_made(name: str, model: Path) -> None:
    done = tr("The study **{name}** and its model are written.", name=literal(name))
    st.success(done, icon=":material/check_circle:")
    with st.container(horizontal=True, vertical_alignment="center"):
        navigation.models_link(name)
        if model.is_file():
            draw_download(tr("Model file"), model.read_bytes, model.name, key="repaired_model")


_HELP = mark(
    "The model is written beside the studies, with the repair in its record. The study has the pictures that the cure "
    "was not fitted on, and opens in the box of studies."
)
