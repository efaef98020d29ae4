"""Names under which the server answers, and refusal of all others.

A server on the loopback address is still reached by any web site that the user opens, if the site lets its own name
point to 127.0.0.1 (DNS rebinding). The name stays in the Host header, so a server that answers to few names only is
closed to such sites. Streamlit checks `server.allowedHosts` for the websocket alone; `HostGuard` checks it for pages,
pictures, uploads and metrics too.
"""

import ipaddress
import logging

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config, net_util
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from pages.ui.serving.identity import language_of
from xai_core.language import mark, tr, using
from xai_core.settings.server_settings import ServerSettings
from xai_core.texts import listed, paragraph

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
"""Names of this machine for itself."""

REFUSAL = mark(
    "403: this server does not answer under this name. Open it as http://localhost, or start it with the name: "
    "make run NAMES=app.example.com. See docs/deploy.md."
)

_LOG = logging.getLogger(__name__)


def close_by_default(server: ServerSettings) -> None:
    """Answer only to names of this machine, unless the server listens for others or names are set.

    Call this once, before the server answers. A server that others can reach is announced in the log.

    Parameters
    ----------
    server
        Settings of the server.
    """
    # For a websocket of another origin, Streamlit would ask checkip.amazonaws.com for the address of this machine.
    net_util.get_external_ip = _no_address
    address = config.get_option("server.address")
    names = config.get_option("server.allowedHosts")
    if is_local(address):
        if not names:
            config.set_option("server.allowedHosts", list(LOCAL_NAMES))
        return
    _LOG.warning("%s", opened_words(address, names, server))


def is_local(address: str | None) -> bool:
    """Return True if only this machine reaches a server that listens on this address.

    >>> is_local("127.0.0.1"), is_local("::1"), is_local("0.0.0.0"), is_local(None)
    (True, True, False, False)
    """
    if not address:  # every interface
        return False
    if address.startswith("unix://") or address.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def opened_words(address: str | None, names: list[str], server: ServerSettings) -> str:
    """Return what it means that the server listens on an address that others can reach."""
    address = address or tr("every network interface")
    where = (
        tr(
            "This server is OPEN: it listens on {address} and answers under the names {names}.",
            address=address,
            names=listed(names),
        )
        if names
        else tr("This server is OPEN: it listens on {address} and answers under any name.", address=address)
    )
    if server.sign_in:
        sign_in = tr("Everybody has to sign in. Without TLS in front of it, others in the network can read along.")
        return paragraph(where, sign_in)
    can = [tr("see all studies and their pictures")]
    can += [tr("upload pictures")] if server.uploads else []
    can += [] if server.read_only else [tr("write verdicts")]
    anybody = tr(
        "There is no sign-in. Everybody who can reach this machine in the network can {can}, and make this machine "
        "compute. Without HOST (make run), only this machine is answered. docs/deploy.md says how to set up sign-in "
        "and a proxy with TLS.",
        can=listed(can),
    )
    return paragraph(where, anybody)


class HostGuard:
    """Middleware that answers 403 to requests and websockets with a foreign Host header.

    Parameters
    ----------
    app
        What answers all other requests.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        kind = scope["type"]
        if kind not in ("http", "websocket") or is_host_allowed(_host(scope)):
            await self._app(scope, receive, send)
        elif kind == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted, so that it ends with 403
        else:
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            with using(language_of(HTTPConnection(scope))):
                body = f"{tr(REFUSAL)}\n".encode()
            await send({"type": "http.response.body", "body": body})


def _no_address() -> None:
    """Return no address."""


def _host(scope: Scope) -> str | None:
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return hosts[0].decode("latin-1") if len(hosts) == 1 else None
