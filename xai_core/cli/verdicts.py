"""The command about what people said of a study's mistakes."""

from pathlib import Path

import pandas as pd

from xai_core.cli import console
from xai_core.errors import NameUnknown
from xai_core.files import writing
from xai_core.study.study import study_names
from xai_core.verdicts.store import VerdictStore
from xai_core.verdicts.verdict import csv

_NOTE_MOST = 60


def tell(name: str, studies: Path, *, out: Path | None, history: bool, as_json: bool) -> None:
    """List the verdicts of a study, or all that was ever said; with `out`, write them to a CSV file.

    Raises
    ------
    NameUnknown
        If there is no such study. One whose data or model changed has its verdicts nevertheless.
    StoreRefused, VerdictsDamaged
    """
    names = study_names(studies)
    if name not in names:
        raise NameUnknown("study", name, hint=f"Those in {studies} are: {', '.join(names) or 'none'}.")
    console.check_writable(out)
    store = VerdictStore(studies / name)
    found = store.everything() if history else store.all()
    if out is not None:
        with writing(out.absolute().parent):
            out.write_bytes(csv(found))
        console.note(f"Wrote {len(found):,} verdict{'' if len(found) == 1 else 's'} to {out}.")
    if as_json:
        console.answer_json(found.to_dict("records"))
    elif out is None:
        console.answer(_as_text(found) if len(found) else "Nobody has given a verdict yet.")


def _as_text(found: pd.DataFrame) -> str:
    rows = [["picture", "taken for", "verdict", "note", "by", "written (UTC)"]]
    for row in found.to_dict("records"):
        kind = row["kind"] or ("-" if row["note"] else "withdrawn")
        written = row["written"][:16].replace("T", " ")
        rows.append([row["image_id"], row["guess"], kind, _short(row["note"]), row["author"], written])
    return console.aligned(rows, "LLLLLL")


def _short(note: str) -> str:
    line = " ".join(note.split())
    return line if len(line) <= _NOTE_MOST else f"{line[: _NOTE_MOST - 3]}..."
