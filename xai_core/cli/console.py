"""Output of the commands.

Answers go to stdout and everything else to stderr, so that a pipe receives the answer alone.
"""

import contextlib
import io
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from xai_core import paths
from xai_core.errors import StoreRefused, XaiError
from xai_core.language import ENGLISH, deferred, tr, using
from xai_core.progress import Progress as ProgressCallback
from xai_core.texts import paragraph

SCRIPT = "confusion-explainer"
"""Name of the console script that pip installs."""

MODULE = "python -m xai_core"
"""Call without the console script. Hints in xai_core write commands with it, because it works in every installation."""

LINE_INTERVAL_S = 10.0
"""Seconds between two lines of progress where stderr is no terminal."""

NICENESS = 10
"""Steps by which a long command lowers its priority, so that the app on the same machine stays responsive."""

WIDE = 10_000
"""Characters per line where stdout is no terminal, so that a file or a pipe gets each row on one line."""

OTHER_FILE = deferred("Free some space on the disk, or choose another file.")
"""Advice where an output file cannot be written."""

stderr = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)

_OPTIONS = {
    "architecture": "--architecture",
    "blur_px": "--blur",
    "channels": "--channels",
    "colour": "--colour",
    "data": "--data",
    "data_format": "--data-format",
    "ids": "--ids",
    "input": "--input",
    "label_column": "--label-column",
    "labels": "--labels",
    "mean": "--mean",
    "metadata": "--metadata",
    "model": "--model",
    "most_gb": "--most-gb",
    "output": "--output",
    "path_column": "--path-column",
    "pictures": "--pictures",
    "search_width": "--search-width",
    "size": "--size",
    "spec": "--spec",
    "split": "--split",
    "split_column": "--split-column",
    "steer_top": "--steer",
    "studies": "--studies",
    "value_range": "--range",
    "weights": "--weights",
}
"""Options by the names that xai_core gives to its arguments, where the message does not show the name already."""


def program() -> str:
    """Return the command by which this program was called."""
    # `python -m` puts the path of __main__.py here. Tests and notebooks call main() with a name of their own.
    return SCRIPT if Path(sys.argv[0]).stem == SCRIPT else MODULE


def write_text(text: str) -> None:
    """Write an answer for people to stdout."""
    typer.echo(text)


def write_json(value: object) -> None:
    """Write an answer for programs to stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))


def note(text: str) -> None:
    """Write a remark that is not part of the answer to stderr."""
    stderr.print(text)


def answer_language(*, as_json: bool) -> AbstractContextManager[None]:
    """Return a context in which texts are in the language of the answer, which is English for programs."""
    return using(ENGLISH) if as_json else contextlib.nullcontext()


def error_text(error: XaiError) -> str:
    """Return the message of an error, with this program's name and the option to change.

    xai_core serves pages and notebooks too, so that its messages name settings and arguments, but no options.
    """
    text = error.sentence.replace(MODULE, program())
    option = _OPTIONS.get(error.argument)
    return text if option is None or option in text else paragraph(text, tr("Option: {option}.", option=option))


def studies_folder(option: Path | None) -> Path:
    """Return the folder of all studies as an absolute path."""
    return paths.studies_folder(option).expanduser().absolute()


def check_writable(out: Path | None) -> None:
    """Check that a file can be written, before anything is computed for it.

    Raises
    ------
    StoreRefused
        If its folder does not exist or is read-only, or if the path is a folder.
    """
    if out is None:
        return
    folder = out.absolute().parent
    if not folder.is_dir():
        raise StoreRefused(
            deferred("There is no folder {folder} for the file {file}.", folder=folder, file=out.name),
            deferred("Create the folder first."),
        )
    if not os.access(folder, os.W_OK):
        raise StoreRefused(
            deferred("{file} cannot be written: the folder {folder} is read-only.", file=out, folder=folder),
            OTHER_FILE,
        )
    if out.is_dir():
        raise StoreRefused(deferred("{path} is a folder; expected the name of a file.", path=out))


def table(rows: Sequence[Sequence[str]], alignment: str) -> str:
    """Lay out rows in columns.

    On a terminal that is too narrow, long cells continue on the next line.

    Parameters
    ----------
    rows
        Cells, the headings included.
    alignment
        "L" or "R" for each column: text to the left, numbers to the right.

    Examples
    --------
    >>> print(table([["a", "10"], ["bcd", "9"]], "LR"))
    a    10
    bcd   9
    """
    stdout = typer.get_text_stream("stdout")
    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for side in alignment:
        grid.add_column(justify="right" if side == "R" else "left", overflow="fold")
    for row in rows:
        # As Text: rich would read "[0.1, 0.2]" in a plain string as markup.
        grid.add_row(*map(Text, row))
    layout = Console(file=io.StringIO(), width=None if stdout.isatty() else WIDE, color_system=None)
    with layout.capture() as drawn:
        layout.print(grid)
    return "\n".join(line.rstrip() for line in drawn.get().splitlines())


def lower_priority() -> None:
    """Let other processes go first, where the operating system has priorities."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICENESS)


