"""The command `properties`."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, StudiesFolder, StudyName
from xai_core.files import write_whole
from xai_core.language import tr

_CLASS_ROWS = 30

if TYPE_CHECKING:
    import pandas as pd

    from xai_core.confusions.property_effects import PropertyEffects


def properties(
    name: StudyName,
    *,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help=tr("Write the properties of all pictures to this CSV file."))
    ] = None,
    per_class: Annotated[
        bool, typer.Option("--per-class", help=tr("Compare mistakes with right answers of each class on its own."))
    ] = False,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """Measure brightness, sharpness and the like, and compare mistakes with right answers of the same class.

    The result is kept in the study. If the command is stopped, the same command continues where it stopped.
    """
    # Imported here: --help must not wait for pandas.
    from xai_core.confusions.property_effects import class_effects, property_effects
    from xai_core.data.properties import PROPERTIES
    from xai_core.exports.spreadsheet import csv_file
    from xai_core.study.pictures.properties import measure_study
    from xai_core.study.study import open_study

    console.check_writable(csv)
    study = open_study(name, console.studies_folder(studies))
    with console.resumable(), console.progress(tr("Measuring"), tr("pictures")) as progress:
        measured = measure_study(study, progress)
    if csv is not None:
        table = study.table[["image_id", "truth", "guess"]].join(measured[list(PROPERTIES)])
        write_whole(csv, csv_file(table), console.OTHER_FILE)
        console.note(tr("Wrote the properties of {number:,} pictures to {file}.", number=len(table), file=csv))
    if per_class:
        effects = class_effects(study.table, measured[list(PROPERTIES)])
        if as_json:
            console.write_json(effects.to_dict("records"))
        else:
            console.write_text(_classes_text(effects))
        return
    found = property_effects(study.table, measured[list(PROPERTIES)])
    unreadable = int((measured["content_hash"] == "").sum())
    if as_json:
        rows = [{key: _or_none(value) for key, value in row.items()} for row in found.table.to_dict("records")]
        counts = {"pictures": len(measured), "unreadable": unreadable, "classes_compared": found.classes}
        console.write_json(counts | {"properties": rows, "left_out": dict(found.left_out)})
    elif csv is None:
        console.write_text(_as_text(found, {name: shown.title for name, shown in PROPERTIES.items()}, unreadable))


def _as_text(found: "PropertyEffects", titles: Mapping[str, str], unreadable: int) -> str:
    rows = [[tr("property"), tr("effect"), tr("95 % interval"), "q", tr("explained by the class"), "q"]]
    for row in found.table.to_dict("records"):
        interval = (
            tr("{low:+.2f} to {high:+.2f}", low=row["low"], high=row["high"]) if math.isfinite(row["low"]) else "-"
        )
        rows.append(
            [
                titles[row["property"]],
                _number(row["delta"], "+.2f"),
                interval,
                _number(row["q_value"], ".2g"),
                _number(row["label_share"], ".0%"),
                _number(row["label_q"], ".2g"),
            ]
        )
    lines = [console.table(rows, "LRRRRR"), ""]
    if found.classes:
        lines.append(
            tr(
                "Effect: Cliff's delta of mistakes against right answers within {number:,} classes.",
                number=found.classes,
            )
        )
        lines.append(tr("Above 0, mistakes have the larger numbers. q: p corrected for all properties."))
    else:
        lines.append(tr("No class has both mistakes and right answers, so there is nothing to compare."))
    lines.append(tr("Explained by the class: share of the variance of the ranks, beyond chance."))
    lines += [
        tr("Left out: {name}, because {reason}.", name=titles[name], reason=reason)
        for name, reason in found.left_out.items()
    ]
    if unreadable:
        lines.append(tr("Not measured, because unreadable: {number:,}.", number=unreadable))
    return "\n".join(lines)


def _classes_text(effects: "pd.DataFrame") -> str:
    if effects.empty:
        return tr("No class has both mistakes and right answers, so there is nothing to compare.")
    rows = [[tr("class"), tr("property"), tr("effect"), tr("95 % interval"), "q", tr("pictures"), tr("mistakes")]]
    for row in effects.head(_CLASS_ROWS).to_dict("records"):
        interval = tr("{low:+.2f} to {high:+.2f}", low=row["low"], high=row["high"])
        counts = (f"{row['pictures']:,}", f"{row['mistakes']:,}")
        numbers = (f"{row['delta']:+.2f}", interval, f"{row['q_value']:.2g}", *counts)
        rows.append([row["truth"], row["property"], *numbers])
    more = tr("The strongest of {number:,}; --json has all. q: p corrected for all of them.", number=len(effects))
    return f"{console.table(rows, 'LLRRRRR')}\n\n{more}"


def _number(value: float, form: str) -> str:
    return format(value, form) if math.isfinite(value) else "-"


def _or_none(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
