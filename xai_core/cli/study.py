"""The commands `study ...`."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xai_core.cli import console
from xai_core.cli.confusions import pair_values, pairs_table
from xai_core.cli.help.commands import Commands
from xai_core.cli.options import (
    Architecture,
    AsJson,
    ChannelOrder,
    DataFormat,
    DataRoot,
    FurtherInputs,
    Gpus,
    InputSize,
    InterpolationName,
    LabelsFile,
    Mean,
    OutputName,
    RayAddress,
    ResizeRule,
    Ship,
    SpecFile,
    Std,
    StudiesFolder,
    StudyName,
    ValueRange,
    WeightsKey,
    Workers,
)
from xai_core.cli.workers import worker_pool
from xai_core.errors import XaiError
from xai_core.language import mark, shown, tr, tr_n
from xai_core.texts import listed, paragraph

if TYPE_CHECKING:
    from xai_core.study.study import Study

# The commands import xai_core.study themselves: --help must not wait for pandas.

app = Commands(help=tr("Create and show studies. A study is one model on one labelled data set."))

MAX_PAIRS = 10
"""Pairs that the summary of a study lists."""

MAX_UNREADABLE = 20
"""Unreadable pictures that the summary of a study names."""


@app.command("create")
def create(
    name: StudyName,
    *,
    data: DataRoot,
    model: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help=tr("Model file or folder, or OWNER/NAME on the Hugging Face hub (docs/models.md).")
        ),
    ],
    labels: LabelsFile = None,
    spec: SpecFile = None,
    architecture: Architecture = None,
    weights: WeightsKey = None,
    output: OutputName = None,
    inputs: FurtherInputs = None,
    size: InputSize = None,
    resize: ResizeRule = None,
    interpolation: InterpolationName = None,
    value_range: ValueRange = None,
    mean: Mean = None,
    std: Std = None,
    channels: ChannelOrder = None,
    split: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=tr("Split of the data whose pictures are predicted."),
            show_default=tr("test, else validation, else the only one"),
        ),
    ] = None,
    data_format: DataFormat = None,
    path_column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help=tr("Column of the paths or pictures."), show_default=tr("recognised by its name")
        ),
    ] = None,
    label_column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=tr("Column of the classes."), show_default=tr("recognised by its name")),
    ] = None,
    split_column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=tr("Column of the splits."), show_default=tr("recognised by its name")),
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help=tr("Folder that the paths in a list start from."),
            show_default=tr("the folder of the list, or the data"),
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help=tr(
                "Predict N pictures, taken at equal steps from the sorted list, so that each class keeps its share"
                " and the same pictures are chosen every time."
            ),
            show_default=tr("all pictures"),
        ),
    ] = None,
    title: Annotated[
        str | None, typer.Option(metavar="T", help=tr("Title in the app."), show_default=tr("the name of the study"))
    ] = None,
    workers: Workers = None,
    ray: RayAddress = None,
    gpus: Gpus = 0.0,
    ship: Ship = False,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """Run a model on a labelled data set and store its predictions as a study.

    If the command is stopped, the same command continues where it stopped.
    """
    from xai_core.data.dataset import DataOptions
    from xai_core.model.input_values import read_inputs
    from xai_core.model.spec_options import read_options
    from xai_core.study.build import create_study

    preprocessing = read_options(
        {
            "size": size,
            "resize": resize,
            "interpolation": interpolation,
            "range": value_range,
            "mean": mean,
            "std": std,
            "channels": channels,
        }
    )
    options = DataOptions(
        format=data_format,
        split=split,
        path_column=path_column,
        label_column=label_column,
        split_column=split_column,
        pictures=pictures,
    )
    with (
        console.resumable(),
        worker_pool(workers, ray, gpus) as pool,
        console.progress(mark("Predicting"), mark("pictures")) as progress,
    ):
        study = create_study(
            name,
            console.studies_folder(studies),
            data=data,
            model=model,
            labels=labels,
            spec=spec,
            data_options=options,
            limit=limit,
            architecture=architecture,
            weights=weights,
            output=output,
            values=read_inputs(inputs or ()),
            preprocessing=preprocessing,
            title=title,
            progress=progress,
            pool=pool,
            ship=ship,
        )
    _write_summary(study, as_json=as_json)


@app.command("list")
def list_all(*, studies: StudiesFolder = None, as_json: AsJson = False) -> None:
    """List all studies, with the reason where one cannot be opened."""
    from xai_core.study.layout.folders import study_names

    folder = console.studies_folder(studies)
    with console.answer_language(as_json=as_json):
        found = [describe(name, folder) for name in study_names(folder)]
    if as_json:
        console.write_json(found)
    elif found:
        console.write_text(console.table([_line(study) for study in found], "LRL"))
    else:
        console.write_text(
            tr(
                "There is no study in {folder} yet. Create one: {program} study create --help",
                folder=folder,
                program=console.program(),
            )
        )


@app.command("show")
def show(name: StudyName, *, studies: StudiesFolder = None, as_json: AsJson = False) -> None:
    """Show the accuracy of a study, its most frequent mistakes and its unreadable pictures."""
    from xai_core.study.study import open_study

    _write_summary(open_study(name, console.studies_folder(studies)), as_json=as_json)


def describe(name: str, studies: Path) -> dict[str, Any]:
    """Return the figures of a study as plain JSON values.

    `problem` is None if the study can be opened, and otherwise the reason.
    """
    from xai_core.study.study import open_study

    try:
        study = open_study(name, studies)
    except XaiError as error:
        return {"name": name, "sound": False, "problem": console.error_text(error)}
    summary = study.summary()
    return {
        "name": name,
        "sound": True,
        "problem": None,
        "title": study.title,
        "pictures": summary.pictures,
        "unreadable": summary.unreadable,
        "top1": summary.top1,
    }


def _line(description: Mapping[str, Any]) -> tuple[str, str, str]:
    if not description["sound"]:
        return description["name"], "-", description["problem"]
    lost = description["unreadable"] == description["pictures"]
    accuracy = tr("nothing readable") if lost else f"top-1 {description['top1']:.3f}"
    figures = f"{accuracy}  {description['title']}"
    return description["name"], f"{description['pictures']:,}", figures


def _write_summary(study: "Study", *, as_json: bool) -> None:
    from xai_core.confusions import confusion
    from xai_core.study.import_report import stored_report

    report = stored_report(study)
    findings = report.findings if report else ()
    summary, pairs = study.summary(), pair_values(confusion.pairs(study.table).head(MAX_PAIRS))
    if as_json:
        figures = {
            "pictures": summary.pictures,
            "unreadable": summary.unreadable,
            "top1": summary.top1,
            "top5": summary.top5,
        }
        faults = [asdict(finding) for finding in findings]
        changed_ids = list(study.changed_pictures())
        console.write_json(figures | {"pairs": pairs, "import_findings": faults, "changed_pictures": changed_ids})
        return
    console.write_text(
        tr_n(
            "{title} ({name}): {number:,} picture, {unreadable} unreadable",
            "{title} ({name}): {number:,} pictures, {unreadable} unreadable",
            summary.pictures,
            title=study.title,
            name=study.name,
            unreadable=summary.unreadable,
        )
    )
    if summary.unreadable < summary.pictures:
        console.write_text(tr("top-1 {top1:.3f}, top-5 {top5:.3f}", top1=summary.top1, top5=summary.top5))
    if findings:
        sentences = "\n".join(paragraph(shown(finding.sentence), shown(finding.cure)) for finding in findings)
        console.write_text(f"\n{tr('The import may be wrong')}\n{sentences}")
    heading = tr("Most frequent pairs")
    console.write_text(f"\n{heading}\n{pairs_table(pairs)}" if pairs else confusion.why_no_pairs(summary))
    unreadable = study.table.loc[study.table["unreadable"] != "", ["image_id", "unreadable"]]
    if len(unreadable):
        named = "\n".join(
            f"{row.image_id}: {tr(str(row.unreadable))}" for row in unreadable.head(MAX_UNREADABLE).itertuples()
        )
        beyond = len(unreadable) - MAX_UNREADABLE
        more = "\n" + tr("and {number} more", number=beyond) if beyond > 0 else ""
        console.write_text(f"\n{tr('Unreadable pictures')}\n{named}{more}")
    changed = study.changed_pictures()
    if changed:
        beyond, named = len(changed) - MAX_UNREADABLE, listed(changed[:MAX_UNREADABLE])
        if beyond > 0:
            named = tr("{names} and {number:,} more", names=named, number=beyond)
        console.write_text(f"\n{tr('Pictures that changed since')}\n{named}")
        console.note(tr("Create the study again, with the same command, to predict them anew."))
    console.note(tr("Look at it in the app: make run, then choose {name} in the box Study.", name=study.name))
