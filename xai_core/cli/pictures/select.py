"""The command `select`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, StudiesFolder, StudyName
from xai_core.cli.pictures.cohorts import Where, Within, chosen_cohort
from xai_core.cli.pictures.searching import search_duplicates
from xai_core.errors import DataRefused, NameUnknown
from xai_core.files import write_whole
from xai_core.language import mark, tr
from xai_core.texts import counted, decode_text

if TYPE_CHECKING:
    from xai_core.study.study import Study


def select(
    name: StudyName,
    *,
    truth: Annotated[str | None, typer.Option(metavar="A", help=tr("Only pictures of this class."))] = None,
    guess: Annotated[str | None, typer.Option(metavar="B", help=tr("Only pictures with this guess."))] = None,
    which: Annotated[str, typer.Option(metavar="ANSWERS", help=tr("wrong, right or all."))] = "all",
    within: Within = None,
    where: Where = None,
    ids: Annotated[
        Path | None, typer.Option(metavar="FILE", help=tr("Only the pictures whose ids are in this file, one a line."))
    ] = None,
    is_distinct: Annotated[
        bool, typer.Option("--distinct", help=tr("One picture of each group of duplicates."))
    ] = False,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help=tr("Write the table to this CSV file."))] = None,
    parquet: Annotated[
        Path | None, typer.Option(metavar="FILE", help=tr("Write the table to this Parquet file."))
    ] = None,
    fiftyone: Annotated[
        Path | None, typer.Option(metavar="FILE", help=tr("Write a dataset of FiftyOne to this zip file."))
    ] = None,
    label_studio: Annotated[
        Path | None, typer.Option(metavar="FILE", help=tr("Write tasks for Label Studio to this JSON file."))
    ] = None,
    address: Annotated[
        str,
        typer.Option(metavar="URL", help=tr("Address of a picture for Label Studio; {id} and {path} stand for it.")),
    ] = "/data/local-files/?d={path}",
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """Choose pictures by pair, class, cohort or list, and write them for other programs.

    The table has paths, labels, probabilities, verdicts, evidence figures, properties and metadata.
    """
    from xai_core.confusions import confusion, similar_pairs
    from xai_core.study.selection import exchange, export_table
    from xai_core.study.selection.metadata import stored_metadata
    from xai_core.study.study import open_study

    for file in (csv, parquet, fiftyone, label_studio):
        console.check_writable(file)
    folder = console.studies_folder(studies)
    study = open_study(name, folder)
    _check_classes(study, truth, guess)
    rows = chosen_cohort(study, folder, within, where).rows(study.table, stored_metadata(study))
    if ids is not None:
        rows = rows[rows["image_id"].isin(_ids(ids, set(study.table["image_id"])))]
    if is_distinct:
        rows = similar_pairs.distinct(rows, search_duplicates(study).groups)
    rows = confusion.gallery(rows, truth=truth, guess=guess, which=which)
    table = export_table.selection_table(study, rows)
    paths = dict(zip(table["image_id"], table["path"], strict=True))

    def address_of(image_id: str) -> str:
        return address.replace("{id}", image_id).replace("{path}", paths[image_id].lstrip("/"))

    wanted: tuple[tuple[Path | None, Callable[[], bytes]], ...] = (
        (csv, lambda: export_table.to_csv(table)),
        (parquet, lambda: export_table.to_parquet(table)),
        (fiftyone, lambda: exchange.to_fiftyone(study, table)),
        (label_studio, lambda: exchange.to_label_studio(study, table, address_of)),
    )
    written = [(file, content()) for file, content in wanted if file is not None]
    for file, made in written:
        write_whole(file, made, console.OTHER_FILE)
        console.note(tr("Wrote {pictures} to {file}.", pictures=counted(len(table), "picture"), file=file))
    if as_json:
        console.write_json(table.astype(object).where(table.notna(), None).to_dict("records"))
    elif not written:
        lines = [[tr("picture"), tr("label"), tr("guess"), tr("probability")]]
        keys = ("image_id", "truth", "guess")
        lines += [[*(row[key] for key in keys), f"{row['p_guess']:.1%}"] for row in table.to_dict("records")]
        console.write_text(console.table(lines, "LLLR") if len(table) else tr("No picture is chosen."))


def _check_classes(study: "Study", truth: str | None, guess: str | None) -> None:
    for label, labels in ((truth, set(study.table["truth"])), (guess, set(study.labels))):
        if label is not None and label not in labels:
            raise NameUnknown(mark("class"), label, hint=tr("`confusions {study}` lists pairs.", study=study.name))


def _ids(file: Path, known: set[str]) -> set[str]:
    try:
        text = decode_text(file.read_bytes())
    except (OSError, ValueError) as fault:
        raise DataRefused(
            tr("{file} cannot be read: {reason}.", file=file, reason=fault),
            tr("Give a text file with one id a line."),
            "ids",
        ) from fault
    named = {line.strip() for line in text.splitlines() if line.strip()}
    if not named & known:
        raise DataRefused(
            tr(
                "None of {lines} of {file} is the id of a picture of the study.",
                lines=counted(len(named), "line"),
                file=file,
            ),
            tr("Ids have the form class/number."),
            "ids",
        )
    if unknown := len(named - known):
        console.note(
            tr(
                "{unknown:,} of {lines} of {file} name no picture of the study.",
                unknown=unknown,
                lines=counted(len(named), "line"),
                file=file,
            )
        )
    return named
