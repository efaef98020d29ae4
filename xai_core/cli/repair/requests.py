"""The command `request-data`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, StudiesFolder, StudyName
from xai_core.cli.precompute import parse_pair
from xai_core.cli.repair.evidence_file import note_unknown, read_evidence
from xai_core.errors import SettingRefused
from xai_core.files import write_whole
from xai_core.language import tr

if TYPE_CHECKING:
    from xai_core.repair.annotation.missing_data import PicturesNeeded


def request_data(
    name: StudyName,
    *,
    pair: Annotated[
        str, typer.Option("--pair", metavar="A:B", help=tr("The mistakes: pictures of class A taken for class B."))
    ],
    known: Annotated[
        str | None,
        typer.Option(
            "--known",
            metavar="STUDY",
            help=tr("Study of the training pictures by the same model, whose nearest ones are named."),
            show_default=tr("the right answers of the study itself"),
        ),
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=tr("CSV with the columns image_id and evidence (yes or no), of both studies.")
        ),
    ] = None,
    curve: Annotated[
        bool, typer.Option("--curve", help=tr("Estimate by refits how many pictures are needed."))
    ] = False,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help=tr("Write the list to this CSV file."))] = None,
    label_studio: Annotated[
        Path | None, typer.Option(metavar="FILE", help=tr("Write the list as tasks for Label Studio (JSON)."))
    ] = None,
    address: Annotated[
        str,
        typer.Option(metavar="TEXT", help=tr("Address of a picture in Label Studio; {id} stands for its id.")),
    ] = "/data/local-files/?d={id}.jpg",
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """List what a pair's mistakes lack: the nearest known pictures of both classes, and how many are needed."""
    # Imported here: --help must not wait for pandas.
    from xai_core.exports.spreadsheet import csv_file
    from xai_core.repair.annotation import requests
    from xai_core.repair.annotation.missing_data import missing_data, pictures_for_refit
    from xai_core.study.study import open_study

    for file in (csv, label_studio):
        console.check_writable(file)
    if csv is not None and csv == label_studio:
        raise SettingRefused("label-studio", label_studio, tr("another file than that of --csv"))
    if "{id}" not in address:
        raise SettingRefused("address", repr(address), tr("an address with {id}, which stands for the picture's id"))
    folder = console.studies_folder(studies)
    study = open_study(name, folder)
    of_pair = parse_pair(pair)
    groups = None if evidence is None else read_evidence(evidence)
    other = None if known is None else open_study(known, folder)
    if groups is not None and evidence is not None:
        ids = {*study.table["image_id"], *(() if other is None else other.table["image_id"])}
        note_unknown(groups, ids, evidence)
    found = missing_data(study, of_pair, known=other, evidence=groups)
    needed = pictures_for_refit(study, of_pair, evidence=groups) if curve else None
    if csv is not None:
        write_whole(csv, csv_file(found), console.OTHER_FILE)
        console.note(tr("Wrote {number} pictures to {file}.", number=len(found), file=csv))
    if label_studio is not None:
        tasks = requests.to_label_studio(found, lambda image_id: address.replace("{id}", image_id), study.model_id)
        write_whole(label_studio, tasks, console.OTHER_FILE)
        console.note(tr("Wrote {number} tasks to {file}.", number=len(found), file=label_studio))
    if as_json:
        rows = found.astype(object).where(found.notna(), None).to_dict("records")
        console.write_json(
            {"requests": rows} | ({} if needed is None else {"curve": asdict(needed) | {"needed": needed.needed}})
        )
        return
    cells = [[tr("mistake"), tr("evidence"), tr("nearest of the truth"), "", tr("nearest of the guess"), ""]]
    cells += [
        [
            row["image_id"],
            row["evidence"] or "-",
            row["near_truth"].partition(" ")[0],
            f"{row['similarity_truth']:.2f}",
            row["near_guess"].partition(" ")[0],
            f"{row['similarity_guess']:.2f}",
        ]
        for row in found.to_dict("records")
    ]
    console.write_text(console.table(cells, "LLLRLR") + ("" if needed is None else f"\n\n{_curve_text(needed)}"))


def _curve_text(curve: "PicturesNeeded") -> str:
    rows = [[tr("pictures of the truth with the evidence"), tr("mistakes left"), tr("top-1")]]
    rows += [[str(point.pictures), f"{point.mistakes:.1f}", f"{point.top1:.3f}"] for point in curve.points]
    return f"{console.table(rows, 'RRR')}\n{curve.sentence}"
