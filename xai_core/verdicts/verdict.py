"""Verdicts of people on a study's mistakes, as text, tables and CSV."""

import unicodedata
from dataclasses import dataclass, fields

import pandas as pd

from xai_core.errors import SettingRefused
from xai_core.exports.spreadsheet import csv_file
from xai_core.language import class_words, deferred, mark, tr

KINDS = {
    mark("model error"): mark("The annotation is right and the picture shows it: the model is wrong."),
    mark("background or shortcut"): mark(
        "The model goes by what is not the dish: the background, tableware, light or a label."
    ),
    mark("wrong label"): mark("The annotation is wrong: the picture shows what the model says."),
    mark("several dishes"): mark("Several dishes are in the picture, and each name fits one of them."),
    mark("ambiguous"): mark("People could not tell either."),
}
"""Kinds of verdicts and their meanings."""

ANY, NONE = mark("any verdict"), mark("no verdict")
"""Further arguments of `filtered`, beside the kinds."""

NOTE_LIMIT, AUTHOR_LIMIT = 2000, 80
"""Largest numbers of characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Opinion of a person on one mistake, with the state of the study that it is about.

    Attributes
    ----------
    image_id
        The picture.
    version
        1 for the first verdict on the picture. Only the latest version counts.
    written
        UTC, ISO 8601.
    kind
        One of `KINDS`, or "" for a note alone or a withdrawn verdict.
    note, author
        Free text; may be empty.
    truth, guess, model_id, picture_hash
        Annotation, guess, model and file of the picture when the verdict was written. If the study is rebuilt with
        another model or picture, the verdict is still about these.
    """

    image_id: str
    version: int
    written: str
    kind: str
    note: str
    author: str
    truth: str
    guess: str
    model_id: str
    picture_hash: str

    @property
    def withdrawn(self) -> bool:
        """True if it is empty, which withdraws the verdict before it."""
        return not (self.kind or self.note)


COLUMNS = tuple(column.name for column in fields(Verdict))
"""Columns of the table of verdicts and of the CSV."""


def verdict_text(verdict: Verdict) -> str:
    """Return kind and note of a verdict as one text."""
    if verdict.withdrawn:
        return tr("verdict withdrawn")
    if not (verdict.kind and verdict.note):
        return tr(verdict.kind) or verdict.note
    return tr("{kind}: {note}", kind=tr(verdict.kind), note=verdict.note)


def signature(verdict: Verdict) -> str:
    """Return the author and the time of a verdict.

    Returns
    -------
    "by Ann, 2026-11-03 09:15 UTC"; only the time if the verdict has no author.
    """
    when = f"{verdict.written[:16].replace('T', ' ')} UTC"
    return tr("by {author}, {when}", author=verdict.author, when=when) if verdict.author else when


def outdated_notes(verdict: Verdict, *, guess: str, model_id: str, picture_hash: str | None) -> tuple[str, ...]:
    """Return sentences about what has changed since a verdict was written.

    Parameters
    ----------
    verdict
        The verdict.
    guess, model_id
        The guess now, and the model that makes it.
    picture_hash
        Hash of the picture's file now; None if the file cannot be read.
    """
    found = []
    if picture_hash not in (None, verdict.picture_hash):
        found.append(tr("The picture's file has changed since this was written."))
    if verdict.guess != guess:
        name = class_words(verdict.guess) or verdict.guess.replace("_", " ")
        found.append(tr("This was written when the model took it for {name}.", name=name))
    elif verdict.model_id != model_id:
        found.append(tr("This was written about another model, which made the same guess."))
    return tuple(found)


def with_verdicts(table: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return a table of pictures with the columns `verdict` and `note`, "" where there is none.

    Parameters
    ----------
    table
        Rows of a study's table of guesses. Order and index stay the same.
    verdicts
        Verdicts that count, with the columns `COLUMNS`.
    """
    kinds, notes = (dict(zip(verdicts["image_id"], verdicts[name], strict=True)) for name in ("kind", "note"))
    ids = table["image_id"]
    return table.assign(
        verdict=[kinds.get(image_id, "") for image_id in ids], note=[notes.get(image_id, "") for image_id in ids]
    )


def filtered(table: pd.DataFrame, verdicts: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return the rows of a table of pictures that have a kind of verdict.

    Parameters
    ----------
    table, verdicts
        See `with_verdicts`.
    kind
        One of `KINDS`; `ANY` for pictures with a verdict or a note, `NONE` for pictures with neither.

    Raises
    ------
    SettingRefused
        If there is no such kind.
    """
    if kind not in (*KINDS, ANY, NONE):
        raise SettingRefused(deferred("The verdict"), repr(kind), ", ".join((*KINDS, ANY, NONE)))
    of_kind = verdicts if kind in (ANY, NONE) else verdicts[verdicts["kind"] == kind]
    found = table["image_id"].isin(of_kind["image_id"])
    return table[~found if kind == NONE else found]


def to_csv(verdicts: pd.DataFrame) -> bytes:
    """Return verdicts as CSV with a header line; see `spreadsheet.csv_file`.

    Parameters
    ----------
    verdicts
        Verdicts with the columns `COLUMNS`.
    """
    return csv_file(verdicts)


def clean_text(name: str, text: str, limit: int) -> str:
    """Return a text that can be stored and shown anywhere.

    Parameters
    ----------
    name
        What the text is, as the subject of a message, such as "The note".
    text
        Text as typed. Control characters and surrounding white space are removed, line breaks stay.
    limit
        Largest number of characters.

    Raises
    ------
    SettingRefused
        If the text is longer. The message gives its length.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    # Not `isprintable`: it is false for the joiners inside emoji and for the wide spaces of Japanese.
    allowed = (letter for letter in lines if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))
    cleaned = "".join(allowed).strip()
    if len(cleaned) > limit:
        raise SettingRefused(
            name,
            deferred("{number:,} characters long", number=len(cleaned)),
            deferred("at most {limit:,}", limit=limit),
        )
    return cleaned
