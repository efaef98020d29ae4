"""Identity of a request: who is signed in, by a provider of OpenID Connect or by a trusted proxy.

A provider's answer is in a cookie that Streamlit signs (`st.login`). A trusted proxy sends the name in a header.
"""

import json
import time
from dataclasses import dataclass
from typing import Any

from starlette.requests import HTTPConnection
from streamlit import auth_util
from streamlit.web.server import server_util
from streamlit.web.server.starlette import starlette_app_utils
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from pages.ui.access.visitors import NAME_LIMIT, Visitor
from pages.ui.serving.peer import peer
from xai_core.language import LANGUAGES, best_fit, tr
from xai_core.settings.server_settings import ServerSettings
from xai_core.texts import paragraph

LEAST_SECRET = 32
"""Least number of characters of the secret that signs cookies."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Refusal of a request.

    Attributes
    ----------
    status
        401 if signing in would help, else 403.
    sentence
        The reason and its cure.
    """

    status: int
    sentence: str


def identify(connection: HTTPConnection, server: ServerSettings) -> Visitor | Refusal:
    """Return who sends a request, or why it is refused.

    Parameters
    ----------
    connection
        The request, or the handshake of a websocket.
    server
        Settings with sign-in.
    """
    found = _by_header(connection, server) if server.sign_in == "header" else _by_cookie(connection, server)
    if isinstance(found, Refusal):
        return found
    name, until = found
    if not name.isprintable() or len(name) > NAME_LIMIT:
        sentence = tr("your name has more than {number} characters, or some that cannot be shown.", number=NAME_LIMIT)
        return Refusal(403, f"403: {sentence}")
    role = server.role_of(name)
    if role is None:
        sentence = tr("{name} is signed in and has no role here. Ask those who run this server.", name=name)
        out = tr("Sign out by {path}.", path="/auth/logout") if server.sign_in == "oidc" else ""
        return Refusal(403, f"403: {paragraph(sentence, out)}")
    return Visitor(name, role, until)


def language_of(connection: HTTPConnection) -> str:
    """Return the language in which a request is answered that no page sees: that of its link, or of the browser."""
    asked = connection.query_params.get("lang", "")
    first = connection.headers.get("accept-language", "").split(",")[0].split(";")[0]
    return asked if asked in LANGUAGES else best_fit(first)


def is_forged(connection: HTTPConnection, server: ServerSettings) -> bool:
    """Return True if somebody else than a trusted proxy sends the header of the proxy."""
    return server.sign_in == "header" and server.header in connection.headers and not _is_proxy(connection, server)


def _is_proxy(connection: HTTPConnection, server: ServerSettings) -> bool:
    return server.is_trusted(peer(connection.scope))


def _by_header(connection: HTTPConnection, server: ServerSettings) -> tuple[str, float] | Refusal:
    if not _is_proxy(connection, server):
        sentence = tr("this server is reached through its proxy only. Open the address of the proxy.")
        return Refusal(403, f"403: {sentence}")
    values = connection.headers.getlist(server.header)
    name = _decoded(values[0]).strip() if len(values) == 1 else ""
    if not name:
        sentence = (
            tr("the proxy sends no single name. Sign in at the proxy.")
            if values
            else tr("the proxy sends no name. Sign in at the proxy.")
        )
        return Refusal(401, f"401: {sentence}")
    return name, float("inf")


def _decoded(value: str) -> str:
    """Return the text of a header, which is in UTF-8 where it is valid, else in Latin-1."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return value


def _by_cookie(connection: HTTPConnection, server: ServerSettings) -> tuple[str, float] | Refusal:
    claims = signed_in_claims(connection.cookies)
    if claims is None:
        return Refusal(401, f"401: {tr('sign in to see this.')}")
    issued = claims.get("iat")
    until = (float(issued) if isinstance(issued, int | float) else 0.0) + server.hours * 3600
    if time.time() > until:
        sentence = tr("your sign-in has ended after {hours} hours. Sign in again.", hours=server.hours)
        return Refusal(401, f"401: {sentence}")
    name = claims.get(server.claim)
    if not isinstance(name, str) or not name.strip():
        sentence = tr("the provider sends no {claim} (XAI_SIGN_IN_CLAIM). See docs/deploy.md.", claim=server.claim)
        return Refusal(403, f"403: {sentence}")
    # At many providers anybody can claim any address; only a verified one says who somebody is.
    if server.claim == "email" and claims.get("email_verified") is not True:
        sentence = tr("the provider has not verified your e-mail address. See docs/deploy.md.")
        return Refusal(403, f"403: {sentence}")
    return name.strip(), until


def signed_in_claims(cookies: dict[str, str]) -> dict[str, Any] | None:
    """Return the claims in the signed cookie of `st.login`, None if there is no valid one for this address."""
    secret = server_util.get_cookie_secret()
    if not secret:
        return None

    def read(name: str) -> bytes | None:
        value = cookies.get(name)
        return None if value is None else starlette_app_utils.decode_signed_value(secret, name, value)

    content = auth_util.get_cookie_with_chunks(read, USER_COOKIE_NAME)
    try:
        claims = json.loads(content or b"null")
    except ValueError:
        return None
    if not isinstance(claims, dict) or claims.get("is_logged_in") is not True:
        return None
    return claims if claims.get("origin") == auth_util.get_origin_from_redirect_uri() else None


def check_provider() -> str:
    """Return what is missing for sign-in with a provider, "" if nothing is."""
    if not auth_util.is_authlib_installed():
        package = tr("Sign-in with a provider needs the package Authlib.")
        return paragraph(package, tr("Install it: {command}", command='pip install ".[sign-in]"'))
    try:
        auth_util.validate_auth_credentials("default")
    except Exception as fault:  # noqa: BLE001 - Streamlit's own errors, and those of a damaged secrets.toml
        return f"{' '.join(str(fault).split())} {tr('See docs/deploy.md.')}"
    if len(server_util.get_cookie_secret()) < LEAST_SECRET:
        short = tr(
            "cookie_secret in .streamlit/secrets.toml has fewer than {number} characters, so that cookies could be "
            "forged.",
            number=LEAST_SECRET,
        )
        command = 'python -c "import secrets; print(secrets.token_hex(32))"'
        return paragraph(short, tr("Make one: {command}", command=command))
    return ""
