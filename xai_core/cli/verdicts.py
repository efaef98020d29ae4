"""The command `verdicts`."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, StudiesFolder, StudyName
from xai_core.errors import NameUnknown
from xai_core.files import write_whole
from xai_core.language import mark, tr
from xai_core.texts import counted

if TYPE_CHECKING:
    from xai_core.verdicts.store import VerdictStore

_NOTE_WIDTH = 60
"""Characters of a note that the table shows."""


def verdicts(
    name: StudyName,
    *,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help=tr("Write the verdicts to this CSV file."))] = None,
    history: Annotated[
        bool, typer.Option("--history", help=tr("Include verdicts that were replaced or withdrawn."))
    ] = False,
    agreement: Annotated[
        bool, typer.Option("--agreement", help=tr("Compare the verdicts of every two people on the same pictures."))
    ] = False,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """List the verdicts and notes that people gave on mistakes.

    Also works if the study's data or model has changed.
    """
    # Imported here: --help must not wait for pandas.
    from xai_core.study.layout.folders import study_names
    from xai_core.verdicts import verdict
    from xai_core.verdicts.store import VerdictStore

    folder = console.studies_folder(studies)
    # Not open_study: it refuses a study whose data or model has changed, and verdicts survive that.
    names = study_names(folder)
    if name not in names:
        raise NameUnknown(
            mark("study"),
            name,
            hint=tr("Those in {folder} are: {names}.", folder=folder, names=", ".join(names) or tr("none")),
        )
    console.check_writable(csv)
    store = VerdictStore(folder / name)
    if agreement:
        _write_agreement(store, as_json=as_json)
        return
    found = store.whole_history() if history else store.all()
    if csv is not None:
        write_whole(csv, verdict.to_csv(found), console.OTHER_FILE)
        console.note(tr("Wrote {verdicts} to {file}.", verdicts=counted(len(found), "verdict"), file=csv))
    rows = found.to_dict("records")
    if as_json:
        console.write_json(rows)
    elif csv is None:
        console.write_text(_as_text(rows) if rows else tr("There are no verdicts yet."))


def _write_agreement(store: "VerdictStore", *, as_json: bool) -> None:
    from xai_core.verdicts.agreement import agreement_sentence, agreements

    found = agreements(store.whole_history())
    if as_json:
        values = [
            {
                "first": each.first,
                "second": each.second,
                "pictures": each.pictures,
                "same": each.same,
                "kappa": None if math.isnan(each.kappa) else each.kappa,
                "differing": each.differing.to_dict("records"),
            }
            for each in found
        ]
        console.write_json(values)
        return
    parts = []
    for each in found:
        rows = [[tr("picture"), each.first, each.second], *each.differing.to_numpy().tolist()]
        parts.append("\n".join([agreement_sentence(each), *([console.table(rows, "LLL")] if len(rows) > 1 else [])]))
    console.write_text(
        "\n\n".join(parts) or tr("No two people have given the same picture a verdict under their names.")
    )


def _as_text(verdicts: Sequence[Mapping[Any, Any]]) -> str:
    rows = [[tr("picture"), tr("taken for"), tr("verdict"), tr("note"), tr("by"), tr("written (UTC)")]]
    for row in verdicts:
        kind = row["kind"] or ("-" if row["note"] else tr("withdrawn"))
        written = row["written"][:16].replace("T", " ")
        rows.append([row["image_id"], row["guess"], kind, _shortened(row["note"]), row["author"], written])
    return console.table(rows, "LLLLLL")


def _shortened(note: str) -> str:
    line = " ".join(note.split())
    return line if len(line) <= _NOTE_WIDTH else f"{line[: _NOTE_WIDTH - 3]}..."
