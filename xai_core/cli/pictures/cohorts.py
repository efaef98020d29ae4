"""The command `cohorts`, and the options of cohorts that it shares with `select`."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, StudiesFolder, StudyName
from xai_core.errors import NameUnknown, SettingRefused
from xai_core.language import mark, tr, tr_all

if TYPE_CHECKING:
    from xai_core.study.selection.cohort import Cohort
    from xai_core.study.study import Study

Within = Annotated[
    str | None,
    typer.Option(
        "--in", metavar="GROUP", help=tr("Group of classes, such as desserts, or classes separated by commas.")
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN=VALUE", help=tr("Value of a column of the metadata. It can be repeated.")),
]

ALL_OF_THESE = mark("all of these")
"""Name of the whole cohort."""

NO_VALUE = mark("(none)")
"""Name of the pictures that have no value of a property."""


def cohorts(
    name: StudyName,
    *,
    by: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help=tr("Column of the metadata."), show_default=tr("the groups of classes")),
    ] = None,
    metadata: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=tr("Read metadata from this CSV (image_id and any columns) and keep them.")),
    ] = None,
    save: Annotated[
        str | None, typer.Option(metavar="GROUP", help=tr("With --in: save these classes as a group of this name."))
    ] = None,
    replace: Annotated[bool, typer.Option(help=tr("With --save: replace the saved group of this name."))] = False,
    within: Within = None,
    where: Where = None,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """Count how well groups of classes, or pictures with a value of the metadata, are recognised.

    Groups for Food-101 are shipped; your own are kept in groups.toml beside the studies.
    """
    from xai_core.study.selection.cohort import Cohort, cohort_table
    from xai_core.study.selection.groups import groups_for, save_group, typed_classes
    from xai_core.study.selection.metadata import cohort_columns, import_metadata, stored_metadata
    from xai_core.study.study import open_study

    folder = console.studies_folder(studies)
    study = open_study(name, folder)
    if metadata is not None:
        console.note(import_metadata(study, metadata).sentence)
    labels = sorted(study.table["truth"].unique())
    if save is not None:
        if within is None:
            raise SettingRefused("save", save, tr("the classes of the group as well: --in pizza,ravioli"))
        within = save_group(folder, save, typed_classes(within, labels), replaces=replace)
        console.note(tr("Saved the group {name}.", name=within))
    cohort = chosen_cohort(study, folder, within, where)
    known = stored_metadata(study)
    rows = cohort.rows(study.table, known)
    if by is None:
        groups = groups_for(labels, folder)
        parts = [(each, classes, rows[rows["truth"].isin(classes)]) for each, classes in groups.items()]
    else:
        if known is None or by not in cohort_columns(known):
            columns = () if known is None else cohort_columns(known)
            raise NameUnknown(
                mark("column"), by, columns, tr("Read metadata with --metadata FILE.") if known is None else ""
            )
        values = sorted(known.loc[rows.index, by].unique())
        shared = known.loc[rows.index]
        parts = [(value or NO_VALUE, (), Cohort(where={by: value}).rows(rows, shared)) for value in values]
    found = cohort_table([(ALL_OF_THESE, cohort.classes, rows), *parts])
    records = found.to_dict("records")
    if as_json:
        console.write_json([{key: _or_none(value) for key, value in row.items()} for row in records])
    else:
        console.write_text(_as_text(records))


def chosen_cohort(study: "Study", folder: Path, within: str | None, where: list[str] | None) -> "Cohort":
    """Return the cohort that the options name.

    Raises
    ------
    NameUnknown
        If a class is unknown.
    SettingRefused
        If a condition has no equals sign.
    """
    from xai_core.study.selection.cohort import Cohort
    from xai_core.study.selection.groups import groups_for, typed_classes

    labels = sorted(study.table["truth"].unique())
    conditions = {}
    for each in where or ():
        column, equals, value = each.partition("=")
        if not equals:
            raise SettingRefused("where", each, tr("a column and a value, such as camera=Nikon"))
        conditions[column] = value
    classes: tuple[str, ...] = ()
    if within is not None:
        groups = groups_for(labels, folder)
        classes = groups[within] if within in groups else typed_classes(within, labels)
    return Cohort(classes, conditions)


def _as_text(records: "list[dict[Any, Any]]") -> str:
    rows = [
        [
            tr("cohort"),
            tr("pictures"),
            tr("right"),
            tr("95 % interval"),
            tr("mistakes within"),
            tr("most frequent pair"),
            tr("pictures"),
        ]
    ]
    own_names = tr_all({name: name for name in (ALL_OF_THESE, NO_VALUE)})
    for row in records:
        within = "-" if math.isnan(row["mistakes_within"]) else f"{row['mistakes_within']:.0%}"
        pair = f"{row['truth']} -> {row['guess']}" if row["pair_count"] else "-"
        interval = tr("{low:.1%} to {high:.1%}", low=row["low"], high=row["high"])
        counts = (f"{row['pictures']:,}", f"{row['accuracy']:.1%}", interval, within)
        name = own_names.get(row["cohort"], row["cohort"])
        rows.append([name, *counts, pair, f"{row['pair_count']:,}"])
    return console.table(rows, "LRRRRLR")


def _or_none(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
