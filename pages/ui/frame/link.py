"""URL parameters that say what a page shows.

The query parameters of the URL hold everything that a page shows, and nothing else does. So a link reopens exactly what
was seen. Only this module reads and writes the parameters.

Streamlit can bind a widget to a parameter by itself (`bind="query-params"`). Measured with version 1.67 in Chromium,
that loses links. A value equal to the default is left out, so a link changes its meaning when the default changes. The
URL holds the title of an option instead of its id. A link to another pair is ignored if both pages have a widget with
the same key. After the browser's Back button the widget is empty. So no widget is bound here.

A parameter is read from the URL once, in the first run after the reader came to the page by a link or by Back. From
then on the session's state counts, and the URL is made equal to it at the end of each run.

Three things that Streamlit does would lose a key that is pressed while the page is running:

1. A new run can interrupt the current one anywhere, even inside a callback. So the reader's changes are found by a
   comparison at the start of the next run (`_find_changes`), and no callback has to complete.
2. Every request carries the values of all widgets as the browser has them, including widgets that the app has set to
   another value in the meantime. The URL in the same request tells such an outdated value from a choice: the browser
   knows of the new value once its URL has it (`_Page.overruled`).
3. A fragment that reruns itself sends those values too. It changes nothing, because only `start_run` looks for changes
   and a fragment does not call it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode, urljoin

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.frame import address_bar
from pages.ui.frame.address_bar import url_text
from pages.ui.frame.plain_text import literal
from xai_core.language import current, tr
from xai_core.texts import paragraph

T = TypeVar("T")

_STATE = "_link"


@dataclass(slots=True)
class _Page:
    """State of the page since the reader came to it.

    Attributes
    ----------
    name
        The page's part of the URL.
    read
        Keys whose parameter has been read from the URL.
    shown
        Key -> text that this run shows.
    pending
        Key -> text that a callback set with `go` and that is not in the URL yet.
    settled
        Key -> value that the last run gave to the widget.
    overruled
        Key -> values of the widget that the app has replaced and the browser may still send.
    notes
        Key -> warning about the link, shown until the reader changes something.
    notes_in
        Where the warnings are drawn in this run; None for where the choice is made.
    arriving
        True until the first run is complete.
    """

    name: str
    read: set[str] = field(default_factory=set)
    shown: dict[str, str] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)
    settled: dict[str, Any] = field(default_factory=dict)
    overruled: dict[str, list[Any]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    notes_in: Any = None
    arriving: bool = True


@dataclass(slots=True)
class _Session:
    """Current page of a session, key -> text that was last shown on any page, and the language of the last run."""

    page: _Page
    remembered: dict[str, str] = field(default_factory=dict)
    language: str = ""


def _session() -> _Session:
    session: _Session = st.session_state[_STATE]
    return session


def start_run(page: str) -> None:
    """Begin a run of a page, which is named by its part of the URL."""
    if _STATE not in st.session_state:
        st.session_state[_STATE] = _Session(_Page(page))
    session, context = _session(), get_script_run_ctx()
    # Back and Forward within one page are a new arrival too: the URL counts again.
    if session.page.name != page or (context is not None and context.is_history_navigation):
        session.page = _Page(page)
    _find_changes(session)
    session.page.shown, session.page.notes_in = {}, None


def _find_changes(session: _Session) -> None:
    """Find the widgets that the reader has changed since the last run."""
    page = session.page
    for key, settled in page.settled.items():
        # The request's URL has the value that the app set, so the browser knows it. What its widget says from now on
        # is a choice, even if that is the value that the app replaced.
        if st.query_params.get(key) == url_text(settled):
            page.overruled.pop(key, None)
        value = st.session_state.get(key)
        if value is not None and value != settled and value not in page.overruled.get(key, ()):
            page.settled[key], session.remembered[key] = value, url_text(value)


def requested(key: str) -> str | None:
    """Return the text that the URL or an earlier page requests for a key.

    The text may be invalid. It is None if nothing is requested.
    """
    session = _session()
    remembered = session.remembered.get(key)
    return remembered if key in session.page.read else st.query_params.get(key, remembered)


def is_omitted(key: str) -> bool:
    """Return True on the first run after a link or menu entry that lacks this parameter."""
    return key not in _session().page.read and key not in st.query_params


def arrived_with(*keys: str) -> bool:
    """Return True on the first run after a link that has all of these parameters."""
    return all(key in st.query_params and key not in _session().page.read for key in keys)


def choice(
    key: str, options: Mapping[str, T] | Sequence[T], default: T, *, noun: str, hint: str = "", vanishes: bool = False
) -> T:
    """Return the chosen value of a parameter, and set the widget with the same key to it.

    Give the widget the returned value as its default too, because the browser can miss the one run in which its state
    is set.

    Parameters
    ----------
    key
        Name of the parameter and key of the widget.
    options
        Values that can be chosen, by their text in the URL; or the values alone, whose texts `url_text` makes.
    default
        The value if nothing valid is requested.
    noun
        What is chosen, such as "study". The warning about a bad link uses it.
    hint
        Sentences that the warning adds, such as which values there are and which one is shown.
    vanishes
        True for values that somebody can delete meanwhile, such as studies: the reader is then told.

    Returns
    -------
    One of the options, or `default`.
    """
    by_text: Mapping[str, T]
    by_text = options if isinstance(options, Mapping) else {url_text(option): option for option in options}
    text, page = requested(key), _session().page
    # Only a parameter that has not been read yet can be wrong because of the link. The note then stays through later
    # runs, which no longer see the bad text, until `clear_notes`.
    value = by_text.get(text, default) if text is not None else default
    if text not in by_text and key in st.query_params and key not in page.read:
        found = tr("The link asks for the {noun} “{text}”, which does not exist here.", noun=noun, text=text)
        page.notes[key] = paragraph(found, hint)
    shown_before = key in page.settled and url_text(page.settled[key]) == text
    if vanishes and shown_before and text not in by_text and key in page.read:
        page.notes[key] = paragraph(tr("The {noun} “{text}” is not here any more.", noun=noun, text=text), hint)
    if key in page.notes:
        (page.notes_in or st).warning(literal(page.notes[key]), icon=":material/link_off:")
    _settle(key, value)
    page.read.add(key)
    page.shown[key] = url_text(value)
    remember(**{key: value})
    return value


def show_notes_in(container: Any) -> None:
    """Draw the warnings about the link into a container from now on. A closed popover would hide them."""
    _session().page.notes_in = container


def _settle(key: str, value: object) -> None:
    """Set the widget of a key to a value."""
    page = _session().page
    if key in st.session_state and _session().language != current():
        # A browser keeps the title of an option. The titles are others now, so it is told which one is chosen.
        st.session_state[key] = value
    elif key in st.session_state and st.session_state[key] != value:
        # Requests that left the browser before this run reached it still have the widget's old value. Without this
        # list, `_find_changes` would take that for a choice and undo what the app has set.
        page.overruled.setdefault(key, []).extend([st.session_state[key], page.settled.get(key)])
        st.session_state[key] = value
    page.settled[key] = value


def remember(**parameters: object) -> None:
    """Store values for pages whose URL does not have these parameters."""
    _session().remembered.update({key: url_text(value) for key, value in parameters.items()})


def go(**parameters: object) -> None:
    """Change parameters from a callback. The run that follows shows the new values."""
    remember(**parameters)
    page = _session().page
    # The URL still has the old values. A key that counts as read is not taken from there again.
    page.read.update(parameters)
    page.pending.update({key: url_text(value) for key, value in parameters.items()})
    page.notes.clear()


def step(key: str, ids: Sequence[str], by: int) -> None:
    """Go to the next id (`by` is 1) or the previous one (-1) from a callback.

    The step starts from what is requested and not from what is on the screen, so keys in quick succession add up.
    """
    current = requested(key)
    index = ids.index(current) + by if current in ids else -1
    if 0 <= index < len(ids):
        go(**{key: ids[index]})


def write_url(container: DeltaGenerator) -> None:
    """Make the URL equal to what the page shows.

    A change by the reader is one step of the browser's history. What completes the URL of a link is none, and neither
    is what appears later by itself.

    Parameters
    ----------
    container
        Part of the page with a place for a component without height.
    """
    page = _session().page
    parameters = page.pending | page.shown
    known = {key: st.query_params.get(key) for key in parameters}
    has_changed = any(known[key] not in (None, text) for key, text in parameters.items())
    # One update for all, because each change of the query parameters is a step of the browser's history. Without the
    # comparison every run would add one, and Back would seem to do nothing.
    if page.pending or (has_changed and not page.arriving):
        if known != parameters:
            st.query_params.update(parameters)
    elif known != parameters:
        address_bar.complete(page.name, parameters, container)
    page.pending, page.arriving, _session().language = {}, False, current()


def address(page: str | None = None, **parameters: object) -> str | None:
    """Return the full address of what is shown, for use outside of the app.

    Parameters
    ----------
    page
        Another page, by its part of the URL; None for this page as it is.
    parameters
        Parameters of the other page.

    Returns
    -------
    None if the browser's address is not known.
    """
    url, here = st.context.url, _session().page
    if not url:
        return None
    query = here.pending | here.shown if page is None else link_parameters(**parameters)
    return f"{urljoin(url, (here.name if page is None else page) or '.')}?{urlencode(query)}"


def clear_notes() -> None:
    """Remove the warnings about the link.

    Callback of every widget that has a parameter.
    """
    _session().page.notes.clear()


def go_to_first_page() -> None:
    """Go to the first page of pictures.

    Callback of the widgets that decide which pictures are shown.
    """
    go(page=1)


def link_parameters(**parameters: object) -> dict[str, str]:
    """Return the parameters of a link to another page of the same study."""
    return {"study": _session().page.shown["study"]} | {key: url_text(value) for key, value in parameters.items()}
