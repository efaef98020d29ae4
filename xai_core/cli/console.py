"""How the commands speak: answers on stdout, everything else on stderr, so that a pipe gets the answer alone."""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from xai_core import paths
from xai_core.errors import StoreRefused

EVERY_S = 10.0
"""Seconds between two lines of progress where stderr is no terminal."""

Tell = Callable[[int, int], None]
"""Called with things done and things planned."""

aside = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def answer(text: str) -> None:
    """Write an answer for people."""
    typer.echo(text)


def answer_json(value: object) -> None:
    """Write an answer for machines."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))


def note(text: str) -> None:
    """Say something that is not the answer."""
    aside.print(text)


def folder_of_studies(given: Path | None) -> Path:
    """Return the folder of all studies as an absolute path."""
    return paths.studies_folder(given).expanduser().absolute()


def check_writable(out: Path | None) -> None:
    """Refuse a file that could not be written, before anything is computed for it.

    Raises
    ------
    StoreRefused
        If its folder does not exist or is read-only, or it is a folder itself.
    """
    if out is None:
        return
    folder = out.absolute().parent
    if not folder.is_dir():
        raise StoreRefused(f"There is no folder {folder} to write {out.name} to.", "Make it first.")
    if not os.access(folder, os.W_OK):
        raise StoreRefused(f"The folder {folder} is read-only: {out.name} cannot be written.", "Choose another place.")
    if out.is_dir():
        raise StoreRefused(f"{out} is a folder; expected the name of a file.")


def aligned(rows: Sequence[Sequence[str]], right: str) -> str:
    """Lay rows out in columns; those with an R in `right` are flush right, as numbers are.

    >>> print(aligned([["a", "10"], ["bcd", "9"]], "LR"))
    a    10
    bcd   9
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(right))]
    lines = (
        "  ".join(
            cell.rjust(width) if side == "R" else cell.ljust(width)
            for cell, width, side in zip(row, widths, right, strict=True)
        )
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


@contextlib.contextmanager
def progress(what: str, unit: str) -> Iterator[Tell]:
    """Show how far something is, how fast it goes and how long it still takes.

    Parameters
    ----------
    what
        What is done, such as "Predicting".
    unit
        Of what is counted, such as "pictures".
    """
    if not aside.is_terminal:
        yield _Lines(what, unit)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(unit), TimeRemainingColumn())
    with Progress(*columns, console=aside) as bar:
        yield _Bar(bar, what)


class _Bar:
    """Feeds a bar; what was done before it came up is no measure of speed."""

    def __init__(self, bar: Progress, what: str) -> None:
        self._bar, self._what = bar, what

    def __call__(self, done: int, planned: int) -> None:
        if not self._bar.tasks:
            self._bar.add_task(self._what, total=planned, completed=done)
        self._bar.update(self._bar.tasks[0].id, completed=done, total=planned)


class _Rate(ProgressColumn):
    """Things a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.1f} {self._unit}/s")


class _Lines:
    """Writes a line now and then, for logs."""

    def __init__(self, what: str, unit: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._unit, self._clock = what, unit, clock
        self._start: tuple[float, int] | None = None
        self._told = 0.0

    def __call__(self, done: int, planned: int) -> None:
        now = self._clock()
        if self._start is None:
            self._start, self._told = (now, done), now
        if now - self._told < EVERY_S and done < planned:
            return
        self._told = now
        rate = (done - self._start[1]) / max(now - self._start[0], 1e-9)
        left = f", {(planned - done) / rate:,.0f} s left" if rate > 0 else ""
        note(f"{self._what}: {done:,} of {planned:,} {self._unit}, {rate:,.1f}/s{left}")
