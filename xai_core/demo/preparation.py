"""Preparation of the demo in a process of its own, so that the server answers at once."""

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import IO

from xai_core.language import ENGLISH, tr, translation_of

WANTED = "XAI_PREPARE_DEMO"
"""Environment variable with which the server prepares the demo; `make run` sets it."""

_COUNTS = re.compile(r"(?P<step>[^:]*): (?P<done>[\d,]+) of (?P<planned>[\d,]+)")
_TAIL = 2000  # bytes of output that hold the last line


@dataclass(slots=True)
class Preparation:
    """Running or finished preparation.

    Attributes
    ----------
    process
        The command `demo prepare`.
    output
        Its standard error, a line of progress every few seconds.
    """

    process: subprocess.Popen[bytes]
    output: IO[bytes]

    @property
    def over(self) -> bool:
        """True once the process has ended."""
        return self.process.poll() is not None

    @property
    def line(self) -> str:
        """Latest line of its output."""
        size = self.output.seek(0, os.SEEK_END)
        self.output.seek(max(0, size - _TAIL))
        lines = self.output.read().decode("utf-8", "replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    @property
    def share(self) -> float:
        """Share of the present step that is done, 0 to 1."""
        found = _COUNTS.match(self.line)
        if found is None:
            return 0.0
        done, planned = (int(number.replace(",", "")) for number in found.group("done", "planned"))
        return min(1.0, done / planned) if planned else 0.0

    @property
    def text(self) -> str:
        """Latest line for a page: in another language than English without what follows the counts."""
        found = _COUNTS.match(self.line)
        step = translation_of(found["step"]) if found else None
        if found is None or step is None:
            return self.line
        return tr("{step}: {done} of {planned}", step=step, done=found["done"], planned=found["planned"])

    @property
    def trouble(self) -> str:
        """Sentence on why it failed, "" if it did not."""
        if not self.over or self.process.returncode == 0:
            return ""
        return self.line.removeprefix("error: ") or tr("It ended with status {status}.", status=self.process.returncode)


_running: Preparation | None = None


def start() -> None:
    """Start the preparation of the demo, if the environment asks for it and it has not been started."""
    global _running  # noqa: PLW0603 - one for the server, from before its first session
    if _running is not None or not os.environ.get(WANTED):
        return
    # A file and not a pipe: nobody has to read it for the process to go on, and each look reads its end.
    output = tempfile.TemporaryFile()  # noqa: SIM115 - it is open as long as the server
    process = subprocess.Popen(
        [sys.executable, "-m", "xai_core", "demo", "prepare"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=output,
        env=os.environ | {"XAI_LANG": ENGLISH},  # its lines are read here
    )
    _running = Preparation(process, output)


def running() -> Preparation | None:
    """Return the preparation of this server, None if it has none."""
    return _running


def stop() -> None:
    """Stop a preparation that is still running. The next server continues it."""
    if _running is not None and not _running.over:
        _running.process.terminate()
