"""Names that the reader gives to what the patches show."""

import streamlit as st

from pages.ui.access import visitors
from pages.ui.evidence import patches
from pages.ui.evidence.request import EvidenceRequest
from pages.ui.frame import account, components
from pages.ui.frame.components import picture_name
from pages.ui.frame.plain_text import literal
from pages.ui.picture import authors, patch_names
from xai_core.errors import XaiError
from xai_core.evidence.findings import Findings
from xai_core.labels import words
from xai_core.language import tr
from xai_core.study.study import Study
from xai_core.texts import counted
from xai_core.verdicts.patch_names import NAME_LIMIT, PatchNames

_NAME_PX = 260
_TROUBLE = "_naming_trouble"


def draw_naming(study: Study, request: EvidenceRequest, found: Findings) -> None:
    """Draw the names of this pair's patches, and the form that gives or changes one."""
    shown = [patch.image_id for patch in patches.of_mistakes(request, found)]
    if not shown:
        return
    names = patch_names.names_of_pair(study, request.truth, request.guess)
    trouble = st.session_state.pop(_TROUBLE, None)
    if trouble is not None:
        components.show_error(trouble)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.popover(tr("Name what they show"), icon=":material/label:", width="content"):
            if not account.draw_why_not("judge"):
                _draw_form(study, request, shown)
        for name in names:
            # `st.badge` has escapes of its own, which would show ours.
            with_number = counted(len(name.pictures), "mistake")
            st.markdown(
                f":blue-badge[{literal(tr('{name}: {mistakes}', name=name.name, mistakes=with_number))}]",
                width="content",
            )


def _draw_form(study: Study, request: EvidenceRequest, shown: list[str]) -> None:
    form = f"naming {request.truth} {request.guess}"
    # With the number of patches in its key: a box that was drawn when the first ones were there would keep only those.
    pictures = f"{form} pictures {len(shown)}"
    with st.form(form, border=False):
        st.text_input(
            tr("Name"),
            key=f"{form} name",
            max_chars=NAME_LIMIT,
            placeholder=tr("What looks like {guess}? Such as: strawberry", guess=words(request.guess)),
            width=_NAME_PX,
        )
        st.multiselect(
            tr("Mistakes whose square shows it"),
            shown,
            shown,
            key=pictures,
            format_func=picture_name,
        )
        st.form_submit_button(tr("Save"), on_click=_save, args=(study, request, form, pictures))
    st.caption(tr("The name is stored with the study. Everybody sees it. Without mistakes it is taken back."))


def _save(study: Study, request: EvidenceRequest, form: str, pictures: str) -> None:
    name, chosen = st.session_state[f"{form} name"], st.session_state[pictures]
    try:
        visitors.require("judge")
        PatchNames(study.folder).put(request.truth, request.guess, name, chosen, author=authors.author())
    except XaiError as fault:
        st.session_state[_TROUBLE] = fault
        return
    st.session_state[f"{form} name"] = ""
    st.toast(tr("The name was saved."), icon=":material/label:")
