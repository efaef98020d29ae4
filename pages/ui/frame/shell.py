"""Frame around every page with navigation and study picker."""

import streamlit as st

from pages.ui.frame import components, link, study_picker
from pages.ui.loaders import models, studies
from xai_core.errors import XaiError
from xai_core.study.study import Study

_ROUTED = "_routed"
_STUDY = "_study"
# Icon of the browser's tab. A Material icon would be fetched from the internet.
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<path d="M8 1a7 7 0 0 0 0 14z" fill="#005ab5"/><path d="M8 1a7 7 0 0 1 0 14z" fill="#dc3220"/></svg>'
)

# Name of the product above the menu. The colour is legible on the paper of both themes.
_NAME = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 212 32" width="212" height="32" role="img">'
    "<title>Confusion explainer</title>"
    '<g transform="translate(0 4) scale(1.5)"><path d="M8 1a7 7 0 0 0 0 14z" fill="#2b7fd4"/>'
    '<path d="M8 1a7 7 0 0 1 0 14z" fill="#e0523f"/></g>'
    '<text x="34" y="22" font-family="sans-serif" font-size="18" font-weight="600" fill="#5b7f8c">'
    "Confusion explainer</text></svg>"
)

_PRESENT = "present"
"""Page without side bar, menu and title, by its part of the URL."""

_GAP = "\N{EN SPACE}"
"""Space between the icon and the name of a page in the menu."""


def page_list() -> dict[str, list[st.Page]]:
    """Return all pages in the order of a walk: find a confusion, then understand it.

    A page's file name is its URL, so links survive a new title. Only the default page has an empty URL.

    The icons are part of the titles, which are Markdown. The `icon` of a page would also become that of the browser's
    tab, and the browser would fetch it from fonts.gstatic.com: nothing may leave this machine.
    """
    find = [
        st.Page(
            "pages/overview.py",
            title=_with_icon("monitoring", "Overview"),
            url_path="",
            default=True,
            help="How good is the model, and where does it make mistakes?",
        ),
        st.Page(
            "pages/confusions.py",
            title=_with_icon("compare_arrows", "Confusions"),
            help="Which classes does the model confuse, and on which pictures?",
        ),
        st.Page(
            "pages/data.py",
            title=_with_icon("photo_library", "Data"),
            help="What do the pictures themselves have to do with the mistakes?",
        ),
    ]
    understand = [
        st.Page(
            "pages/compare.py",
            title=_with_icon("image_search", "Compare"),
            help="One mistake beside pictures of the class that the model gets right.",
        ),
        st.Page(
            "pages/evidence.py",
            title=_with_icon("balance", "Evidence"),
            help="All mistakes of a pair together: what do they share?",
        ),
        st.Page(
            "pages/explain.py",
            title=_with_icon("lightbulb", "Explain"),
            help="One picture, also your own: which parts led to the answer?",
        ),
        st.Page(
            "pages/trust.py",
            title=_with_icon("verified", "Trust"),
            help="How far can the map of a picture be trusted?",
        ),
    ]
    improve = [
        st.Page(
            "pages/repair.py",
            title=_with_icon("healing", "Repair"),
            help="What would cure a confusion, and what would that cost elsewhere?",
        ),
        st.Page(
            "pages/models.py",
            title=_with_icon("difference", "Models"),
            help="Two models on the same pictures: what is mended, what is broken?",
        ),
    ]
    about = [
        st.Page(
            f"pages/{_PRESENT}.py",
            title=_with_icon("slideshow", "Present"),
            help="The story of a mistake in seven large steps, for a projector.",
        ),
        st.Page(
            "pages/about.py",
            title=_with_icon("info", "About"),
            help="Where do data, model and method come from, and what are their limits?",
        ),
        st.Page(_to_overview, title="Overview", url_path="overview", visibility="hidden"),
    ]
    return {"Find": find, "Understand": understand, "Improve": improve, "More": about}


def _with_icon(icon: str, name: str) -> str:
    return f":material/{icon}:{_GAP}{name}"


def _to_overview() -> None:
    """Redirect from /overview to the default page.

    The default page has no name in the URL, but people type /overview and old bookmarks have it.
    """
    st.switch_page("pages/overview.py", query_params=st.query_params.to_dict())


def run() -> None:
    """Draw the frame and run the chosen page. Only streamlit_app.py calls this."""
    pages = page_list()
    page = st.navigation(pages)
    if page.visibility == "hidden":
        page.run()
        return
    title = page.title.rpartition(_GAP)[2]
    is_presented = page.url_path == _PRESENT
    st.set_page_config(
        page_title=f"{title} - confusion explainer",
        page_icon=_ICON,
        layout="wide",
        initial_sidebar_state="collapsed" if is_presented else "auto",
    )
    if is_presented:
        # Streamlit draws no side bar where it has neither a menu nor anything else in it.
        st.navigation(pages, position="hidden")
    else:
        st.logo(_NAME, size="large", link=None)
    link.start_run(page.url_path)
    try:
        name = study_picker.read_study() if is_presented else study_picker.choose_study()
        if name is None:
            study_picker.draw_no_study()
            return
        study = studies.open_study(name)
        if not is_presented:
            study_picker.draw_study_figures(study)
            study_picker.draw_add_study()
            study_picker.draw_preparation()
            st.title(title)
        st.session_state[_ROUTED], st.session_state[_STUDY] = True, name  # the token, see `open_page`
        page.run()
        models.runtime_future(study)  # starts to open the model, so that the next page does not wait for it
    except XaiError as fault:
        components.show_error(fault)
    # Last, because the page settles its parameters while it runs.
    link.write_url(st.container() if is_presented else st.sidebar)


def open_page() -> Study:
    """Return the study that is chosen in the frame.

    Call this first in every page. With a folder named pages, a fresh server runs a deep-linked page without its entry
    point (Streamlit's old auto-discovery) until some session has called `st.navigation`. `run` leaves a token in the
    session state, and without the token this function registers the pages and starts the run again.

    The token is removed each time, because AppTest returns to auto-discovery before every run. With a token that stays,
    tests would run the page without its frame.

    Returns
    -------
    The chosen study.
    """
    if not st.session_state.pop(_ROUTED, False):
        st.navigation(page_list())
        st.rerun()
    return studies.open_study(st.session_state[_STUDY])
