"""How the figures of `faithfulness` are told: as a table for people, as JSON for machines."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table as Grid

from xai_core.settings import ExplainSettings
from xai_core.trust.coalitions import KINDS
from xai_core.trust.curves import LEAST_SPAN, STEPS
from xai_core.trust.faithfulness.evaluation import EACH, Task
from xai_core.trust.faithfulness.figures_store import plain
from xai_core.trust.faithfulness.intervals import Interval
from xai_core.trust.faithfulness.summary import Row, Table, flat

WIDTH = 160
"""Characters of a line where stdout is no terminal."""

_HEADS = {
    "insertion": "insertion",
    "deletion": "deletion",
    "gain": "ins - del",
    "relevance_gain": "SRG",
    "correlation": "r",
}
"""What a figure is called in the table."""

_READING = f"""\
Means over pictures with their 95 % intervals. Every map is of the label that the model guessed.
insertion, deletion: areas under the guess's logit, 0 as hidden and 1 as shown, while the pixels that a map values most
are shown or hidden first; more and less is better. SRG: symmetric relevance gain, the same difference of probabilities.
r: correlation of predicted with actual changes of the logit on {len(KINDS) * EACH} random maskings a picture, the
effect of the mere hidden area taken out: 1 foresees which parts matter, 0 no more than their size."""


def as_json_values(
    table: Table, rows: Sequence[Row], against: Task | None, settings: ExplainSettings
) -> dict[str, Any]:
    """Return what was found as plain JSON values."""
    of_pictures = next(iter(table.values()))
    return {
        "pictures": list(of_pictures),
        "without_areas": list(flat(table)),
        "least_span": LEAST_SPAN,
        "mask": {"kind": settings.mask, "blur_px": settings.blur_px if settings.blurs else None},
        "steps": STEPS,
        "maskings": {"kinds": list(KINDS), "each": EACH},
        "against": None if against is None else against.name,
        "rows": [_row(row) for row in rows],
        "figures": {
            task.name: {image_id: plain(asdict(each)) for image_id, each in found.items()}
            for task, found in table.items()
        },
    }


def show(found: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """Write the table, and what to know about it, to stdout."""
    out = typer.get_text_stream("stdout")
    # Where there is no window, nothing need be narrow.
    console = Console(file=out, highlight=False, markup=False, width=None if out.isatty() else WIDTH)
    count, mistakes = len(found["pictures"]), found["mistakes"]
    console.print(f"{found['study']}: {count} pictures, {mistakes} of them mistakes", soft_wrap=True)
    console.print(_grid(rows))
    if found["against"] is not None:
        console.print(f"\nDifferences to {found['against']}, picture by picture")
        console.print(_grid([row for row in rows if row.difference is not None], differences=True))
    console.print(f"\n{_READING}", soft_wrap=True)
    for line in _notes(found):
        console.print(line, soft_wrap=True)


def _grid(rows: Sequence[Row], *, differences: bool = False) -> Grid:
    grid = Grid("method", box=box.SIMPLE_HEAD)
    for head in ("evaluations", *_HEADS.values()):
        grid.add_column(head, justify="right")
    for row in rows:
        cells = (row.difference if differences else row.figures) or {}
        form = "{:+.3f}" if differences else "{:.3f}"
        budget = "-" if row.task.evaluations is None else f"{row.task.evaluations:,}"
        grid.add_row(row.task.method, budget, *(_told(cells[name], form) for name in _HEADS))
    return grid


def _told(found: Interval, form: str) -> str:
    if not found.count:
        return "-"
    mean, low, high = (form.format(each) for each in (found.mean, found.low, found.high))
    return f"{mean} [{low}, {high}]"


def _notes(found: Mapping[str, Any]) -> list[str]:
    notes = list(found["absent"].values())
    if found["without_areas"]:
        notes.append(
            f"Without areas, as showing them adds less than {LEAST_SPAN} to the guess's logit: "
            f"{', '.join(found['without_areas'])}."
        )
    if found["unreadable"]:
        notes.append(f"Not read: {', '.join(found['unreadable'])}.")
    return notes


def _row(row: Row) -> dict[str, Any]:
    return {
        "method": row.task.method,
        "evaluations": row.task.evaluations,
        "spent": row.evaluations,
        "figures": {name: plain(asdict(each)) for name, each in row.figures.items()},
        "difference": None
        if row.difference is None
        else {name: plain(asdict(each)) for name, each in row.difference.items()},
    }
