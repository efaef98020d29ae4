"""The question is in the URL: its query parameters name what a page shows, all of it, and nothing else does.

Streamlit can bind a widget to a parameter by itself (`bind="query-params"`). Measured with 1.67 in Chromium, that loses
links: a value equal to the default is left out, so that a link changes its meaning with the default; the URL holds the
words of an option instead of its id; a link to another pair is ignored where both pages have the same key; and after
the browser's Back the widget is empty. So no widget is bound here; this module alone reads and writes the parameters.

A parameter is read once after the reader came to the page, by a link or by Back. From then on the session leads and the
URL follows, at the end of a run. Three things that Streamlit does are answered here, or a key pressed while the page is
at work would be lost. A run that is overtaken stops anywhere, also inside a callback: so what the reader changed is
found by comparing, at the start of the next run. Every request brings the values of all widgets as the browser has
them, also those that the app has set to something else in the meantime: such a value is told from a choice by the URL
that comes with it. And a fragment that looks again by itself brings them too: it changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode, urljoin

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

T = TypeVar("T")

_STATE = "_link"


@dataclass(slots=True)
class _Page:
    """What is known since the reader came to a page.

    Attributes
    ----------
    name
        Its part of the URL.
    heard
        Keys whose parameter has been read.
    shown
        Key -> text: what this run shows.
    news
        Key -> text: what was asked for in callbacks, until it is in the URL.
    left
        Key -> what its widget was left at.
    overruled
        Key -> what its widget showed when the app set it to something else, until the browser knows.
    notes
        Key -> what was wrong with the link, until the reader asks for something else.
    """

    name: str
    heard: set[str] = field(default_factory=set)
    shown: dict[str, str] = field(default_factory=dict)
    news: dict[str, str] = field(default_factory=dict)
    left: dict[str, Any] = field(default_factory=dict)
    overruled: dict[str, list[Any]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Session:
    """Where the reader is, and key -> text of what this session asked last, on whatever page."""

    page: _Page
    kept: dict[str, str] = field(default_factory=dict)


def _session() -> _Session:
    session: _Session = st.session_state[_STATE]
    return session


def start(page: str) -> None:
    """Begin a run of a page, given by its part of the URL."""
    if _STATE not in st.session_state:
        st.session_state[_STATE] = _Session(_Page(page))
    session, context = _session(), get_script_run_ctx()
    if session.page.name != page or (context is not None and context.is_history_navigation):
        session.page = _Page(page)
    _take_up(session)
    session.page.shown = {}


def _take_up(session: _Session) -> None:
    """Find what the reader changed in the widgets since they were left."""
    page = session.page
    for key, left in page.left.items():
        if st.query_params.get(key) == text_of(left):
            page.overruled.pop(key, None)
        value = st.session_state.get(key)
        if value is not None and value != left and value not in page.overruled.get(key, ()):
            page.left[key], session.kept[key] = value, text_of(value)


def text_of(value: object) -> str:
    """How the URL names a value; several are parted by commas.

    >>> text_of(("pizza/1", "pizza/2")), text_of(300)
    ('pizza/1,pizza/2', '300')
    """
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def asked(key: str) -> str | None:
    """What the reader asks for, by the URL or before, or None; it may be something that does not exist."""
    session = _session()
    kept = session.kept.get(key)
    return kept if key in session.page.heard else st.query_params.get(key, kept)


def leaves_out(key: str) -> bool:
    """Whether the reader has just come by a link, or by the menu, that does not name a key."""
    return key not in _session().page.heard and key not in st.query_params


def brought(*keys: str) -> bool:
    """Whether the reader has just come by a link that names all of these."""
    return all(key in st.query_params and key not in _session().page.heard for key in keys)


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
    text, page = asked(key), _session().page
    value = named.get(text, default) if text is not None else default
    if text not in named and key in st.query_params and key not in page.heard:
        page.notes[key] = f"The link asks for the {what} “{text}”, which does not exist here. {hint}".strip()
    if key in page.notes:
        st.warning(page.notes[key], icon=":material/link_off:")
    _settle(key, value)
    page.heard.add(key)
    page.shown[key] = text_of(value)
    keep(**{key: value})
    return value


def _settle(key: str, value: object) -> None:
    """Leave the widget of a key at a value."""
    page = _session().page
    if key in st.session_state and st.session_state[key] != value:
        page.overruled.setdefault(key, []).extend([st.session_state[key], page.left.get(key)])
        st.session_state[key] = value
    page.left[key] = value


def keep(**question: object) -> None:
    """Remember what to show on pages whose URL does not say."""
    _session().kept.update({key: text_of(value) for key, value in question.items()})


def go(**question: object) -> None:
    """Ask for something else, from a callback; the run that follows shows it."""
    keep(**question)
    page = _session().page
    page.heard.update(question)
    page.news.update({key: text_of(value) for key, value in question.items()})
    page.notes.clear()


def step(key: str, among: Sequence[str], by: int) -> None:
    """Go to the next of some ids or back (`by` is 1 or -1), from a callback; keys in quick succession add up."""
    here = asked(key)
    place = among.index(here) + by if here in among else -1
    if 0 <= place < len(among):
        go(**{key: among[place]})


def write() -> None:
    """Bring the URL up to what the page shows, in one step of the browser's history."""
    page = _session().page
    question = page.news | page.shown
    if any(st.query_params.get(key) != text for key, text in question.items()):
        st.query_params.update(question)
    page.news = {}


def address(page: str | None = None, **question: object) -> str | None:
    """Whole address of what is shown, for use outside of the app.

    Parameters
    ----------
    page
        Another page instead, by its part of the URL, with a question of its own; None for this page as it is.
    question
        What is asked of another page.

    Returns
    -------
    None where the browser's address is not known.
    """
    url, here = st.context.url, _session().page
    if not url:
        return None
    asked_of = here.news | here.shown if page is None else parameters(**question)
    return f"{urljoin(url, (here.name if page is None else page) or '.')}?{urlencode(asked_of)}"


def follow() -> None:
    """Callback of every widget that is part of the question."""
    _session().page.notes.clear()


def from_the_first() -> None:
    """Callback of what decides which pictures are shown: they begin on their first page."""
    go(page=1)


def parameters(**question: object) -> dict[str, str]:
    """Parameters of a link to another page of the same study."""
    return {"study": _session().page.shown["study"]} | {key: text_of(value) for key, value in question.items()}
