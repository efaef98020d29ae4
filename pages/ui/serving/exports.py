"""Downloads that are made on a click: bounded for each visitor and for all, and with sentences when they fail.

Streamlit alone makes any number at once, and says "Failed to generate file for download" whatever has happened.
"""

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor

from streamlit import runtime
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse, DeferredFileResponsePayload
from streamlit.runtime.backend_operation_handler import DeferredFileHandler
from streamlit.runtime.media_file_manager import MediaFileManager

from pages.ui.access import export_room
from pages.ui.access.download import VisitorsFile
from pages.ui.access.export_room import ExportRoom
from pages.ui.frame.plain_text import fault_sentence
from xai_core.errors import XaiError
from xai_core.language import current, mark, tr, using

AT_ONCE = 2
"""Files that are made at the same time. Others wait for a thread."""

GONE = mark("This page has changed meanwhile. Press the button again, or reload the page.")
FAILED = mark("The file could not be made. Try again; the server's log says why.")
"""Texts for `tr`."""

log = logging.getLogger(__name__)

# Threads of their own: those of the event loop also answer health checks and uploads.
_makers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="exports")


def bound_downloads() -> None:
    """Let Streamlit's server make downloads by this module. Call this once, before the server answers."""
    DeferredFileHandler.handle = _handle  # type: ignore[method-assign, assignment]


async def _handle(
    _: DeferredFileHandler, request: BackendOperationRequest, session_id: str
) -> BackendOperationResponse:
    manager = runtime.get_instance().media_file_mgr
    return await made(manager, export_room.room(), request, session_id)


async def made(
    manager: MediaFileManager, room: ExportRoom, request: BackendOperationRequest, session_id: str
) -> BackendOperationResponse:
    """Make the file of a download, and return its address or a sentence.

    Parameters
    ----------
    manager
        Streamlit's files, with the functions that make some of them.
    room
        Account of the files that are being made.
    request
        Request with the id of the file.
    session_id
        Session that asks.
    """
    response = BackendOperationResponse(request_id=request.request_id)
    file_id = request.deferred_file.file_id
    # Streamlit asks nobody whose file it is.
    entry = manager._deferred_callables.get(file_id)  # noqa: SLF001 - no public way
    if entry is None or entry["session_id"] != session_id:
        response.error_msg = tr(GONE)
        return response
    work = entry["callable"]
    visitor = work.visitor if isinstance(work, VisitorsFile) else session_id
    try:
        room.begin(visitor)
    except XaiError as fault:
        with using(_language_of(work)):
            response.error_msg = fault.sentence
        return response
    url, seconds = "", 0.0
    try:
        loop = asyncio.get_running_loop()
        url, response.error_msg, seconds = await loop.run_in_executor(_makers, _outcome, manager, file_id, work)
    finally:
        room.end(visitor, seconds)
    if url:
        response.deferred_file.CopyFrom(DeferredFileResponsePayload(url=url))
    return response


def _outcome(manager: MediaFileManager, file_id: str, work: object) -> tuple[str, str, float]:
    """Return the address of a file or a sentence, and the seconds that it took."""
    start = time.monotonic()
    with using(_language_of(work)):
        url, sentence = _made_or_said(manager, file_id, work)
    return url, sentence, time.monotonic() - start


def _language_of(work: object) -> str:
    return work.language if isinstance(work, VisitorsFile) else current()


def _made_or_said(manager: MediaFileManager, file_id: str, work: object) -> tuple[str, str]:
    try:
        return manager.execute_deferred(file_id), ""
    # Whatever a file's maker raises, Streamlit wraps. A sentence of ours is for the reader, anything else for the log.
    except Exception as fault:
        cause = fault.__cause__
        if isinstance(cause, XaiError):
            log.warning("A file was not made: %s", type(cause).__name__)
            shows = isinstance(work, VisitorsFile) and work.sees_folders
            return "", fault_sentence(cause, with_folders=shows)
        log.exception("A file could not be made.")
        return "", tr(FAILED)
