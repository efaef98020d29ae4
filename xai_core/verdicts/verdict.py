"""What people say of a study's mistakes: verdicts in words, in tables and as CSV. `verdictstore` keeps them."""

import unicodedata
from dataclasses import dataclass, fields

import pandas as pd

from xai_core.errors import SettingRefused

KINDS = {
    "model error": "The annotation is right and the picture shows it: the model is wrong.",
    "wrong label": "The annotation is wrong: the picture shows what the model says, or something else.",
    "several dishes": "Several dishes are in the picture, and each name fits one of them.",
    "ambiguous": "People could not tell either.",
}
"""Verdicts, and what they mean."""

ANY, NONE = "any verdict", "no verdict"
"""What `only` looks for beside the verdicts themselves."""

NOTE_MOST, AUTHOR_MOST = 2000, 80
"""Characters."""

# Spreadsheets take a cell that begins so for something to compute; the wide forms too, in East Asian settings.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What somebody said of a picture, and what it was said about.

    Attributes
    ----------
    image_id
        Which picture.
    version
        1 for the first verdict on the picture; each later one counts instead of those before.
    written
        UTC, ISO 8601.
    kind
        One of `KINDS`, or "" where there is only a note, or nothing any more.
    note, author
        In people's own words; may be empty.
    truth, guess, model_id, picture_hash
        What the picture was annotated as, what it was taken for, by which model, and its file: a study may be built
        again with another model or picture, and then the verdict is about the earlier one.
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
        """Whether it says nothing: an earlier one was taken back."""
        return not (self.kind or self.note)


COLUMNS = tuple(each.name for each in fields(Verdict))
"""Of the table of verdicts, and of the CSV."""


def said(verdict: Verdict) -> str:
    """A verdict in words: its kind and its note."""
    if verdict.withdrawn:
        return "verdict withdrawn"
    return ": ".join(part for part in (verdict.kind, verdict.note) if part)


def signed(verdict: Verdict) -> str:
    """Who wrote a verdict, and when.

    Returns
    -------
    "by Ann, 2026-11-03 09:15 UTC"; without the name where none was given.
    """
    when = f"{verdict.written[:16].replace('T', ' ')} UTC"
    return f"by {verdict.author}, {when}" if verdict.author else when


def outdated(verdict: Verdict, *, guess: str, model_id: str, picture_hash: str | None) -> tuple[str, ...]:
    """Sentences on what is not as it was when a verdict was written.

    Parameters
    ----------
    verdict
        What was said.
    guess, model_id
        What the picture is taken for now, and by which model.
    picture_hash
        Of its file now; None where that cannot be read.
    """
    found = []
    if picture_hash not in (None, verdict.picture_hash):
        found.append("The picture's file has changed since this was written.")
    if verdict.guess != guess:
        found.append(f"This was written when the model took it for {verdict.guess.replace('_', ' ')}.")
    elif verdict.model_id != model_id:
        found.append("This was written about another model, which said the same.")
    return tuple(found)


def joined(table: pd.DataFrame, marks: pd.DataFrame) -> pd.DataFrame:
    """Return a table of pictures with the columns `verdict` and `note`, "" where there is none.

    Parameters
    ----------
    table
        Rows of a study's table of guesses; order and index stay.
    marks
        Verdicts that count, `COLUMNS`.
    """
    kinds, notes = (dict(zip(marks["image_id"], marks[name], strict=True)) for name in ("kind", "note"))
    ids = table["image_id"]
    return table.assign(verdict=[kinds.get(each, "") for each in ids], note=[notes.get(each, "") for each in ids])


def only(table: pd.DataFrame, marks: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return the rows of a table of pictures that have a verdict.

    Parameters
    ----------
    table, marks
        See `joined`.
    kind
        One of `KINDS`; `ANY` for whatever has a verdict or a note, `NONE` for what has neither.

    Raises
    ------
    SettingRefused
        If there is no such verdict.
    """
    if kind not in (*KINDS, ANY, NONE):
        raise SettingRefused("The verdict", repr(kind), ", ".join((*KINDS, ANY, NONE)))
    of_kind = marks if kind in (ANY, NONE) else marks[marks["kind"] == kind]
    found = table["image_id"].isin(of_kind["image_id"])
    return table[~found if kind == NONE else found]


def csv(marks: pd.DataFrame) -> bytes:
    """Return verdicts as CSV with a line of names: UTF-8 with a byte order mark, by which spreadsheets know it.

    What a spreadsheet would take for a formula gets an apostrophe before it, for anybody may have written it.

    Parameters
    ----------
    marks
        Verdicts, `COLUMNS`.
    """
    texts = [name for name in COLUMNS if name != "version"]
    harmless = marks.assign(**{name: marks[name].map(_no_formula) for name in texts})
    return str(harmless.to_csv(index=False, lineterminator="\n")).encode("utf-8-sig")


def _no_formula(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def plain(name: str, text: str, most: int) -> str:
    """Return a text as it can be kept and shown anywhere.

    Parameters
    ----------
    name
        What it is: "note".
    text
        As it was written; control characters and blanks around it are dropped, its lines stay.
    most
        Characters.

    Raises
    ------
    SettingRefused
        If it is longer: says how long it is.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    # Not `isprintable`: that drops the joiners inside emoji, and the blanks of Japanese.
    kept = "".join(each for each in lines if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cs")).strip()
    if len(kept) > most:
        raise SettingRefused(f"The {name}", f"{len(kept):,} characters long", f"at most {most:,}")
    return kept
