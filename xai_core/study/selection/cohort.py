"""Cohorts of a study's pictures, by classes and metadata, with their figures and pairs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from xai_core.confusions import confusion
from xai_core.errors import NameUnknown
from xai_core.language import deferred, mark

COLUMNS = (
    "cohort",
    "pictures",
    "right",
    "accuracy",
    "low",
    "high",
    "mistakes_within",
    "truth",
    "guess",
    "pair_count",
)
"""Columns of `cohort_table`."""

_Z = float(norm.ppf(0.975))


@dataclass(frozen=True, slots=True)
class Cohort:
    """Condition on pictures.

    Attributes
    ----------
    classes
        Annotated classes; () for all.
    where
        Value by column of the metadata.
    """

    classes: tuple[str, ...] = ()
    where: Mapping[str, str] | None = None

    def rows(self, table: pd.DataFrame, metadata: pd.DataFrame | None) -> pd.DataFrame:
        """Return the rows of a study's table that fulfil the condition.

        Parameters
        ----------
        table
            A study's table of guesses, all rows.
        metadata
            Metadata of the same rows; None if there is none.

        Raises
        ------
        NameUnknown
            If the metadata lack a column or a value.
        """
        wanted = pd.Series(data=True, index=table.index)
        if self.classes:
            wanted &= table["truth"].isin(self.classes)
        for column, value in (self.where or {}).items():
            columns = [] if metadata is None else [name for name in metadata.columns if name != "image_id"]
            if metadata is None or column not in columns:
                known = (
                    deferred("Columns are {columns}.", columns=", ".join(columns))
                    if columns
                    else deferred("The study has no metadata.")
                )
                raise NameUnknown(mark("column"), column, hint=known)
            of_column = metadata[column].to_numpy()
            if value not in of_column:
                values = sorted(str(each) or "(none)" for each in set(of_column))
                raise NameUnknown(
                    mark("value"),
                    value,
                    hint=deferred("Values of {column} are {values}.", column=column, values=", ".join(values[:8])),
                )
            wanted &= of_column == value
        return table[wanted]


def cohort_table(cohorts: Iterable[tuple[str, Sequence[str], pd.DataFrame]]) -> pd.DataFrame:
    """Count how well the pictures of some cohorts are recognised.

    Parameters
    ----------
    cohorts
        Name, classes (() if the cohort is not one of classes) and rows of each.

    Returns
    -------
    One row per cohort with the columns `COLUMNS`, the lowest accuracy first: `pictures` (readable ones), `right`,
    `accuracy` with its 95 % interval (Wilson 1927), `mistakes_within` (share of the mistakes whose guess is a class of
    the cohort too; NaN without classes or mistakes), and the most frequent pair with its count ("" and 0 if there is
    none). Cohorts without a readable picture are left out.
    """
    rows = []
    for name, classes, of_cohort in cohorts:
        seen = confusion.readable(of_cohort)
        if seen.empty:
            continue
        wrong = seen["truth"] != seen["guess"]
        count, right = len(seen), int((~wrong).sum())
        share = right / count
        centre = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
        half = _Z / (1 + _Z**2 / count) * np.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
        within = float(seen.loc[wrong, "guess"].isin(classes).mean()) if classes and wrong.any() else float("nan")
        pairs = confusion.pairs(seen)
        first = ("", "", 0) if pairs.empty else tuple(pairs.loc[0, ["truth", "guess", "count"]])
        rows.append((name, count, right, share, max(0.0, centre - half), min(1.0, centre + half), within, *first))
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found.sort_values(["accuracy", "cohort"], ignore_index=True)
