"""The commands `study upgrade`, `study relink`, `study export` and `study import`."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, StudiesFolder, StudyName
from xai_core.cli.study import app as app  # noqa: PLC0414 - the commands here are added to it
from xai_core.errors import XaiError

_NEW_DATA = Annotated[
    Path | None, typer.Option("--data", metavar="ROOT", help="Where the data are now.", show_default="where they were")
]
_NEW_MODEL = Annotated[
    Path | None, typer.Option("--model", metavar="FILE", help="Where the model is now.", show_default="where it was")
]


@app.command("upgrade")
def upgrade(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Names of the studies; else all.")
    ] = None,
    *,
    apply: Annotated[bool, typer.Option("--apply", help="Make the changes, after a backup.")] = False,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """Show what would change in studies of earlier versions; with --apply, change it.

    Every study opens without an upgrade too. Files that are replaced are kept in its folder backups. If the command is
    stopped, the same command continues.
    """
    from xai_core.study.layout.folders import study_names
    from xai_core.study.moves import upgrade as upgrades

    folder = console.studies_folder(studies)
    answers, failed = {}, False
    for name in names or study_names(folder):
        try:
            found = upgrades.upgrade(name, folder) if apply else upgrades.plan_upgrade(name, folder)
            answers[name] = asdict(found) | {"problem": None}
        except XaiError as error:
            failed = True
            answers[name] = {"changes": (), "notes": (), "problem": console.error_text(error)}
    if as_json:
        console.write_json(answers)
    else:
        for name, answer in answers.items():
            console.write_text(
                f"{name}: {_in_words(answer['changes'], answer['notes'], answer['problem'], done=apply)}"
            )
        if not answers:
            console.write_text(f"There is no study in {folder}.")
    if failed:
        raise typer.Exit(1)


def _in_words(changes: Sequence[str], notes: Sequence[str], problem: str | None, *, done: bool) -> str:
    if problem:
        return f"not upgraded. {problem}"
    head = ("upgraded" if done else "would be upgraded (--apply does it)") if changes else "up to date"
    return "\n  ".join([head, *changes, *notes])


@app.command("relink")
def relink(name: StudyName, *, data: _NEW_DATA = None, model: _NEW_MODEL = None, studies: StudiesFolder = None) -> None:
    """Give a study the new paths of its data and its model after they were moved.

    They are recognised by their content. Nothing else of the study changes.
    """
    from xai_core.study.moves import relink as relinking

    if data is None and model is None:
        raise typer.BadParameter("give --data, --model or both")
    found = relinking.relink(name, console.studies_folder(studies), data=data, model=model)
    if found.study is None:
        console.write_text(f"{name}: the new path is noted.")
        console.note(f"The study does not open yet. {found.problem}")
        return
    console.write_text(f"{name}: data in {found.study.data_root}, model {found.study.model_file}")
    _note_changed(found.changed)


@app.command("export")
def export_study(
    name: StudyName,
    out: Annotated[Path, typer.Argument(metavar="FILE", help="Zip file to write.")],
    *,
    pictures: Annotated[bool, typer.Option("--pictures", help="Add the pictures.")] = False,
    model: Annotated[bool, typer.Option(help="Add the model.")] = True,
    studies: StudiesFolder = None,
) -> None:
    """Write a study with its maps, verdicts and model into one file, for a colleague or as a backup."""
    from xai_core.study.moves.exporting import export_study as export

    console.check_writable(out)
    with console.progress("Packing", "files") as progress:
        contents = export(name, console.studies_folder(studies), out, pictures=pictures, model=model, progress=progress)
    size = out.stat().st_size
    console.write_text(f"Wrote {len(contents.files):,} files of {name} to {out} ({size / 1e6:,.1f} MB).")
    if not pictures:
        console.note("The pictures are not in it. --pictures adds them; otherwise give their folder to `study import`.")


@app.command("import")
def import_study(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Zip file of `study export`.")],
    *,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the study here.", show_default="as it was")
    ] = None,
    data: _NEW_DATA = None,
    model: _NEW_MODEL = None,
    most_gb: Annotated[float, typer.Option(metavar="GB", help="Unpack at most this many gigabytes.", min=0)] = 64.0,
    studies: StudiesFolder = None,
) -> None:
    """Add a study from a file of `study export`. The file is checked first, and nothing in it is executed."""
    from xai_core.study.moves.importing import import_study as import_

    folder = console.studies_folder(studies)
    found = import_(file, folder, name=name, data=data, model=model, most_bytes=int(most_gb * 2**30))
    console.write_text(f"Imported the study {found.name} into {folder}.")
    if found.missing:
        options = " ".join(f"--{kind} {kind.upper()}" for kind in found.missing)
        console.note(f"It opens once its {' and '.join(found.missing)} are given: study relink {found.name} {options}")
    _note_changed(found.changed)


def _note_changed(changed: Sequence[str]) -> None:
    if changed:
        named = ", ".join(changed[:3]) + (", ..." if len(changed) > 3 else "")
        console.note(
            f"{len(changed):,} picture{'' if len(changed) == 1 else 's'} differ from those of the predictions: {named}."
            " Create the study again, with the same command, to predict them anew."
        )
