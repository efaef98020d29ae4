"""Button that measures the pictures of a study, and the progress of it."""

import streamlit as st

from pages.ui.access import visitors
from pages.ui.frame import account, components
from pages.ui.loaders import picture_data
from pages.ui.maps import waiting
from xai_core.errors import XaiError
from xai_core.study.pictures.duplicates import COMPARING, MEASURING, SEARCHING
from xai_core.study.study import Study

_TEXTS = {
    MEASURING: "Measuring {done:,} of {planned:,} pictures ...",
    SEARCHING: "Searching {done:,} of {planned:,} pictures for their likes ...",
    COMPARING: "Comparing {done:,} of {planned:,} pairs of similar pictures ...",
}


def draw_measuring(study: Study) -> None:
    """Draw the button, the progress or the error of the measurement; nothing where all is measured."""
    if _is_complete(study):
        return
    run = picture_data.run_of(study)
    if run is not None and not run.over:
        _draw_progress(study, run)
        return
    error = None if run is None or run.future is None else run.future.exception()
    if isinstance(error, XaiError):
        components.show_error(error)
    elif error is not None:
        raise error
    st.markdown(
        "Dark, blurred or oddly cut pictures, and photographs that come twice, can cause mistakes or hide them. The "
        "pictures of this study have not been measured yet. That takes a few milliseconds a picture, goes on in the "
        "background, and is kept with the study."
    )
    if account.draw_why_not("measure"):
        return
    st.button(
        "Measure the pictures",
        key="measure",
        icon=":material/straighten:",
        on_click=_start,
        args=(study,),
    )


def _start(study: Study) -> None:
    if not visitors.why_not("measure"):
        picture_data.start(study)


def _is_complete(study: Study) -> bool:
    return picture_data.properties(study) is not None and picture_data.duplicates(study) is not None


def _draw_progress(study: Study, run: picture_data.Run) -> None:
    has_properties = picture_data.properties(study) is not None

    def look() -> None:
        text = _TEXTS.get(run.stage, "Waiting for another measurement ...").format(done=run.done, planned=run.planned)
        st.progress(min(1.0, run.done / max(1, run.planned)), text=text)
        # The properties are there before the duplicates, and are shown at once.
        if run.over or (picture_data.properties(study) is not None) != has_properties:
            st.rerun()

    st.fragment(look, run_every=waiting.POLL_S)()
