"""Lists of pictures in Food-101's folder `meta`, with the differences that copies have."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xai_core.data.dataset import Picture
from xai_core.data.sources.picture_files import SUFFIXES, without_suffix
from xai_core.errors import DataRefused
from xai_core.language import deferred
from xai_core.texts import counted, decode_text

# An id as Food-101 itself has it, which needs no cleaning.
_PLAIN = re.compile(r"[^./\\\r\n]+/[^./\\\r\n]+")
_SUFFIX = "|".join(re.escape(suffix) for suffix in SUFFIXES)
_WITH_COLUMN = re.compile(rf"(.+(?:{_SUFFIX}))[\s,;]+\S.*", re.IGNORECASE)
_COLUMNS = re.compile(r"(.+?)[\s,;]+(\S+)")


class BadList(Exception):
    """List that cannot be used; the message begins with its name."""


@dataclass(slots=True)
class Entries:
    """Pictures of a list in its order, and all classes that it names."""

    pictures: list[Picture] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)


def read(files: Sequence[Path]) -> tuple[Entries, tuple[str, ...]]:
    """Read the list of a split from the first of its files that is sound.

    Parameters
    ----------
    files
        The files that list one split, the preferred one first.

    Returns
    -------
    The pictures, and sentences on what was found.

    Raises
    ------
    BadList
        If no file is sound.
    """
    faults: list[BadList] = []
    best: tuple[Path, Entries, tuple[str, ...]] | None = None
    for path in files:
        try:
            entries, notes = _read_one(path)
        except BadList as fault:
            faults.append(fault)
            continue
        if best is None or (entries.pictures and not best[1].pictures):
            best = path, entries, notes
        if entries.pictures:
            break
    if best is None:
        raise faults[0]
    taken, entries, notes = best
    reasons = tuple(
        deferred("The list {fault}; {file} was read.", fault=fault.args[0], file=taken.name) for fault in faults
    )
    return entries, (*reasons, *_differences(taken, entries, files, faults), *notes)


def lines_of(path: Path) -> list[str]:
    """Return the lines of a text file that are not blank.

    Raises
    ------
    DataRefused
        If it cannot be read.
    """
    try:
        return _lines(decode_text(path.read_bytes()))
    except (OSError, ValueError) as fault:
        message = deferred("{path} cannot be read: {reason}.", path=path, reason=deferred(str(fault)))
        raise DataRefused(message, deferred("Restore the file.")) from fault


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _read_one(path: Path) -> tuple[Entries, tuple[str, ...]]:
    name = f"meta/{path.name}"
    try:
        text = decode_text(path.read_bytes())
    except (OSError, ValueError) as fault:
        raise BadList(deferred("{name} cannot be read ({reason})", name=name, reason=deferred(str(fault)))) from fault
    if path.suffix.lower() != ".json":
        return _unique(_of_lines(_lines(text), name))
    if not text.strip():
        raise BadList(deferred("{name} is empty", name=name))
    try:
        return _unique(_of_json(json.loads(text), name))
    except (ValueError, RecursionError) as fault:
        raise BadList(deferred("{name} is no JSON ({reason})", name=name, reason=str(fault))) from fault


def _of_json(content: Any, name: str) -> Entries:
    """Return the pictures of a JSON list of ids, or of an object with a list of ids for each class."""
    if isinstance(content, list) and all(isinstance(entry, str) for entry in content):
        return _of_lines(content, name)
    if not isinstance(content, dict) or not all(isinstance(ids, list) for ids in content.values()):
        raise BadList(deferred("{name} does not list ids by class", name=name))
    entries = Entries(classes=list(content))
    for truth, ids in content.items():
        for entry in ids:
            # Some copies name the pictures of a class by their numbers alone.
            text = str(entry) if isinstance(entry, int) and not isinstance(entry, bool) else entry
            bare = isinstance(text, str) and "/" not in text and "\\" not in text
            whole = f"{truth}/{text}" if bare else text
            entries.pictures.append(Picture(_image_id(whole, name, entry), truth))
    return entries


def _of_lines(lines: Sequence[str], name: str) -> Entries:
    entries = Entries()
    for line in _without_columns(lines):
        image_id = _image_id(line, name, line)
        entries.pictures.append(Picture(image_id, image_id.partition("/")[0]))
    return entries


def _unique(entries: Entries) -> tuple[Entries, tuple[str, ...]]:
    """Return the pictures without repeated ones, and a note on these."""
    by_id: dict[str, Picture] = {}
    for picture in entries.pictures:
        by_id.setdefault(picture.image_id, picture)
    first = list(by_id.values())
    repeated = len(entries.pictures) - len(first)
    if not repeated:
        return entries, ()
    lines = counted(repeated, "duplicate line")
    note = (
        deferred("{lines}, taken once.", lines=lines)
        if repeated == 1
        else deferred("{lines}, each taken once.", lines=lines)
    )
    return Entries(first, entries.classes), (note,)


def _differences(taken: Path, entries: Entries, files: Iterable[Path], faults: Sequence[BadList]) -> tuple[str, ...]:
    """Return a note if the other list of the split is of another length."""
    others = [path for path in files if path != taken] if not faults else []
    for other in others:
        found = len(dict.fromkeys(lines_of(other))) if other.suffix.lower() == ".txt" else 0
        if other.suffix.lower() == ".txt" and found != len(entries.pictures):
            return (
                deferred(
                    "{name} lists {pictures} and {other} {number:,}; {name} was read.",
                    name=taken.name,
                    pictures=counted(len(entries.pictures), "picture"),
                    other=other.name,
                    number=found,
                ),
            )
    return ()


def _without_columns(lines: Sequence[str]) -> Sequence[str]:
    """Return lines without a second column of labels, as "path label" lists have it."""
    if not lines or (" " not in lines[0] and "," not in lines[0] and "\t" not in lines[0] and ";" not in lines[0]):
        return lines
    suffixed = [_WITH_COLUMN.fullmatch(line) for line in lines]
    if all(suffixed):
        return [match[1] for match in suffixed if match]
    columns = [match for line in lines if (match := _COLUMNS.fullmatch(line))]
    if len(columns) < len(lines):
        return lines
    # Without a suffix a space can be part of a file's name. A column of labels has one value for each class.
    label_of: dict[str, set[str]] = {}
    for match in columns:
        label_of.setdefault(match[1].replace("\\", "/").partition("/")[0], set()).add(match[2])
    labels = [label for of_class in label_of.values() for label in of_class]
    if len(label_of) > 1 and all(len(found) == 1 for found in label_of.values()) and len(set(labels)) == len(labels):
        return [match[1] for match in columns]
    return lines


def _image_id(entry: Any, name: str, found: Any) -> str:
    """Return the id that an entry means, class/number without folders before it and without a suffix.

    Raises
    ------
    BadList
        If it means none. Above all an id must not lead out of the folder.
    """
    if isinstance(entry, str) and entry.isprintable():
        if _PLAIN.fullmatch(entry):
            return entry
        parts = [part for part in entry.replace("\\", "/").split("/") if part not in ("", ".")]
        if len(parts) > 2 and parts[-3].lower() == "images":
            parts = parts[-2:]
        if len(parts) == 2 and all(part.strip(".") for part in parts):
            return f"{parts[0]}/{without_suffix(parts[1])}"
    raise BadList(deferred("{name} lists {found!r}, expected class/name", name=name, found=found))
