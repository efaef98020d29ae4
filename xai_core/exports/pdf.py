"""Reports as PDF files, printed by a browser that is installed on this machine."""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from xai_core.errors import ExportFailed
from xai_core.language import tr
from xai_core.texts import listed

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
"""Programs that can print a page without a window, in the order in which they are looked for."""

LIMIT_S = 60

AT_ONCE = 2
"""Browsers that print at the same time. Each takes some hundred MB, and visitors can ask for any number of files."""

WAIT_S = 20
"""Seconds after which one that waits for its turn is refused."""

_turns = threading.BoundedSemaphore(AT_ONCE)

_QUIET = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--no-pdf-header-footer",
    # Chromium asks Google's servers for the time, updates and accounts at every start, through the company's proxy too.
    # A report needs nothing from anywhere.
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def find_browser() -> str | None:
    """Return the path of a browser that prints, or None if none is installed."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def render_pdf(html: bytes) -> bytes:
    """Print a report from `report.render_html` as a PDF file.

    Raises
    ------
    ExportFailed
        If no browser is installed, if it does not print within `LIMIT_S` seconds, or if others print for `WAIT_S`
        seconds already.
    """
    browser = find_browser()
    if browser is None:
        raise ExportFailed(
            tr("A PDF file needs a browser on the server, and none was found."),
            tr("Install one of {browsers}, or print the HTML report.", browsers=listed(BROWSERS)),
        )
    # Chromium refuses to start for root with its sandbox, as in a container. The page is our own, and forbids scripts.
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    if not _turns.acquire(timeout=WAIT_S):
        raise ExportFailed(
            tr("Other reports are being printed."), tr("Try again in a minute, or print the HTML report.")
        )
    try:
        return _printed([browser, *_QUIET, *root], html)
    finally:
        _turns.release()


def _printed(browser: Sequence[str], html: bytes) -> bytes:
    # A browser that is stopped may write into its folder for a moment more.
    with tempfile.TemporaryDirectory(prefix="xai-pdf-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        page, printed = folder / "report.html", folder / "report.pdf"
        page.write_bytes(html)
        command = [*browser, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={printed}"]
        try:
            # No pipes: a process that the browser leaves behind would hold them, and the end would be waited for.
            quiet = subprocess.DEVNULL
            subprocess.run(  # noqa: S603
                [*command, page.as_uri()], stdin=quiet, stdout=quiet, stderr=quiet, timeout=LIMIT_S, check=True
            )
            return printed.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise ExportFailed(
                tr(
                    "{browser} did not print the report ({error}).",
                    browser=Path(browser[0]).name,
                    error=type(error).__name__,
                ),
                tr("Print the HTML report."),
            ) from error
