"""Server of the app with everything that stands in front of its pages."""

import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route
from streamlit import config
from streamlit.url_util import make_url_path

from pages.ui.access import visitors
from pages.ui.serving import exports, health, identity, log, metrics, peer, preload, runtime_costs, sessions
from pages.ui.serving.hosts import HostGuard, close_by_default
from pages.ui.serving.requests import RequestLog
from pages.ui.serving.sign_in import SignInGuard
from pages.ui.serving.uploads import UploadGuard
from xai_core.errors import XaiError
from xai_core.language import tr
from xai_core.settings.server_settings import ServerSettings
from xai_core.texts import paragraph


def guarded() -> dict[str, Any]:
    """Return the arguments of `st.App` that put the guards in front of the pages.

    A setting that cannot be used ends the process with a sentence.
    """
    try:
        server = visitors.settings()
    except XaiError as fault:
        sys.exit(tr("error: {message}", message=paragraph(fault.sentence, tr("See docs/deploy.md."))))
    peer.keep()
    trouble = identity.check_provider() if server.sign_in == "oidc" else ""
    if trouble:
        sys.exit(tr("error: {message}", message=trouble))
    close_by_default(server)
    visitors.trust_guard()
    exports.bound_downloads()
    runtime_costs.spare()
    if server.sign_in:
        sessions.bind_to_visitors()
    guards = (RequestLog, HostGuard, SignInGuard, UploadGuard)
    return {
        "lifespan": _lifespan,
        "routes": [Route(_path("/health"), health.new_health().answer, methods=["GET"])],
        "middleware": [Middleware(guard) for guard in guards],
    }


@asynccontextmanager
async def _lifespan(app: st.App) -> AsyncIterator[None]:
    server = visitors.settings()
    with ExitStack() as running:
        log.start()  # again, because the web server has set up its loggers meanwhile
        if server.metrics is not None:
            running.callback(_metrics(server).close)
        async with preload.preloaded(app, prepares_demo=not server.read_only):
            yield


def _metrics(server: ServerSettings) -> metrics.Server:
    assert server.metrics is not None
    try:
        return metrics.Server(*server.metrics)
    except XaiError as fault:
        sys.exit(tr("error: {message}", message=fault.sentence))
    except (OSError, UnicodeError) as fault:  # UnicodeError for a host that cannot be a name
        reason = fault.strerror if isinstance(fault, OSError) else tr("it is no name of a host")
        address = ":".join(map(str, server.metrics))
        message = tr("XAI_METRICS is {address}, which cannot be used: {reason}.", address=address, reason=reason)
        sys.exit(tr("error: {message}", message=message))


def _path(path: str) -> str:
    return make_url_path(config.get_option("server.baseUrlPath") or "", path)
