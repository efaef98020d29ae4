"""Reports as PDF files."""

import shutil
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


def test_a_browser_prints_a_report():
    if pdf.find_browser() is None:
        pytest.skip("no browser is installed")
    made = pdf.render_pdf(render_html(REPORT))
    assert made.startswith(b"%PDF-")
    assert b"%%EOF" in made[-1024:]


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
