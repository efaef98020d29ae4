"""Limits of uploads, before their bytes are read."""

from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.ui.access import upload_room, visitors
from pages.ui.access.upload_room import UploadRoom
from pages.ui.serving import sessions
from pages.ui.serving.identity import language_of
from pages.ui.serving.sign_in import below_base
from xai_core.data.upload import MAX_BYTES
from xai_core.language import mark, tr, using

PATH = "/_stcore/upload_file/"

OFF = mark("Uploads are switched off on this server.")
"""Text of a refusal, for `tr`."""

NOT_YOURS = mark("This page is not yours, or it has ended. Reload it and upload the picture again.")
"""Text of a refusal, for `tr`."""


class UploadGuard:
    """Middleware that refuses uploads that are switched off, have no room, or belong to another's page.

    Parameters
    ----------
    app
        What answers.
    room
        Function that returns the account of uploads.
    owner
        Function that returns the name of who has a session.
    """

    def __init__(
        self,
        app: ASGIApp,
        room: Callable[[], UploadRoom] = upload_room.room,
        owner: Callable[[str], str] = sessions.owner,
    ) -> None:
        self._app = app
        self._room = room
        self._owner = owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http" or not below_base(scope["path"]).startswith(PATH):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        session = below_base(scope["path"]).removeprefix(PATH).partition("/")[0]
        name = _name(connection)
        if name and self._owner(session) != name and scope["method"] != "OPTIONS":
            with using(language_of(connection)):
                refusal = PlainTextResponse(tr(NOT_YOURS), status_code=403)
            await refusal(scope, receive, send)
            return
        if scope["method"] != "PUT":
            await self._app(scope, receive, send)
            return
        if not visitors.settings().uploads:
            with using(language_of(connection)):
                refusal = PlainTextResponse(tr(OFF), status_code=403)
            await refusal(scope, receive, send)
            return
        # The size that a request states is a promise; one without it may have the largest size.
        stated = connection.headers.get("content-length", "")
        size = int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 20 else MAX_BYTES
        with using(language_of(connection)):
            reason = self._room().reserve(session, _visitor(connection, name, session), size)
        if reason:
            await PlainTextResponse(reason, status_code=413)(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._room().release(session, size)


def _name(connection: HTTPConnection) -> str:
    text = connection.headers.get(visitors.HEADER)
    return visitors.unpacked(text).name if text else ""


def _visitor(connection: HTTPConnection, name: str, session: str) -> str:
    return visitors.pseudonym(name) if name else visitors.browser(connection.cookies) or session
