"""Address from which a connection really comes.

uvicorn replaces the address of a caller on this machine by the one in the header X-Forwarded-For, which the caller
writes. So any program on this machine could pass for a trusted proxy. The address before that is kept here.
"""

from typing import Any

import uvicorn.config
from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

KEY = "xai.peer"


class KeepsPeer(ProxyHeadersMiddleware):
    """uvicorn's middleware for headers of proxies, which keeps the address of the connection."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        scope[KEY] = scope.get("client")
        await super().__call__(scope, receive, send)


def keep() -> None:
    """Keep the addresses of connections. Call this when the app is imported, before uvicorn wraps it."""
    uvicorn.config.ProxyHeadersMiddleware = KeepsPeer  # type: ignore[attr-defined]


def peer(scope: Scope) -> str | None:
    """Return the address from which a connection comes, None if it is not known."""
    found = scope.get(KEY)
    return str(found[0]) if found else None