@contextlib.contextmanager
def resumable() -> Iterator[None]:
    """Note on Ctrl-C that the command can be continued.

    Raises
    ------
    KeyboardInterrupt
        Unchanged, for the exit code.
    """
    try:
        yield
    except KeyboardInterrupt:
        note(tr("Stopped. Run the same command again to continue."))
        raise


@contextlib.contextmanager
def progress(action: str, unit: str) -> Iterator[ProgressCallback]:
    """Show how much is done, the rate and the time left.

    Parameters
    ----------
    action
        Present participle such as "Predicting", a text for `tr`.
    unit
        Plural of the things counted, such as "pictures", a text for `tr`.

    Yields
    ------
    Callback that receives the things done and the things planned.
    """
    # A text that is in the reader's language already stays as it is.
    action, unit = tr(action), tr(unit)
    if not stderr.is_terminal:
        yield ProgressLines(action, unit)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(unit), TimeRemainingColumn())
    with Progress(*columns, console=stderr) as bar:
        yield _Bar(bar, action)


class _Bar:
    """Progress callback that moves a bar."""

    def __init__(self, bar: Progress, action: str) -> None:
        self._bar, self._action = bar, action

    def __call__(self, done: int, planned: int) -> None:
        # The task starts at the first call: what an earlier run has done must not count for the rate of this one.
        if not self._bar.tasks:
            self._bar.add_task(self._action, total=planned, completed=done)
        self._bar.update(self._bar.tasks[0].id, completed=done, total=planned)


class _Rate(ProgressColumn):
    """Column with the things done per second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        """Return the rate, or nothing before the first step."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else tr("{speed:,.1f} {unit}/s", speed=speed, unit=self._unit))


class ProgressLines:
    """Progress callback that writes a line to stderr every few seconds, for logs.

    Parameters
    ----------
    action, unit
        See `progress`, in the reader's language.
    clock
        Function that returns the time in seconds.
    """

    def __init__(self, action: str, unit: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._action, self._unit, self._clock = action, unit, clock
        self._start: tuple[float, int] | None = None
        self._last_line = 0.0

    def __call__(self, done: int, planned: int) -> None:
        """Write a line if it is time, and always at the end."""
        now = self._clock()
        if self._start is None:
            self._start, self._last_line = (now, done), now
        if now - self._last_line < LINE_INTERVAL_S and done < planned:
            return
        self._last_line = now
        rate = (done - self._start[1]) / max(now - self._start[0], 1e-9)
        steps = {"action": self._action, "unit": self._unit, "done": done, "planned": planned, "rate": rate}
        if rate > 0:
            note(
                tr(
                    "{action}: {done:,} of {planned:,} {unit}, {rate:,.1f}/s, {seconds:,.0f} s left",
                    seconds=(planned - done) / rate,
                    **steps,
                )
            )
        else:
            note(tr("{action}: {done:,} of {planned:,} {unit}, {rate:,.1f}/s", **steps))
