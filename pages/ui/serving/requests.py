"""Ids, counts and log of requests."""

import logging
import re
import secrets
import time
from collections import Counter

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnected

from pages.ui.access.visitors import REQUEST_HEADER
from pages.ui.serving.log import request_id
from pages.ui.serving.sign_in import below_base

KINDS = (
    ("/_stcore/stream", "websocket"),
    ("/_stcore/upload_file/", "upload"),
    ("/_stcore/health", "health"),
    ("/health", "health"),
    ("/_stcore/", "core"),
    ("/media/", "media"),
    ("/static/", "static"),
    ("/auth/", "sign-in"),
    ("/oauth2callback", "sign-in"),
    ("/sign-in", "sign-in"),
)
"""Beginnings of paths and the kinds of their requests; all others are pages."""

QUIET = ("static", "health")
"""Kinds that are not logged while they succeed, because there are so many of them."""

_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
log = logging.getLogger(__name__)

counts: Counter[tuple[str, str]] = Counter()
"""Number of answers by kind and status, for the metrics."""

open_websockets: set[str] = set()
"""Ids of the requests whose websockets are open, one for each tab."""


class RequestLog:
    """Middleware that gives each request an id, counts it, and logs it.

    The id of a proxy in `X-Request-Id` is taken over. The answer carries the id, and so do all lines of the log that
    belong to the request.

    Parameters
    ----------
    app
        What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = HTTPConnection(scope).headers.get(REQUEST_HEADER, "")
        name = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        headers = [pair for pair in scope["headers"] if pair[0] != REQUEST_HEADER.encode()]
        scope = {**scope, "headers": [*headers, (REQUEST_HEADER.encode(), name.encode())]}
        kind, began, status = kind_of(scope["path"]), time.monotonic(), 0
        token = request_id.set(name)

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_HEADER] = name
            elif message["type"] == "websocket.accept":
                status = 101
                open_websockets.add(name)
                self._note(scope, kind, status, began)
            elif message["type"] == "websocket.close" and not status:
                status = 403
            await send(message)

        try:
            await self._app(scope, receive, answered)
        except WebSocketDisconnected:
            # Streamlit takes a visitor who leaves while a page is sent for one who sends texts, and closes once more.
            if status != 101:
                raise
        except BaseException:
            status = status or 500
            raise
        finally:
            open_websockets.discard(name)
            if status != 101:  # an open websocket was noted when it was accepted
                self._note(scope, kind, status, began)
            request_id.reset(token)

    def _note(self, scope: Scope, kind: str, status: int, began: float) -> None:
        counts[kind, str(status)] += 1
        level = logging.WARNING if status >= 500 else logging.DEBUG if kind in QUIET and status < 400 else logging.INFO
        if log.isEnabledFor(level):
            fields = {
                "event": "request",
                "method": scope.get("method", "WEBSOCKET"),
                "kind": kind,
                "status": status,
                "ms": round(1000 * (time.monotonic() - began), 1),
            }
            log.log(level, "A request was answered.", extra=fields)


def kind_of(path: str) -> str:
    """Return the kind of a request.

    >>> kind_of("/media/0a1b.jpg"), kind_of("/explain")
    ('media', 'page')
    """
    below = below_base(path)
    return next((kind for beginning, kind in KINDS if below.startswith(beginning)), "page")
