"""Reports as PDF files."""

import shutil
import socket
import subprocess

import numpy as np
import pytest

from xai_core.errors import ExportFailed
from xai_core.exports import pdf
from xai_core.exports.report import Figure, Report, Section, render_html

REPORT = Report(
    title="Why ravioli?",
    introduction="正解 <b>pork chop</b>",
    sections=[Section("Maps", ("Text.",), (Figure(np.full((8, 8, 3), 128, np.uint8), "grey"),))],
)


def test_a_browser_prints_a_report_and_asks_nobody(monkeypatch):
    if pdf.find_browser() is None:
        pytest.skip("no browser is installed")
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        made = pdf.render_pdf(render_html(REPORT))
        proxy.setblocking(False)
        with pytest.raises(BlockingIOError):
            proxy.accept()
    assert made.startswith(b"%PDF-")
    assert b"%%EOF" in made[-1024:]


def test_only_some_browsers_print_at_once(monkeypatch):
    seen = []
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(pdf, "WAIT_S", 0)

    def print_another(_command, **_options):
        seen.append(len(seen))
        pdf.render_pdf(b"")

    monkeypatch.setattr(subprocess, "run", print_another)
    with pytest.raises(ExportFailed, match="Other reports are being printed") as fault:
        pdf.render_pdf(b"")
    assert fault.value.hint == "Try again in a minute, or print the HTML report."
    assert seen == [0, 1] == list(range(pdf.AT_ONCE))
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_options: seen.append("free again"))
    with pytest.raises(ExportFailed, match="did not print"):
        pdf.render_pdf(b"")
    assert seen[-1] == "free again"


def test_without_a_browser_or_with_one_that_hangs_it_is_said_what_to_do(monkeypatch):
    def hang(command, **options):
        raise subprocess.TimeoutExpired(command, options["timeout"])

    monkeypatch.setattr(subprocess, "run", hang)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(ExportFailed, match=r"^chromium did not print the report \(TimeoutExpired\)\.") as fault:
        pdf.render_pdf(b"")
    assert fault.value.hint == "Print the HTML report."
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(ExportFailed, match="none was found"):
        pdf.render_pdf(b"")
