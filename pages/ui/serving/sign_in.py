"""Sign-in in front of everything that the server answers: pages, pictures, downloads, uploads and the websocket.

Streamlit alone asks nobody for pictures, uploads, metrics and the websocket, whose script it runs without sign-in.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import auth_util, config

from pages.ui.access import visitors
from pages.ui.access.visitors import HEADER, Visitor
from pages.ui.serving import identity
from pages.ui.serving.identity import Refusal
from xai_core.language import tr, using
from xai_core.settings.server_settings import ServerSettings

ALWAYS = ("/_stcore/health", "/health")
"""Paths that answer without sign-in: health checks, which show nothing."""

OF_PROVIDER = ("/auth/login", "/auth/logout", "/oauth2callback")
"""Streamlit's paths of the walk to the provider and back."""

SIGN_IN = "/sign-in"
ADMIN_ONLY = ("/_stcore/metrics",)
LINK_COOKIE = "xai_link"
LINK_LIMIT = 2000


class SignInGuard:
    """Middleware that lets only those in who are signed in and have a role.

    It tells the pages who that is by the header `visitors.HEADER`, which it removes from requests.

    Parameters
    ----------
    app
        What answers.
    settings
        Function that returns the settings of the server.
    """

    def __init__(self, app: ASGIApp, settings: Callable[[], ServerSettings] = visitors.settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        server = self._settings()
        headers = [(name, value) for name, value in scope["headers"] if name != HEADER.encode()]
        scope = {**scope, "headers": headers}
        connection = HTTPConnection(scope)
        path = below_base(scope["path"])
        if not server.sign_in or path in ALWAYS:
            await self._app(scope, receive, send)
        elif identity.is_forged(connection, server):
            with using(identity.language_of(connection)):
                sentence = tr("only the proxy may send {header}.", header=server.header)
            await self._refuse(scope, receive, send, Refusal(403, f"403: {sentence}\n"))
        elif server.sign_in == "oidc" and path in OF_PROVIDER and scope["type"] == "http":
            await self._app(scope, receive, send)
        elif server.sign_in == "oidc" and path == SIGN_IN and scope["type"] == "http":
            await _to_provider()(scope, receive, send)
        else:
            with using(identity.language_of(connection)):
                found = identity.identify(connection, server)
            await self._let_in(scope, receive, send, found)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send, found: Visitor | Refusal) -> None:
        path = below_base(scope["path"])
        if isinstance(found, Visitor) and path in ADMIN_ONLY and found.role != "admin":
            with using(identity.language_of(HTTPConnection(scope))):
                found = Refusal(403, f"403: {tr('metrics are for people with the role admin.')}")
        if isinstance(found, Refusal):
            await self._refuse(scope, receive, send, found)
            return
        scope["headers"].append((HEADER.encode(), found.packed()))
        if scope["type"] == "websocket":
            await self._app(scope, _until(receive, found.until), send)
            return
        link = wanted_link(HTTPConnection(scope).cookies) if path in ("", "/") and _is_page(scope) else None
        if link is None:
            await self._app(scope, receive, send)
        else:
            response = RedirectResponse(link, status_code=302)
            response.delete_cookie(LINK_COOKIE, path=_cookie_path())
            await response(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, found: Refusal) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted, so that it ends with 403
            return
        response: Response
        if found.status == 401 and self._settings().sign_in == "oidc" and _is_page(scope):
            response = HTMLResponse(_page(identity.language_of(HTTPConnection(scope))), status_code=401)
            response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
            _remember_link(scope, response)
        else:
            response = PlainTextResponse(f"{found.sentence}\n", status_code=found.status)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        await response(scope, receive, send)


def below_base(path: str) -> str:
    """Return a path below the server's base path."""
    base = _base()
    return path.removeprefix(base) if base and (path == base or path.startswith(f"{base}/")) else path


def wanted_link(cookies: Mapping[str, str]) -> str | None:
    """Return the link that somebody opened before signing in; None if there is none, or none of this server.

    A cookie may come from elsewhere, so that only paths below the base are followed.
    """
    link = unquote(cookies.get(LINK_COOKIE, ""))
    is_own = link.startswith(f"{_base()}/") and not link.startswith("//") and "\\" not in link
    return link if is_own and link.isascii() and link.isprintable() and len(link) <= LINK_LIMIT else None


def _remember_link(scope: Scope, response: Response) -> None:
    query = scope["query_string"].decode("latin-1")
    link = quote(scope["path"]) + (f"?{query}" if query else "")
    if below_base(scope["path"]) not in ("", "/") or query:
        response.set_cookie(
            LINK_COOKIE,
            quote(link[:LINK_LIMIT], safe=""),
            max_age=600,
            httponly=True,
            samesite="lax",
            path=_cookie_path(),
        )


def _to_provider() -> Response:
    # What `st.login` does, without a websocket and a script for somebody who is not signed in.
    token = auth_util.encode_provider_token("default")
    response = RedirectResponse(f"{_base()}/auth/login?provider={quote(token)}", status_code=302)
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_page(scope: Scope) -> bool:
    """Return True for a request by which a browser opens a page."""
    headers = HTTPConnection(scope).headers
    return bool(scope["method"] == "GET" and "text/html" in headers.get("accept", ""))


def _until(receive: Receive, until: float) -> Receive:
    """Return a function that ends a websocket when the sign-in ends."""

    async def received() -> Message:
        left = until - time.time()
        try:
            return await asyncio.wait_for(receive(), None if left == float("inf") else max(0.0, left))
        except TimeoutError:
            return {"type": "websocket.disconnect", "code": 1008}

    return received


def _base() -> str:
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def _cookie_path() -> str:
    return _base() or "/"


def _page(language: str) -> str:
    with using(language):
        return _PAGE.format(
            language=language,
            action=_base() + SIGN_IN,
            title=tr("{page} - confusion explainer", page=tr("Sign in")),
            question=tr("Why does a classifier take one class for another?"),
            sign_in=tr("Sign in"),
        )


_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 sans-serif; margin: 20vh auto 0; max-width: 26rem; padding: 0 1rem; text-align: center; }}
a {{ background: #0f5f73; color: #fff; padding: .6rem 1.4rem; border-radius: 6px; text-decoration: none; }}
</style></head>
<body><h1>Confusion explainer</h1><p>{question}</p>
<p><a href="{action}">{sign_in}</a></p></body></html>
"""
