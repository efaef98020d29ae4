"""The commands `study ...`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xai_core.cli import console
from xai_core.cli.confusions import pair_values, pairs_table
from xai_core.cli.options import AsJson, DataRoot, Split, StudiesFolder, StudyName
from xai_core.errors import XaiError

if TYPE_CHECKING:
    from xai_core.study.study import Study

# The commands import xai_core.study themselves: --help must not wait for pandas.

app = typer.Typer(help="Create and show studies. A study is one model on one labelled data set.", no_args_is_help=True)

MAX_PAIRS = 10
"""Pairs that the summary of a study lists."""

MAX_UNREADABLE = 20
"""Unreadable pictures that the summary of a study names."""


@app.command("create")
def create(
    name: StudyName,
    *,
    data: DataRoot,
    model: Annotated[Path, typer.Option(metavar="FILE", help="Model file: .safetensors, .pth, .pt or .onnx.")],
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Class names in the order of the model's outputs, one per line or as a JSON list.",
            show_default="the model file's own, or the sorted classes of the data",
        ),
    ] = None,
    spec: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="JSON file with labels and preprocessing of the model.",
            show_default="the model file's own",
        ),
    ] = None,
    split: Annotated[Split, typer.Option(help="Pictures to predict.")] = Split.test,
    limit: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Predict N pictures, taken at equal steps from the sorted list, so that each class keeps its share"
            " and the same pictures are chosen every time.",
            show_default="all pictures",
        ),
    ] = None,
    architecture: Annotated[
        str | None,
        typer.Option(
            metavar="A",
            help="Network, by its torchvision name.",
            show_default="recognised from the model file",
        ),
    ] = None,
    title: Annotated[
        str | None, typer.Option(metavar="T", help="Title in the app.", show_default="the name of the study")
    ] = None,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """Run a model on a labelled data set and store its predictions as a study.

    If the command is stopped, the same command continues where it stopped.
    """
    from xai_core.study.build import create_study

    with console.resumable(), console.progress("Predicting", "pictures") as progress:
        study = create_study(
            name,
            console.studies_folder(studies),
            data=data,
            model=model,
            labels=labels,
            spec=spec,
            split=split.value,
            limit=limit,
            architecture=architecture,
            title=title,
            progress=progress,
        )
    _write_summary(study, as_json=as_json)


@app.command("list")
def list_all(*, studies: StudiesFolder = None, as_json: AsJson = False) -> None:
    """List all studies, with the reason where one cannot be opened."""
    from xai_core.study.study import study_names

    folder = console.studies_folder(studies)
    found = [describe(name, folder) for name in study_names(folder)]
    if as_json:
        console.write_json(found)
    elif found:
        console.write_text(console.table([_line(study) for study in found], "LRL"))
    else:
        console.write_text(f"There is no study in {folder} yet. Create one: {console.program()} study create --help")


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
    figures = f"top-1 {description['top1']:.3f}  {description['title']}"
    return description["name"], f"{description['pictures']:,}", figures


def _write_summary(study: "Study", *, as_json: bool) -> None:
    from xai_core.confusions import confusion

    summary, pairs = study.summary(), pair_values(confusion.pairs(study.table).head(MAX_PAIRS))
    if as_json:
        figures = {
            "pictures": summary.pictures,
            "unreadable": summary.unreadable,
            "top1": summary.top1,
            "top5": summary.top5,
        }
        console.write_json(figures | {"pairs": pairs})
        return
    console.write_text(f"{study.title} ({study.name}): {summary.pictures:,} pictures, {summary.unreadable} unreadable")
    console.write_text(f"top-1 {summary.top1:.3f}, top-5 {summary.top5:.3f}")
    if pairs:
        console.write_text(f"\nMost frequent pairs\n{pairs_table(pairs)}")
    unreadable = study.table.loc[study.table["unreadable"] != "", ["image_id", "unreadable"]]
    if len(unreadable):
        named = "\n".join(f"{row.image_id}: {row.unreadable}" for row in unreadable.head(MAX_UNREADABLE).itertuples())
        more = f"\nand {len(unreadable) - MAX_UNREADABLE} more" if len(unreadable) > MAX_UNREADABLE else ""
        console.write_text(f"\nUnreadable pictures\n{named}{more}")
