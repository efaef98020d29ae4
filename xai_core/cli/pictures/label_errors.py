"""The command `label-errors`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, StudiesFolder, StudyName
from xai_core.errors import SettingRefused
from xai_core.files import write_whole
from xai_core.language import tr
from xai_core.texts import counted

if TYPE_CHECKING:
    from xai_core.repair.annotation.label_list import PlantedErrors


def label_errors(
    name: StudyName,
    *,
    top: Annotated[int, typer.Option(metavar="N", help=tr("Number of pictures to list."))] = 30,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help=tr("Write the list to this CSV file."))] = None,
    plant: Annotated[
        float | None,
        typer.Option(
            metavar="PERCENT",
            help=tr("Exchange so many labels at random, in memory, and say how many of them the list finds."),
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help=tr("With --plant: seed of the exchanged labels."))] = 0,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """List pictures whose annotation may be wrong, for review.

    The model's loss and the classes of the nearest embeddings must agree. The list is kept in the study.
    """
    # Imported here: --help must not wait for pandas.
    from xai_core.exports.spreadsheet import csv_file
    from xai_core.repair.annotation.label_list import label_list, try_label_list
    from xai_core.study.study import open_study

    if top < 1:
        raise SettingRefused("top", top, tr("at least 1 picture"))
    console.check_writable(csv)
    study = open_study(name, console.studies_folder(studies))
    with console.progress(tr("Searching neighbours"), tr("pictures")) as progress:
        if plant is not None:
            tried = try_label_list(study, plant, seed=seed, progress=progress)
        else:
            found = label_list(study, progress).head(top)
    if plant is not None:
        if as_json:
            console.write_json(asdict(tried))
        else:
            console.write_text(planted_text(tried))
        return
    if csv is not None:
        write_whole(csv, csv_file(found), console.OTHER_FILE)
        console.note(tr("Wrote {pictures} to {file}.", pictures=counted(len(found), "picture"), file=csv))
    if as_json:
        console.write_json(found.to_dict("records"))
    elif csv is None:
        rows = [
            [
                tr("picture"),
                tr("annotated"),
                tr("the model"),
                tr("loss"),
                tr("neighbours"),
                tr("of other classes"),
                tr("margin"),
            ]
        ]
        rows += [
            [
                *(row[key] for key in ("image_id", "truth", "suggested")),
                f"{row['loss']:.1f}",
                row["nearest"],
                f"{row['neighbours']:.0%}",
                f"{row['normalized_margin']:.2f}",
            ]
            for row in found.to_dict("records")
        ]
        nothing = tr("No picture has neighbours of another class, so that no label is suspicious.")
        console.write_text(console.table(rows, "LLLRLRR") if len(found) else nothing)


def planted_text(tried: "PlantedErrors") -> str:
    """Return in sentences where the list has the exchanged labels."""
    count = tried.planted
    return "\n".join(
        tr(
            "{order}: {first} ({first_share:.0%}) are among the first {count:,}, {double} ({double_share:.0%}) among "
            "the first {twice:,}.",
            order=order,
            first=first,
            first_share=first / count,
            count=count,
            double=double,
            double_share=double / count,
            twice=2 * count,
        )
        for order, first, double in (
            (tr("Of {labels}", labels=counted(count, "exchanged label")), tried.found, tried.found_in_double),
            (tr("By the loss alone"), tried.found_by_loss, tried.double_by_loss),
        )
    )
