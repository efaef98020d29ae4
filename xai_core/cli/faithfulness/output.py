"""Answers of the command `faithfulness`, as JSON values and text."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from xai_core.cli import console
from xai_core.language import mark, tr
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.texts import listed
from xai_core.trust.coalitions import KINDS
from xai_core.trust.curves import MIN_SPAN, STEPS
from xai_core.trust.faithfulness.evaluation import MASKS_PER_KIND
from xai_core.trust.faithfulness.intervals import Interval
from xai_core.trust.faithfulness.method_run import MethodRun
from xai_core.trust.faithfulness.metrics_store import nan_as_none
from xai_core.trust.faithfulness.stability import CELLS, SHIFT_PX
from xai_core.trust.faithfulness.summary import Row, Table, pictures_without_areas

_HEADINGS = {
    "insertion": mark("insertion"),
    "deletion": mark("deletion"),
    "gain": mark("ins - del"),
    "relevance_gain": "SRG",
    "correlation": "r",
    "seeds": mark("two seeds"),
    "seeds_cells": mark("by cells"),
    "shift": mark("shifted"),
    "shift_cells": mark("by cells"),
}
"""Heading of each metric in the table."""

_HELP = mark(
    """\
Means over pictures with their 95 % intervals. Each map is of the label that the model guessed.
insertion, deletion: area under the guess's logit while the pixels that a map values most are shown or hidden first.
The logit is scaled: 0 with all hidden, 1 with all shown. Higher insertion and lower deletion are better.
SRG: symmetric relevance gain, the difference of the two areas for probabilities. Higher is better.
r: correlation of predicted and measured changes of the logit on {maskings} random maskings per \
picture, without the effect
of the hidden area alone. 1: the map predicts which parts matter. 0: it predicts no more than their size does.
two seeds, shifted: correlation with the map of another seed, and with that of the picture shifted by {shift} pixels,
by pixels and by {cells} x {cells} cells; only with --stability."""
)


def json_values(
    table: Table, rows: Sequence[Row], against: MethodRun | None, settings: ExplainSettings
) -> dict[str, Any]:
    """Return the metrics and their means as plain JSON values."""
    metrics_by_picture = next(iter(table.values()))
    return {
        "pictures": list(metrics_by_picture),
        "without_areas": list(pictures_without_areas(table)),
        "least_span": MIN_SPAN,
        "mask": {"kind": settings.mask, "blur_px": settings.blur_px if settings.blurs else None},
        "steps": STEPS,
        "maskings": {"kinds": list(KINDS), "each": MASKS_PER_KIND},
        "against": None if against is None else against.name,
        "rows": [_row_values(row) for row in rows],
        "figures": {
            run.name: {image_id: nan_as_none(asdict(metrics)) for image_id, metrics in found.items()}
            for run, found in table.items()
        },
    }


def _row_values(row: Row) -> dict[str, Any]:
    return {
        "method": row.run.method,
        "evaluations": row.run.evaluations,
        "spent": row.evaluations,
        "figures": _interval_values(row.metrics),
        "difference": None if row.difference is None else _interval_values(row.difference),
    }


def _interval_values(intervals: Mapping[str, Interval]) -> dict[str, dict[str, float | None]]:
    return {name: nan_as_none(asdict(interval)) for name, interval in intervals.items()}


def as_text(found: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Return the tables for people, with an explanation of the columns."""
    head = tr(
        "{study}: {number} pictures, {mistakes} of them mistakes",
        study=found["study"],
        number=len(found["pictures"]),
        mistakes=found["mistakes"],
    )
    parts = [f"{head}\n{_table([(row, row.metrics) for row in rows], '{:.3f}')}"]
    if found["against"] is not None:
        compared = [(row, row.difference) for row in rows if row.difference is not None]
        heading = tr("Differences to {method} on the same pictures", method=found["against"])
        parts.append(f"{heading}\n{_table(compared, '{:+.3f}')}")
    explained = tr(_HELP, maskings=len(KINDS) * MASKS_PER_KIND, shift=SHIFT_PX, cells=CELLS)
    parts.append("\n".join([explained, *_notes(found)]))
    return "\n\n".join(parts)


def _table(rows: Sequence[tuple[Row, Mapping[str, Interval]]], form: str) -> str:
    names = [name for name in _HEADINGS if any(name in intervals for _, intervals in rows)]
    lines = [[tr("method"), tr("evaluations"), *(tr(_HEADINGS[name]) for name in names)]]
    for row, intervals in rows:
        budget = "-" if row.run.evaluations is None else f"{row.run.evaluations:,}"
        lines.append([row.run.method, budget, *(_interval_text(intervals.get(name), form) for name in names)])
    return console.table(lines, "L" + "R" * (len(names) + 1))


def _interval_text(interval: Interval | None, form: str) -> str:
    if interval is None or not interval.count:
        return "-"
    mean, low, high = (form.format(value) for value in (interval.mean, interval.low, interval.high))
    return f"{mean} [{low}, {high}]"


def _notes(found: Mapping[str, Any]) -> list[str]:
    notes = list(found["absent"].values())
    if found["without_areas"]:
        notes.append(
            tr(
                "Without areas, because showing the picture adds less than {span} to the guess's logit: {pictures}.",
                span=MIN_SPAN,
                pictures=listed(found["without_areas"]),
            )
        )
    if found["unreadable"]:
        notes.append(tr("Not read: {pictures}.", pictures=listed(found["unreadable"])))
    return notes
