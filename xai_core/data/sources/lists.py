"""Lists of paths and classes as CSV, TSV, JSON lines or JSON."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xai_core.data.dataset import DataOptions
from xai_core.data.sources import splits
from xai_core.data.sources.listed_files import Row, assemble
from xai_core.data.sources.picture_files import PictureFiles, is_picture
from xai_core.errors import DataMissing, DataNotFound, DataRefused
from xai_core.language import deferred, mark
from xai_core.texts import decode_text

FORMAT = "list"

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json")

PATH_NAMES = (
    ("path", "file_path", "filepath", "image_path", "img_path", "picture_path"),
    ("file", "file_name", "filename", "image_file", "fname"),
    ("image", "img", "picture", "photo", "image_name", "image_id"),
)
"""Names of the column of paths, the surest first."""

LABEL_NAMES = (
    ("class_name", "label_name", "category_name"),
    ("label", "class", "truth", "category", "target", "ground_truth", "classes", "labels", "y"),
)
"""Names of the column of classes, the surest first."""

SPLIT_NAMES = (("split", "set", "subset", "partition", "fold"),)

Table = list[dict[str, str]]
"""Rows by the names of their columns."""


@dataclass(frozen=True, slots=True)
class _Columns:
    path: str
    label: str
    split: str | None


def recognise(root: Path, options: DataOptions) -> bool:
    """Return True if a file, or a file in a folder, lists paths and classes."""
    for file in _files(root):
        try:
            table = _table(file)
            columns = _columns(table, file, options)
        except DataRefused:
            # A list that is unclear is still a list: the message of `open_set` says why it cannot be read.
            if root.is_file():
                return True
            continue
        if columns is not None:
            return True
    return False


def open_set(root: Path, options: DataOptions) -> PictureFiles:
    """Read the list of pictures, without opening any picture.

    Raises
    ------
    DataRefused
        If no file lists paths and classes, the columns are unclear, or a path leads out of the folder.
    """
    if not root.exists():
        raise DataNotFound(root, mark("file or folder"))
    base = root if root.is_dir() else root.parent
    rows: list[Row] = []
    used: list[Path] = []
    heads = ""
    for file in _files(root):
        table = _table(file)
        columns = _columns(table, file, options)
        if columns is None:
            continue
        used.append(file)
        heads = deferred("the columns {path} and {label}", path=columns.path, label=columns.label)
        of_file = _split_of(file)
        start = "" if options.pictures else _start(file, base, [row[columns.path] for row in table[:50]])
        rows += [
            Row(
                _started(row[columns.path], start),
                row[columns.label],
                (row[columns.split] if columns.split else "") or of_file,
            )
            for row in table
        ]
    if not used:
        missing = deferred("every list with a path and a class in each line")
        raise DataMissing(root, missing, deferred("Name the columns of paths and classes."))
    return assemble(
        rows,
        form=FORMAT,
        source=used[0],
        root=root,
        options=options,
        homes=[base],
        described=deferred(
            "The list {files} with {columns}", files=", ".join(file.name for file in used[:3]), columns=heads
        ),
    )


def _files(root: Path) -> list[Path]:
    """Return the files that may be lists: the file itself, or those in a folder and in the folders below it."""
    if root.is_file():
        return [root]
    if not root.is_dir():
        return []
    found = [path for pattern in ("*", "*/*") for path in sorted(root.glob(pattern)) if _may_be_list(path)]
    return found[:50]


def _may_be_list(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")


def _split_of(file: Path) -> str:
    """Return the split that a file or its folder is named after; empty if it names none."""
    words = [file.stem, *re.split(r"[\W_]+", file.stem), file.parent.name]
    return next((word for word in words if splits.kind_of(word)), "")


def _start(file: Path, base: Path, paths: Sequence[str]) -> str:
    """Return the folder that the paths in a list start from, relative to the base and with a slash; mostly empty.

    They start from the list's own folder, or from the folder that was given.
    """
    own = file.parent.relative_to(base).as_posix()
    if own == ".":
        return ""
    local = [path.replace("\\", "/") for path in paths]
    beside, below = (sum((folder / path).is_file() for path in local) for folder in (file.parent, base))
    return f"{own}/" if beside >= below else ""


def _started(path: str, start: str) -> str:
    return f"{start}{path}" if start and path and not Path(path).is_absolute() else path


def _table(file: Path) -> Table:
    """Return the rows of a file; columns without heads are called "1", "2", ..."""
    try:
        text = decode_text(file.read_bytes())
    except (OSError, ValueError) as fault:
        message = deferred("{path} cannot be read: {reason}.", path=file, reason=deferred(str(fault)))
        raise DataRefused(message, deferred("Restore the file.")) from fault
    if file.suffix.lower() in (".jsonl", ".ndjson", ".json") or text.lstrip().startswith(("{", "[")):
        return _of_json(text, file)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return []
    delimiter = max("\t;,", key=lambda mark: min(line.count(mark) for line in lines[:20]))
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
    except csv.Error as fault:
        message = deferred("{file} is no table: {fault}.", file=file.name, fault=str(fault))
        raise DataRefused(message, deferred("Restore the file.")) from fault
    cells = [[cell.strip() for cell in row] for row in rows]
    heads = cells[0]
    if any(_is_path(cell) for cell in heads):
        heads = [str(number) for number in range(1, len(cells[0]) + 1)]
    else:
        cells = cells[1:]
    return [dict(zip(heads, row, strict=False)) | dict.fromkeys(heads[len(row) :], "") for row in cells]


def _of_json(text: str, file: Path) -> Table:
    """Return the rows of JSON lines, of a JSON list of objects, or of an object of paths and classes."""
    try:
        content: Any = json.loads(text)
    except ValueError:
        try:
            content = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError as fault:
            message = deferred("{file} is no JSON: {fault}.", file=file.name, fault=str(fault))
            raise DataRefused(message, deferred("Restore the file.")) from fault
    except RecursionError as fault:
        raise DataRefused(deferred("{file} is nested too deeply.", file=file.name)) from fault
    if isinstance(content, Mapping) and content and all(_is_path(str(key)) for key in content):
        content = [{"path": key, "label": value} for key, value in content.items()]
    if isinstance(content, Mapping):
        content = [content]
    if not isinstance(content, list) or not all(isinstance(row, Mapping) for row in content):
        return []
    heads = dict.fromkeys(str(head) for row in content for head in row)
    return [{head: _text(row.get(head)) for head in heads} for row in content]


def _text(value: Any) -> str:
    return "" if value is None else value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_path(cell: str) -> bool:
    return is_picture(cell.replace("\\", "/").rpartition("/")[2])


def _columns(table: Table, file: Path, options: DataOptions) -> _Columns | None:
    """Return the columns of paths, classes and splits; None if the file is no list of pictures.

    Raises
    ------
    DataRefused
        If a named column is not there, or two columns fit.
    """
    if not table:
        return None
    heads = list(table[0])
    path = _named(options.path_column, heads, file, "path_column") or _path_column(table, heads)
    if path is None:
        return None
    label = _named(options.label_column, heads, file, "label_column") or _label_column(table, heads, path, file)
    if label is None:
        return None
    split = _named(options.split_column, heads, file, "split_column")
    return _Columns(path, label, split or next(iter(_known(heads, SPLIT_NAMES)), None))


def _named(name: str | None, heads: Sequence[str], file: Path, argument: str) -> str | None:
    if name is None or name in heads:
        return name
    message = deferred(
        "{file} has no column {name!r}; it has {heads}.", file=file.name, name=name, heads=", ".join(heads)
    )
    raise DataRefused(message, "", argument)


def _known(heads: Sequence[str], names: Sequence[Sequence[str]]) -> list[str]:
    """Return the columns with the first of the groups of names that is there."""
    plain = {head: re.sub(r"[\s-]+", "_", head.strip().lower()) for head in heads}
    return next((found for group in names if (found := [head for head in heads if plain[head] in group])), [])


def _path_column(table: Table, heads: Sequence[str]) -> str | None:
    """Return the column whose values are names of pictures; a column with a known name wins."""
    sample = table[:50]
    filled = [head for head in heads if head and sum(_is_path(row[head]) for row in sample) > 0.5 * len(sample)]
    known = [head for head in _known(heads, PATH_NAMES) if head in filled or not filled]
    # A known name alone makes no list of pictures: values without any suffix may be numbers in another file.
    return next((head for head in (*known, *filled) if head in filled), None)


def _label_column(table: Table, heads: Sequence[str], path: str, file: Path) -> str | None:
    others = [head for head in heads if head and head != path]
    found = _known(others, LABEL_NAMES)
    text = [head for head in found if not all(re.fullmatch(r"-?\d*", row[head]) for row in table)] or found
    if len(text) > 1:
        message = deferred(
            "{file} has two columns of classes, {first} and {second}.", file=file.name, first=text[0], second=text[1]
        )
        raise DataRefused(message, deferred("Name one of them."), "label_column")
    if text:
        return text[0]
    # Without heads, the other one of two columns holds the classes.
    return others[0] if len(heads) == 2 and others and heads == ["1", "2"] else None
