"""Visitors of the server: who they are, what they may do, and by which name they take turns."""

import functools
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from xai_core.errors import NotAllowed
from xai_core.language import mark, tr
from xai_core.settings.server_settings import ROLES, Role, ServerSettings

HEADER = "x-xai-visitor"
"""Header by which the server tells its pages who is signed in. It removes those of requests; see `sign_in.py`."""

REQUEST_HEADER = "x-request-id"
"""Header with the id of a request."""

NAME_LIMIT = 80
"""Largest number of characters of a name, which is that of an author of a verdict."""

Action = Literal["judge", "measure", "repair"]

_NEEDS: dict[Action, Role] = {"judge": "reviewer", "measure": "reviewer", "repair": "admin"}
_ELSEWHERE: dict[Action, str] = {
    "judge": mark("This server is read-only. Verdicts and names are given elsewhere."),
    "measure": mark("This server is read-only. Measurements of pictures are started elsewhere."),
    "repair": mark("This server is read-only. Repaired models and their studies are written elsewhere."),
}
_BY_OTHERS: dict[Action, str] = {
    "judge": mark("Verdicts and names are given by people with the role {needed}. You are signed in as {role}."),
    "measure": mark(
        "Measurements of pictures are started by people with the role {needed}. You are signed in as {role}."
    ),
    "repair": mark(
        "Repaired models and their studies are written by people with the role {needed}. You are signed in as {role}."
    ),
}
_SESSION, _COOKIE = "_session", "_streamlit_xsrf"
_guard: list[bool] = []
# Names in the queue and the log say nothing about a person, and in another process they are others.
_SALT = secrets.token_bytes(16)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Visitor of the server.

    Attributes
    ----------
    name
        Name of who is signed in, "" if there is no sign-in.
    role
        What the visitor may do.
    until
        Time in seconds since 1970 when the sign-in ends.
    """

    name: str
    role: Role
    until: float = float("inf")

    def packed(self) -> bytes:
        """Return the visitor as the value of a header."""
        return json.dumps([self.name, self.role, self.until]).encode("ascii")


def unpacked(text: str) -> Visitor:
    """Return the visitor of the value of a header."""
    name, role, until = json.loads(text)
    return Visitor(str(name), role, float(until))


def trust_guard() -> None:
    """Trust the header `HEADER`, because a guard in front of the pages removes those of requests."""
    _guard.append(True)


def settings() -> ServerSettings:
    """Return the settings of this server."""
    return _settings(frozenset(os.environ.items()))


@functools.lru_cache(maxsize=1)
def _settings(environment: frozenset[tuple[str, str]]) -> ServerSettings:
    return ServerSettings.from_environment(dict(environment))


def current() -> Visitor:
    """Return who looks at this page.

    Raises
    ------
    NotAllowed
        If the sign-in has ended, or if nothing asks for it.
    """
    server = settings()
    if not server.sign_in:
        return Visitor("", "admin")
    if not _guard:
        raise NotAllowed(
            tr("Sign-in is set, and this server does not ask for it."), tr("Start it by: {command}", command="make run")
        )
    text = st.context.headers.get(HEADER)
    if text is None:
        # The server's own check of its health, which has no browser: a websocket without the header is refused.
        return Visitor("", "viewer")
    visitor = unpacked(text)
    if time.time() > visitor.until:
        ended = tr("Your sign-in has ended after {hours} hours.", hours=server.hours)
        raise NotAllowed(ended, tr("Reload this page to sign in again."))
    return visitor


def why_not(action: Action) -> str:
    """Return in a sentence why the visitor may not do something, "" if it is allowed."""
    if settings().read_only:
        return tr(_ELSEWHERE[action])
    try:
        visitor = current()
    except NotAllowed as fault:
        return fault.sentence
    needed = _NEEDS[action]
    if ROLES.index(visitor.role) >= ROLES.index(needed):
        return ""
    return tr(_BY_OTHERS[action], needed=needed, role=visitor.role)


def require(action: Action) -> None:
    """Raise NotAllowed if the visitor may not do something.

    Forms are not drawn for those who may not use them. This holds for forms that were drawn before that changed.
    """
    reason = why_not(action)
    if reason:
        raise NotAllowed(reason)


def sees_folders() -> bool:
    """Return True if the visitor may see where files lie on the server, which is of use to those who run it only."""
    try:
        return current().role == "admin"
    except NotAllowed:
        return False


def author(given: str) -> str:
    """Return the name that a verdict carries: that of who is signed in, else the one that was given."""
    return current().name or given


def turn_name() -> str:
    """Return the name by which the visitor takes turns: all tabs and browsers of a person share it after sign-in.

    Without sign-in all tabs of a browser share it.
    """
    name = current().name if settings().sign_in else ""
    found = pseudonym(name) if name else browser(st.context.cookies)
    if found is None:
        found = st.session_state.setdefault(_SESSION, secrets.token_hex(16))
    return str(found)


def request_id() -> str | None:
    """Return the id of the request that opened the websocket of this page; None if there is none."""
    # The log asks outside of pages too, where Streamlit would write a warning into the log.
    if get_script_run_ctx(suppress_warning=True) is None or not runtime.exists():
        return None
    return st.context.headers.get(REQUEST_HEADER)


def pseudonym(name: str) -> str:
    """Return a name for the queue and the log that stands for a person until the server ends."""
    return hmac.new(_SALT, name.encode(), hashlib.sha256).hexdigest()[:32]


def browser(cookies: Mapping[str, str]) -> str | None:
    """Return a name that all tabs of one browser share, so that ten tabs get the turns of one.

    Parameters
    ----------
    cookies
        Cookies of the request. Streamlit's own against forged requests has a random token, hidden by a mask that
        changes with each answer.

    Returns
    -------
    None if there is no such cookie.
    """
    fields = cookies.get(_COOKIE, "").split("|")
    try:
        mask, masked = (bytes.fromhex(field) for field in fields[1:3])
    except ValueError:
        return None
    if not mask or not masked:
        return None
    token = bytes(byte ^ mask[index % len(mask)] for index, byte in enumerate(masked))
    # The token itself is a secret of the browser and is kept nowhere.
    return pseudonym(token.hex())
