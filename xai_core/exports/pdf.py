"""Reports as PDF files, printed by a browser that is installed on this machine."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from xai_core.errors import ExportFailed

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
"""Programs that can print a page without a window, in the order in which they are looked for."""

LIMIT_S = 60

_QUIET = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--no-pdf-header-footer",
)


def find_browser() -> str | None:
    """Return the path of a browser that prints, or None if none is installed."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def render_pdf(html: bytes) -> bytes:
    """Print a report from `report.render_html` as a PDF file.

    Raises
    ------
    ExportFailed
        If no browser is installed, or it does not print within `LIMIT_S` seconds.
    """
    browser = find_browser()
    if browser is None:
        raise ExportFailed(
            "A PDF file needs a browser on the server, and none was found.",
            f"Install one of {', '.join(BROWSERS)}, or print the HTML report.",
        )
    # Chromium refuses to start for root with its sandbox, as in a container. The page is our own, and forbids scripts.
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="xai-pdf-") as name:
        folder = Path(name)
        page, printed = folder / "report.html", folder / "report.pdf"
        page.write_bytes(html)
        command = [browser, *_QUIET, *root, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={printed}"]
        try:
            subprocess.run([*command, page.as_uri()], capture_output=True, timeout=LIMIT_S, check=True)  # noqa: S603
            return printed.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise ExportFailed(
                f"{Path(browser).name} did not print the report ({type(error).__name__}).", "Print the HTML report."
            ) from error
