"""Parquet tables in a study's folder that know their version."""

import logging
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from xai_core.files import atomic_path
from xai_core.study.disk_errors import reporting_study_errors

log = logging.getLogger(__name__)

_KEY = b"confusion-explainer"
_DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, pa.ArrowException)


def write_table(path: Path, table: pd.DataFrame, version: str) -> None:
    """Write a table with its version, whole or not at all.

    Raises
    ------
    StoreRefused
        If the disk does not take it.
    """
    content = pa.Table.from_pandas(table, preserve_index=False)
    content = content.replace_schema_metadata({**(content.schema.metadata or {}), _KEY: version.encode()})
    with reporting_study_errors(path), atomic_path(path) as part:
        pq.write_table(content, part)


def read_table(path: Path, version: str, *, outcome: str = "it is made again") -> pd.DataFrame | None:
    """Return a table from `write_table`; None if it is absent, damaged or of another version.

    Parameters
    ----------
    path, version
        File and version of the table.
    outcome
        What follows from damage, for the log.
    """
    if not path.exists():
        return None
    try:
        content = pq.read_table(path)
        return content.to_pandas() if (content.schema.metadata or {}).get(_KEY) == version.encode() else None
    except _DAMAGE as fault:
        log.warning("Cannot read %s, so that %s: %s", path, outcome, fault)
        return None
