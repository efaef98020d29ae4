"""Table of chosen pictures with everything that a study knows about each, as CSV or Parquet."""

import io
from pathlib import Path

import pandas as pd

from xai_core.data.properties import PROPERTIES
from xai_core.exports.spreadsheet import csv_file
from xai_core.study.pictures.properties import stored_properties
from xai_core.study.selection.evidence_columns import evidence_columns
from xai_core.study.selection.metadata import stored_metadata
from xai_core.study.study import Study
from xai_core.verdicts.store import VerdictStore
from xai_core.verdicts.verdict import with_verdicts

COLUMNS = (
    "image_id",
    "path",
    "truth",
    "guess",
    "p_truth",
    "p_guess",
    "rank_of_truth",
    "margin",
    "loss",
    "unreadable",
    "verdict",
    "note",
)
"""Columns that every table of a selection has; evidence, properties and metadata follow."""


def selection_table(study: Study, rows: pd.DataFrame, *, relative: bool = False) -> pd.DataFrame:
    """Return what a study knows about some of its pictures.

    Parameters
    ----------
    study
        The study.
    rows
        Rows of its table.
    relative
        Paths below the folder of the pictures, for people who have no access to the machine.

    Returns
    -------
    Columns `COLUMNS`, in the order of the rows. `path` is "" where pictures are no files of their own, as in Parquet
    sets. Evidence figures follow if a mistake among them has been explained (see `evidence_columns`), properties under
    their names if they have been measured, and columns of the metadata with the prefix "metadata_".

    Raises
    ------
    StoreRefused, VerdictsDamaged
        If the verdicts cannot be read.
    """
    found = with_verdicts(rows, VerdictStore(study.folder).all())
    evidence = evidence_columns(study, rows)
    paths = [picture_path(study, image_id, relative=relative) for image_id in found["image_id"]]
    found = found.assign(path=paths)[list(COLUMNS)]
    measured, metadata = stored_properties(study), stored_metadata(study)
    if evidence.notna().any(axis=None):
        found = found.join(evidence)
    if measured is not None:
        found = found.join(measured[list(PROPERTIES)])
    if metadata is not None:
        found = found.join(metadata.drop(columns="image_id").add_prefix("metadata_"))
    return found.reset_index(drop=True)


def picture_path(study: Study, image_id: str, *, relative: bool = False) -> str:
    """Return the path of a picture's file, "" where pictures are no files of their own.

    A relative path begins below the folder of the pictures, or is the name alone of a file that lies elsewhere.
    """
    path_of = getattr(study.data, "path", None)
    if path_of is None:
        return ""
    path: Path = path_of(image_id).absolute()
    if not relative:
        return str(path)
    root = study.data_root.absolute()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def to_csv(table: pd.DataFrame) -> bytes:
    """Return a table of a selection as CSV."""
    return csv_file(table)


def to_parquet(table: pd.DataFrame) -> bytes:
    """Return a table of a selection as Parquet."""
    out = io.BytesIO()
    table.to_parquet(out, index=False)
    return out.getvalue()
