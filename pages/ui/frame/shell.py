"""Frame around every page with navigation and study picker."""

from typing import Any

import streamlit as st

from pages.ui.access import drawing_turns, visitors
from pages.ui.frame import account, components, language, link, menu, study_picker
from pages.ui.loaders import background, models, pictures, studies
from xai_core.errors import XaiError
from xai_core.language import mark, tr
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

_TITLES = {
    "overview": mark("Overview"),
    "confusions": mark("Confusions"),
    "data": mark("Data"),
    "compare": mark("Compare"),
    "evidence": mark("Evidence"),
    "explain": mark("Explain"),
    "trust": mark("Trust"),
    "repair": mark("Repair"),
    "models": mark("Models"),
    "present": mark("Present"),
    "about": mark("About"),
}
"""Titles of the pages, by the names of their files."""

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
    return {
        tr("Find"): [
            _page(
                "overview",
                "monitoring",
                mark("How good is the model, and where does it make mistakes?"),
                url_path="",
                default=True,
            ),
            _page("confusions", "compare_arrows", mark("Which classes does the model confuse, and on which pictures?")),
            _page("data", "photo_library", mark("What do the pictures themselves have to do with the mistakes?")),
        ],
        tr("Understand"): [
            _page(
                "compare", "image_search", mark("One mistake beside pictures of the class that the model gets right.")
            ),
            _page("evidence", "balance", mark("All mistakes of a pair together: what do they share?")),
            _page("explain", "lightbulb", mark("One picture, also your own: which parts led to the answer?")),
            _page("trust", "verified", mark("How far can the map of a picture be trusted?")),
        ],
        tr("Improve"): [
            _page("repair", "healing", mark("What would cure a confusion, and what would that cost elsewhere?")),
            _page("models", "difference", mark("Two models on the same pictures: what is mended, what is broken?")),
        ],
        tr("More"): [
            _page(_PRESENT, "slideshow", mark("The story of a mistake in seven large steps, for a projector.")),
            _page("about", "info", mark("Where do data, model and method come from, and what are their limits?")),
            st.Page(_to_overview, title=tr("Overview"), url_path="overview", visibility="hidden"),
        ],
    }


def _page(name: str, icon: str, help_text: str, **options: Any) -> st.Page:
    """Return the page of a file in `pages/`, with its title and help in the reader's language."""
    title = f":material/{icon}:{_GAP}{tr(_TITLES[name])}"
    return st.Page(f"pages/{name}.py", title=title, help=tr(help_text), **options)


def _to_overview() -> None:
    """Redirect from /overview to the default page.

    The default page has no name in the URL, but people type /overview and old bookmarks have it.
    """
    st.switch_page("pages/overview.py", query_params=st.query_params.to_dict())


def run() -> None:
    """Draw the frame and run the chosen page. Only streamlit_app.py calls this."""
    language.start_run()
    pages = page_list()
    page = st.navigation(pages)
    if page.visibility == "hidden":
        page.run()
        return
    title = page.title.rpartition(_GAP)[2]
    is_presented = page.url_path == _PRESENT
    st.set_page_config(
        page_title=tr("{page} - confusion explainer", page=title),
        page_icon=_ICON,
        layout="wide",
        initial_sidebar_state="collapsed" if is_presented else "auto",
    )
    if is_presented:
        # Streamlit draws no side bar where it has neither a menu nor anything else in it.
        st.navigation(pages, position="hidden")
    else:
        st.logo(_NAME, size="large", link=None)
        menu.complete()
    link.start_run(page.url_path)
    language.follow_link()
    pictures.start_run()
    if page.url_path:
        background.wait_for_imports()  # a fresh server answers when the default page is imported
    with drawing_turns.turns().turn(anew=False):
        _draw(page, title, is_presented=is_presented)


def _draw(page: st.Page, title: str, *, is_presented: bool) -> None:
    """Draw the side bar, the page and what stands below it."""
    try:
        visitors.current()  # refuses before anything is drawn
        name = study_picker.read_study() if is_presented else study_picker.choose_study()
        if name is None:
            study_picker.draw_no_study()
            return
        study = studies.open_study(name)
        if not is_presented:
            study_picker.draw_study_figures(study)
            study_picker.draw_add_study()
            study_picker.draw_preparation()
            account.draw_account()
            language.draw_choice()
            st.title(title)
        notice = st.empty()
        st.session_state[_ROUTED], st.session_state[_STUDY] = True, name  # the token, see `open_page`
        try:
            page.run()
        finally:
            # Here, because only the page knows which pictures it shows.
            study_picker.draw_changed_pictures(study, notice)
        background.import_soon()
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
