"""Measurement of a server: its memory, and the time from its start to the first page."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from xai_core.errors import HelperFailed
from xai_core.language import deferred

PATIENCE_S = 300.0
"""Seconds after which a server that does not answer is given up."""

LOOK_S = 0.05
"""Seconds between two looks at a server that starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFigures:
    """Figures of a server on this machine.

    Attributes
    ----------
    rss_mb
        Resident memory after the first page, in MB.
    first_page_s
        Seconds from `streamlit run` until the server has run its first page to the end, without a browser.
    """

    rss_mb: float
    first_page_s: float


def measure_server(app: Path) -> dict[str, Any]:
    """Start a server, let it run its first page, and end it.

    It writes no study, so that a demo that is not prepared stays so.

    Parameters
    ----------
    app
        The file `streamlit_app.py`.

    Returns
    -------
    `ServerFigures`, as plain JSON values.

    Raises
    ------
    HelperFailed
        If the server ends, or does not answer.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    began = time.perf_counter()
    server = subprocess.Popen(  # noqa: S603 - our own file, and a number
        [sys.executable, "-m", "streamlit", "run", str(app), f"--server.port={port}", "--server.headless=true"],
        env=os.environ | {"XAI_READ_ONLY": "1", "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _has_page(port):
            if server.poll() is not None or time.perf_counter() - began > PATIENCE_S:
                raise HelperFailed(
                    deferred("The measured server did not answer."), deferred("See: streamlit run {app}", app=app)
                )
            time.sleep(LOOK_S)
        seconds = time.perf_counter() - began
        memory = psutil.Process(server.pid).memory_info().rss / 2**20
        return asdict(ServerFigures(rss_mb=memory, first_page_s=seconds))
    finally:
        server.terminate()
        server.wait()


def _has_page(port: int) -> bool:
    """Return True if the server's own check, which runs the first page, finds nothing wrong."""
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=60) as answer:
        return bool(answer.status == 200)
    return False
