"""Room for uploaded pictures, of each visitor and of all, which Streamlit holds in memory without a bound."""

import functools
import threading
from collections import Counter
from collections.abc import Callable, Mapping

from streamlit import runtime

from pages.ui.access import visitors
from xai_core.data.upload import MAX_BYTES
from xai_core.language import tr
from xai_core.settings.server_settings import MB, ServerSettings

Held = Mapping[str, int]


class UploadRoom:
    """Account of the uploads that a server holds, by session and visitor.

    Any number of threads may use it.

    Parameters
    ----------
    settings
        Function that returns the settings of the server.
    held
        Function that returns the bytes of the pictures that are held for each session.
    """

    def __init__(self, settings: Callable[[], ServerSettings], held: Callable[[], Held]) -> None:
        self._settings = settings
        self._held = held
        self._lock = threading.Lock()
        self._visitor_of: dict[str, str] = {}
        self._arriving: Counter[str] = Counter()

    def reserve(self, session: str, visitor: str, size: int) -> str:
        """Reserve room for an upload that arrives, or return why there is none.

        Parameters
        ----------
        session
            Streamlit's session of the upload.
        visitor
            Name of the visitor.
        size
            Bytes of the upload.

        Returns
        -------
        "", or a sentence. After "" call `release` once the upload has arrived or failed.
        """
        with self._lock:
            reason = self._reason(visitor, size)
            if not reason:
                self._visitor_of[session] = visitor
                self._arriving[session] += size
            return reason

    def release(self, session: str, size: int) -> None:
        """Take back what was reserved for an upload."""
        with self._lock:
            self._arriving[session] -= size
            if self._arriving[session] <= 0:
                del self._arriving[session]

    def why_full(self, visitor: str) -> str:
        """Return why a visitor cannot upload another picture of the largest size, "" if that is possible."""
        with self._lock:
            return self._reason(visitor, MAX_BYTES)

    def held_bytes(self) -> int:
        """Return the bytes of all uploads that are held or arrive."""
        with self._lock:
            return sum(self._held().values()) + sum(self._arriving.values())

    def _reason(self, visitor: str, size: int) -> str:
        server, held = self._settings(), self._held()
        # Sessions that have ended hold nothing any more.
        self._visitor_of = {
            session: name for session, name in self._visitor_of.items() if session in held or session in self._arriving
        }
        sizes = {session: held.get(session, 0) + self._arriving[session] for session in {*held, *self._arriving}}
        own = sum(size for session, size in sizes.items() if self._visitor_of.get(session) == visitor)
        if own + size > server.visitor_uploads_mb * MB:
            return tr(
                "Your uploaded pictures take {own:,} of the {limit:,} MB for one visitor, so there is no room for "
                "{size:.1f} MB more. Close tabs with uploaded pictures, or remove some.",
                own=own // MB,
                limit=server.visitor_uploads_mb,
                size=_megabytes(size),
            )
        if sum(sizes.values()) + size > server.uploads_mb * MB:
            return tr(
                "This server has {limit:,} MB for the uploads of all visitors, and no room for {size:.1f} MB more. "
                "Try again later.",
                limit=server.uploads_mb,
                size=_megabytes(size),
            )
        return ""


def _megabytes(size: int) -> float:
    return max(0.1, size / MB)


@functools.cache
def room() -> UploadRoom:
    """Return the account of this server's uploads."""
    return UploadRoom(visitors.settings, _held_by_streamlit)


def _held_by_streamlit() -> Held:
    if not runtime.exists():
        return {}
    # The manager changes these dictionaries in other threads, so that they are copied in one step before they are read.
    storage = runtime.get_instance().uploaded_file_mgr.file_storage  # type: ignore[attr-defined]
    return {session: sum(len(file.data) for file in list(files.values())) for session, files in list(storage.items())}
