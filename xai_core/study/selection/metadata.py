"""Metadata of pictures, such as camera, shop and date, from a CSV file and kept in the study's folder."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from xai_core.data.sources.picture_files import without_suffix
from xai_core.errors import DataRefused
from xai_core.language import deferred, tr
from xai_core.study.layout.folders import METADATA
from xai_core.study.pictures.tables import read_table, write_table
from xai_core.study.study import Study
from xai_core.texts import counted, decode_text, paragraph

FILE = METADATA
"""Name of the file in the study's folder."""

ID_COLUMNS = ("image_id", "id", "path", "file", "filename", "file_name", "image", "picture")
"""Names of the column that says which picture a line is about, the first one that is there."""

MOST_VALUES = 200
"""Different values up to which a column divides pictures into cohorts; one with more is free text or a number."""

UNKNOWN = ""
"""Value of pictures that the file does not name, or names without a value."""

_VERSION = "metadata 1"
_CURE = deferred("Give a CSV file with a line of column names.")


@dataclass(frozen=True, slots=True)
class MetadataImport:
    """Result of reading a metadata file.

    Attributes
    ----------
    pictures, matched
        Pictures of the study, and how many of them the file names.
    lines, unknown
        Lines of the file, and how many of them name no picture of the study.
    columns
        Columns that were taken.
    """

    pictures: int
    matched: int
    lines: int
    unknown: int
    columns: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Result in words."""
        unknown = tr(
            "{unknown:,} of {lines} name no picture of the study.",
            unknown=self.unknown,
            lines=counted(self.lines, "line"),
        )
        matched = tr(
            "{matched:,} of {pictures} have metadata, in {columns}: {names}.",
            matched=self.matched,
            pictures=counted(self.pictures, "picture"),
            columns=counted(len(self.columns), "column"),
            names=", ".join(self.columns),
        )
        return paragraph(matched, unknown if self.unknown else "")


def import_metadata(study: Study, file: Path) -> MetadataImport:
    """Read metadata from a CSV file, and keep it in the study in place of what was there.

    Parameters
    ----------
    study
        The study.
    file
        CSV with a line of column names, separated by commas, semicolons or tabs. One column is called as in
        `ID_COLUMNS` and has ids of pictures, with or without a suffix such as .jpg.

    Raises
    ------
    DataRefused
        If the file cannot be read, has no such column or no other one, names no picture of the study, or one twice.
    StoreRefused
        If the disk does not take the result.
    """
    table = _read_csv(file)
    named = {column.strip().casefold(): column for column in table.columns}
    key = next((named[name] for name in ID_COLUMNS if name in named), None)
    if key is None:
        raise DataRefused(
            deferred(
                "{file} has the columns {columns}, and none that names the pictures.",
                file=file,
                columns=", ".join(map(str, table.columns)) or deferred("none"),
            ),
            deferred("Call that column image_id (or {names}).", names=", ".join(ID_COLUMNS[1:])),
            "metadata",
        )
    ids = set(study.table["image_id"])
    lines = table[key].map(lambda text: _id_of(text.strip(), ids))
    known = table[lines.notna()].assign(image_id=lines[lines.notna()])
    if known.empty:
        raise DataRefused(
            deferred(
                "None of {lines} of {file} names a picture of the study {study}. The file has ids like {in_file}, the "
                "study {in_study}.",
                lines=counted(len(table), "line"),
                file=file,
                study=study.name,
                in_file=_example(table[key]),
                in_study=_example(study.table["image_id"]),
            ),
            deferred("The ids must be those of the study; `select NAME --csv FILE` lists them."),
            "metadata",
        )
    twice = known["image_id"][known["image_id"].duplicated()]
    if len(twice):
        raise DataRefused(
            deferred(
                "{file} names {pictures} more than once, such as {example}.",
                file=file,
                pictures=counted(twice.nunique(), "picture"),
                example=twice.iloc[0],
            ),
            deferred("Leave one line for each picture."),
            "metadata",
        )
    columns = tuple(column for column in table.columns if column not in (key, "image_id"))
    if not columns:
        raise DataRefused(
            deferred("{file} has no column beside {key}.", file=file, key=key),
            deferred("Give a column with a value of each picture. What was kept before is unchanged."),
            "metadata",
        )
    found = known.set_index("image_id")[list(columns)].reindex(study.table["image_id"]).fillna(UNKNOWN)
    write_table(study.folder / FILE, found.reset_index().astype("str"), _VERSION)
    return MetadataImport(len(study.table), len(known), len(table), int(lines.isna().sum()), columns)


def stored_metadata(study: Study) -> pd.DataFrame | None:
    """Return the metadata of a study's pictures, row by row as in its table, None if there is none.

    Returns
    -------
    Column `image_id` and those of the file, as texts; `UNKNOWN` where the file says nothing.
    """
    found = read_table(
        study.folder / FILE, _VERSION, outcome="the metadata are left out until their file is read again"
    )
    if found is None or found["image_id"].duplicated().any():
        return None
    # The pictures may be others since the study was created again.
    of_pictures = found.set_index("image_id").reindex(study.table["image_id"]).fillna(UNKNOWN)
    return of_pictures.reset_index().astype("str")


def cohort_columns(metadata: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns that divide pictures into cohorts: those with 2 to `MOST_VALUES` different values."""
    columns = [column for column in metadata.columns if column != "image_id"]
    return tuple(column for column in columns if 2 <= metadata[column].nunique() <= MOST_VALUES)


def _read_csv(file: Path) -> pd.DataFrame:
    try:
        text = decode_text(file.read_bytes())
        first = text.partition("\n")[0]
        separator = max(",;\t", key=first.count)
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if any(row)]
    except (OSError, ValueError, csv.Error) as fault:
        raise DataRefused(
            deferred("{file} cannot be read: {reason}.", file=file, reason=str(fault)), _CURE, "metadata"
        ) from fault
    if not rows:
        raise DataRefused(deferred("{file} is empty.", file=file), _CURE, "metadata")
    head = [name.strip() or f"column {place}" for place, name in enumerate(rows[0], start=1)]
    if len(set(head)) < len(head):
        raise DataRefused(
            deferred("{file} has two columns of one name: {names}.", file=file, names=", ".join(head)),
            deferred("Give each column its own name."),
            "metadata",
        )
    width = len(head)
    return pd.DataFrame([(row + [""] * width)[:width] for row in rows[1:]], columns=head, dtype="str")


def _id_of(text: str, ids: set[str]) -> str | None:
    if text in ids:
        return text
    plain = without_suffix(text.replace("\\", "/"))
    # The end of a path: folders above the class do not matter.
    parts = plain.split("/")
    return next((name for start in range(len(parts)) if (name := "/".join(parts[start:])) in ids), None)


def _example(values: pd.Series) -> str:
    return f"“{values.iloc[0]}”" if len(values) else deferred("none")
