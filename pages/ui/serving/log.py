"""Log of the server as lines of JSON, with the ids of requests and jobs.

It has no content of pictures, notes, or names of people: visitors have pseudonyms that end with the server, requests
have a kind instead of a path, and errors have their type and place instead of their message, which may quote anything.
"""

import contextlib
import contextvars
import json
import logging
import sys
import traceback
from datetime import UTC, datetime

from streamlit import config
from streamlit import logger as streamlit_logger

from pages.ui.access import visitors
from xai_core.errors import XaiError

FIELDS = (
    "event",
    "request",
    "job",
    "jobs",
    "visitor",
    "role",
    "method",
    "kind",
    "status",
    "ms",
    "state",
    "cached",
    "planned",
    "evaluations",
    "seconds",
    "error",
)
"""Fields of events. A record has no others, so that nothing gets into the log by accident."""

OWN = ("xai_core", "pages")
"""Loggers whose messages are ours. Those of other packages may quote what they were given."""

request_id: contextvars.ContextVar[str | None] = contextvars.ContextVar("request_id", default=None)
"""Id of the request that is being answered."""


class JsonFormatter(logging.Formatter):
    """Formatter of records as one line of JSON each."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line."""
        own = record.name.partition(".")[0] in OWN
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            # The message of another package without its arguments: its own words and nothing that it was given.
            "message": record.getMessage() if own else str(record.msg),
        }
        line |= {name: getattr(record, name) for name in FIELDS if getattr(record, name, None) is not None}
        line.setdefault("request", request_id.get() or visitors.request_id())
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, trace = record.exc_info
            line["exception"] = kind.__name__
            line["trace"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
        return json.dumps({name: value for name, value in line.items() if value is not None})


def start() -> None:
    """Let this process write JSON if the settings say so. Settings that cannot be used are refused later.

    Streamlit's warning for each cache that is made before the server runs is left out: all are, see `preload`.
    """
    logging.getLogger(_CACHES).addFilter(_is_no_early_cache)
    with contextlib.suppress(XaiError):
        if visitors.settings().log == "json":
            write_json()


def write_json() -> None:
    """Let every logger of this process write JSON, those of Streamlit and the web server too."""
    # Streamlit would print errors of pages past the log, with their messages and lines of code.
    config.set_option("logger.enableRich", False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # `get_logger` gives each logger of Streamlit a handler of its own, and uvicorn has some too.
    for found in list(logging.root.manager.loggerDict.values()):
        if isinstance(found, logging.Logger) and found.handlers:
            found.handlers.clear()
            found.propagate = True
    streamlit_logger.setup_formatter = _pass_on
    for name in OWN:
        logging.getLogger(name).setLevel(logging.INFO)


def _is_no_early_cache(record: logging.LogRecord) -> bool:
    return "No runtime found" not in record.getMessage()


_CACHES = "streamlit.runtime.caching.cache_data_api"


def _pass_on(logger: logging.Logger) -> None:
    logger.propagate = True
