"""The question is in the URL: its query parameters name what a page shows, all of it, and nothing else does.

Streamlit can bind a widget to a parameter by itself (`bind="query-params"`). Measured with 1.67 in Chromium, that loses
links: a value equal to the default is left out, so that a link changes its meaning with the default; the URL holds the
words of an option instead of its id; a link to another pair is ignored where both pages have the same key; and after
the browser's Back the widget is empty. So no widget is bound here; this module alone reads and writes the parameters.

A parameter is read once after the reader came to the page, by a link or by Back. From then on the widgets lead and the
URL follows: a request that Streamlit sends before it has taken in the last change still brings the URL from before it.
"""

from collections.abc import Mapping
from typing import TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

T = TypeVar("T")

_PAGE = "_link_page"  # where the reader is
_HEARD = "_link_heard"  # keys whose parameter has been read since the reader came there
_SHOWN = "_link_shown"  # key -> text: what this run shows
_KEPT = "_link_kept"  # key -> text: what this session asked last
_NOTES = "_link_notes"  # key -> what was wrong with the link, until the reader asks for something else


def start(page: str) -> None:
    """Begin a run of a page, given by its part of the URL."""
    context = get_script_run_ctx()
    went_back = context is not None and context.is_history_navigation
    if went_back or st.session_state.get(_PAGE) != page:
        st.session_state[_PAGE], st.session_state[_HEARD], st.session_state[_NOTES] = page, set(), {}
    st.session_state.setdefault(_KEPT, {})
    st.session_state[_SHOWN] = {}


def asked(key: str) -> str | None:
    """What the reader asks for, by the URL or before, or None; it may be something that does not exist."""
    kept: str | None = st.session_state[_KEPT].get(key)
    return kept if key in st.session_state[_HEARD] else st.query_params.get(key, kept)


def choice(key: str, named: Mapping[str, T], default: T, *, what: str, hint: str = "") -> T:
    """Settle one part of the question, and the widget with the same key with it.

    Give the widget the returned value as its default, too: the browser can miss the one run in which its state is set.

    Parameters
    ----------
    key
        Name of the parameter and of the widget that shows it.
    named
        What may be chosen, by its text in the URL.
    default
        What is shown where nothing that may be chosen is asked for.
    what
        What is chosen ("study"), for the note on a link that names something else.
    hint
        What may be chosen, in words.

    Returns
    -------
    One of the values of `named`, or `default`.
    """
    text = asked(key)
    value = named.get(text, default) if text is not None else default
    if text not in named and key in st.query_params and key not in st.session_state[_HEARD]:
        note = f"The link asks for the {what} “{text}”, which does not exist here. {hint}"
        st.session_state[_NOTES][key] = note.strip()
    if key in st.session_state[_NOTES]:
        st.warning(st.session_state[_NOTES][key], icon=":material/link_off:")
    st.session_state[_HEARD].add(key)
    if key in st.session_state and st.session_state[key] != value:
        st.session_state[key] = value
    st.session_state[_SHOWN][key] = str(value)
    keep(**{key: value})
    return value


def keep(**question: object) -> None:
    """Remember what to show on pages whose URL does not say."""
    st.session_state[_KEPT].update({key: str(value) for key, value in question.items()})


def go(**question: object) -> None:
    """Ask for something else, from a callback; the run that follows shows it."""
    keep(**question)
    st.session_state[_NOTES].clear()
    st.query_params.update({key: str(value) for key, value in question.items()})


def write() -> None:
    """Complete the URL with what the page shows, in one step of the browser's history."""
    shown: dict[str, str] = st.session_state[_SHOWN]
    if any(st.query_params.get(key) != text for key, text in shown.items()):
        st.query_params.update(shown)


def follow() -> None:
    """Callback of every widget that is part of the question."""
    widgets = {key: st.session_state.get(key) for key in st.session_state[_SHOWN]}
    go(**{key: value for key, value in widgets.items() if value is not None})


def parameters(**question: object) -> dict[str, str]:
    """Parameters of a link to another page of the same study."""
    shown: dict[str, str] = st.session_state[_SHOWN]
    return {"study": shown["study"]} | {key: str(value) for key, value in question.items()}
