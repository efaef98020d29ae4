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
from xai_core.language import mark

if TYPE_CHECKING:
    from xai_core.verdicts.store import VerdictStore

_NOTE_WIDTH = 60
"""Characters of a note that the table shows."""


def verdicts(
    name: StudyName,
    *,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the verdicts to this CSV file.")] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Include verdicts that were replaced or withdrawn.")
    ] = False,
    agreement: Annotated[
        bool, typer.Option("--agreement", help="Compare the verdicts of every two people on the same pictures.")
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
        raise NameUnknown(mark("study"), name, hint=f"Those in {folder} are: {', '.join(names) or 'none'}.")
    console.check_writable(csv)
    store = VerdictStore(folder / name)
    if agreement:
        _write_agreement(store, as_json=as_json)
        return
    found = store.whole_history() if history else store.all()
    if csv is not None:
        write_whole(csv, verdict.to_csv(found), console.OTHER_FILE)
        console.note(f"Wrote {len(found):,} verdict{'' if len(found) == 1 else 's'} to {csv}.")
    rows = found.to_dict("records")
    if as_json:
        console.write_json(rows)
    elif csv is None:
        console.write_text(_as_text(rows) if rows else "There are no verdicts yet.")


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
        rows = [["picture", each.first, each.second], *each.differing.to_numpy().tolist()]
        parts.append("\n".join([agreement_sentence(each), *([console.table(rows, "LLL")] if len(rows) > 1 else [])]))
    console.write_text("\n\n".join(parts) or "No two people have given the same picture a verdict under their names.")


def _as_text(verdicts: Sequence[Mapping[Any, Any]]) -> str:
    rows = [["picture", "taken for", "verdict", "note", "by", "written (UTC)"]]
    for row in verdicts:
        kind = row["kind"] or ("-" if row["note"] else "withdrawn")
        written = row["written"][:16].replace("T", " ")
        rows.append([row["image_id"], row["guess"], kind, _shortened(row["note"]), row["author"], written])
    return console.table(rows, "LLLLLL")


def _shortened(note: str) -> str:
    line = " ".join(note.split())
    return line if len(line) <= _NOTE_WIDTH else f"{line[: _NOTE_WIDTH - 3]}..."
