"""Language of the reader, chosen in the frame, by a link (`?lang=ja`) or else by the browser."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.frame import link
from xai_core import language
from xai_core.language import LANGUAGES, best_fit, tr

_KEY = "lang"
_CURRENT = "_language"


def start_run() -> None:
    """Find the language of this run, before the first text is drawn."""
    language.ask(_of_reader)
    if _CURRENT not in st.session_state:
        asked = st.query_params.get(_KEY)
        st.session_state[_CURRENT] = asked if asked in LANGUAGES else best_fit(st.context.locale)


def _of_reader() -> str:
    # Threads that compute have no reader, and what they write may be shown to several.
    if get_script_run_ctx(suppress_warning=True) is None:
        return language.of_environment()
    return str(st.session_state.get(_CURRENT, language.ENGLISH))


def follow_link() -> None:
    """Take the language that a link asks for, or that the Back button returns to.

    The URL has the language only if somebody has chosen it. Otherwise each reader of a link sees the own one.
    """
    if link.requested(_KEY) is None:
        return
    here = st.session_state[_CURRENT]
    chosen = link.choice(_KEY, tuple(LANGUAGES), here, noun=tr("language"))
    if chosen != here:
        st.session_state[_CURRENT] = chosen
        st.rerun()


def draw_choice() -> None:
    """Draw the box with the languages in the side bar."""
    codes = tuple(LANGUAGES)
    st.sidebar.selectbox(
        "Language / 言語",  # whoever looks for it may not read the language that is shown
        codes,
        index=codes.index(st.session_state[_CURRENT]),
        format_func=LANGUAGES.__getitem__,
        key=_KEY,
        on_change=_choose,
    )


def _choose() -> None:
    st.session_state[_CURRENT] = st.session_state[_KEY]
    link.go(lang=st.session_state[_KEY])
