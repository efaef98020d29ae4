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
from xai_core.language import mark, tr, tr_n
from xai_core.texts import joined, listed, paragraph

_NEW_DATA = Annotated[
    Path | None,
    typer.Option("--data", metavar="ROOT", help=tr("Where the data are now."), show_default=tr("where they were")),
]
_NEW_MODEL = Annotated[
    Path | None,
    typer.Option("--model", metavar="FILE", help=tr("Where the model is now."), show_default=tr("where it was")),
]

_PARTS = {"data": mark("data"), "model": mark("model")}
"""Parts of a study that may be missing in its file."""


@app.command("upgrade")
def upgrade(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help=tr("Names of the studies; else all."))
    ] = None,
    *,
    apply: Annotated[bool, typer.Option("--apply", help=tr("Make the changes, after a backup."))] = False,
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
    with console.answer_language(as_json=as_json):
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
            console.write_text(tr("There is no study in {folder}.", folder=folder))
    if failed:
        raise typer.Exit(1)


def _in_words(changes: Sequence[str], notes: Sequence[str], problem: str | None, *, done: bool) -> str:
    if problem:
        return tr("not upgraded. {problem}", problem=problem)
    changed = tr("upgraded") if done else tr("would be upgraded (--apply does it)")
    head = changed if changes else tr("up to date")
    return "\n  ".join([head, *changes, *notes])


@app.command("relink")
def relink(name: StudyName, *, data: _NEW_DATA = None, model: _NEW_MODEL = None, studies: StudiesFolder = None) -> None:
    """Give a study the new paths of its data and its model after they were moved.

    They are recognised by their content. Nothing else of the study changes.
    """
    from xai_core.study.moves import relink as relinking

    if data is None and model is None:
        raise typer.BadParameter(tr("give --data, --model or both"))
    found = relinking.relink(name, console.studies_folder(studies), data=data, model=model)
    if found.study is None:
        console.write_text(tr("{name}: the new path is noted.", name=name))
        console.note(paragraph(tr("The study does not open yet."), found.problem))
        return
    console.write_text(
        tr(
            "{name}: data in {data}, model {model}",
            name=name,
            data=found.study.data_root,
            model=found.study.model_file,
        )
    )
    _note_changed(found.changed)


@app.command("export")
def export_study(
    name: StudyName,
    out: Annotated[Path, typer.Argument(metavar="FILE", help=tr("Zip file to write."))],
    *,
    pictures: Annotated[bool, typer.Option("--pictures", help=tr("Add the pictures."))] = False,
    model: Annotated[bool, typer.Option(help=tr("Add the model."))] = True,
    studies: StudiesFolder = None,
) -> None:
    """Write a study with its maps, verdicts and model into one file, for a colleague or as a backup."""
    from xai_core.study.moves.exporting import export_study as export

    console.check_writable(out)
    with console.progress(mark("Packing"), mark("files")) as progress:
        contents = export(name, console.studies_folder(studies), out, pictures=pictures, model=model, progress=progress)
    size = out.stat().st_size
    console.write_text(
        tr(
            "Wrote {number:,} files of {name} to {out} ({megabytes:,.1f} MB).",
            number=len(contents.files),
            name=name,
            out=out,
            megabytes=size / 1e6,
        )
    )
    if not pictures:
        console.note(
            tr("The pictures are not in it. --pictures adds them; otherwise give their folder to `study import`.")
        )


@app.command("import")
def import_study(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=tr("Zip file of `study export`."))],
    *,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help=tr("Name of the study here."), show_default=tr("as it was"))
    ] = None,
    data: _NEW_DATA = None,
    model: _NEW_MODEL = None,
    most_gb: Annotated[float, typer.Option(metavar="GB", help=tr("Unpack at most this many gigabytes."), min=0)] = 64.0,
    studies: StudiesFolder = None,
) -> None:
    """Add a study from a file of `study export`. The file is checked first, and nothing in it is executed."""
    from xai_core.study.moves.importing import import_study as import_

    folder = console.studies_folder(studies)
    found = import_(file, folder, name=name, data=data, model=model, most_bytes=int(most_gb * 2**30))
    console.write_text(tr("Imported the study {name} into {folder}.", name=found.name, folder=folder))
    if found.missing:
        options = " ".join(f"--{kind} {kind.upper()}" for kind in found.missing)
        console.note(
            tr(
                "It opens once its {parts} are given: study relink {name} {options}",
                parts=joined(tr(_PARTS[part]) for part in found.missing),
                name=found.name,
                options=options,
            )
        )
    _note_changed(found.changed)


def _note_changed(changed: Sequence[str]) -> None:
    if changed:
        named = listed([*changed[:3], *(["..."] if len(changed) > 3 else [])])
        console.note(
            tr_n(
                "{number:,} picture differ from those of the predictions: {names}. Create the study again, with the"
                " same command, to predict them anew.",
                "{number:,} pictures differ from those of the predictions: {names}. Create the study again, with the"
                " same command, to predict them anew.",
                len(changed),
                names=named,
            )
        )
