"""The frame around every page: navigation, study picker, and the way back to it from a cold deep link."""

import streamlit as st

from pages.ui.frame import components, link, study_picker
from pages.ui.loaders import models, studies
from xai_core.errors import XaiError
from xai_core.study.study import Study

_ROUTED = "_routed"
_STUDY = "_study"
# For the browser's tab; a Material icon there would be fetched from the internet.
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<path d="M8 1a7 7 0 0 0 0 14z" fill="#005ab5"/><path d="M8 1a7 7 0 0 1 0 14z" fill="#dc3220"/></svg>'
)


def page_list() -> list[st.Page]:
    """All pages, in menu order. File name = URL, so links survive a new title; only the default page's URL is bare."""
    return [
        st.Page(
            "pages/overview.py",
            title="Overview",
            icon=":material/monitoring:",
            url_path="",
            default=True,
            help="How good is the model, and where does it go wrong?",
        ),
        st.Page(
            "pages/confusions.py",
            title="Confusions",
            icon=":material/compare_arrows:",
            help="Which classes are taken for which, and which pictures are they?",
        ),
        st.Page(
            "pages/explain.py",
            title="Explain",
            icon=":material/lightbulb:",
            help="What made the model say that about this picture?",
        ),
        st.Page(
            "pages/trust.py",
            title="Trust",
            icon=":material/verified:",
            help="How far can this map be trusted?",
        ),
        st.Page(
            "pages/compare.py",
            title="Compare",
            icon=":material/image_search:",
            help="What does the model look at in a mistake, and in pictures of the class that it gets right?",
        ),
        st.Page(
            "pages/evidence.py",
            title="Evidence",
            icon=":material/balance:",
            help="What does the model go by when it takes one class for another?",
        ),
        st.Page(
            "pages/about.py",
            title="About",
            icon=":material/info:",
            help="What am I looking at: data, model, method and its limits.",
        ),
        st.Page(_to_overview, title="Overview", url_path="overview", visibility="hidden"),
    ]


def _to_overview() -> None:
    """Go on from /overview, which people type and old bookmarks have, to the default page, which has no name."""
    st.switch_page("pages/overview.py", query_params=st.query_params.to_dict())


def run() -> None:
    """Show the frame and run the chosen page; called by streamlit_app.py only."""
    page = st.navigation(page_list())
    if page.visibility == "hidden":
        page.run()
        return
    st.set_page_config(page_title=f"{page.title} - confusion explainer", page_icon=_ICON, layout="wide")
    link.start(page.url_path)
    try:
        name = study_picker.study_picker()
        if name is None:
            study_picker.no_study()
            return
        study = studies.study(name)
        study_picker.study_figures(study)
        st.title(page.title)
        st.session_state[_ROUTED], st.session_state[_STUDY] = True, name
        page.run()
        models.runtime(study)  # opened while the reader looks around
    except XaiError as fault:
        components.fault(fault)
    link.write()


def open_page() -> Study:
    """First line of every page: go through the frame if the server opened the file directly.

    With a pages/ folder a fresh server runs a deep-linked page without its entrypoint (Streamlit's old
    auto-discovery) until some session has called st.navigation. AppTest does so before every run, hence the token is
    taken away again.

    Returns
    -------
    The study chosen in the frame.
    """
    if not st.session_state.pop(_ROUTED, False):
        st.navigation(page_list())
        st.rerun()
    return studies.study(st.session_state[_STUDY])
