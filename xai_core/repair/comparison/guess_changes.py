"""Changes between two models' guesses on the same pictures, by picture and by pair."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom, false_discovery_control

from xai_core.repair.comparison.paired_change import PairedChange

COLUMNS = ("image_id", "truth", "before", "after", "p_before", "p_after")
"""Columns of `GuessChanges.table`, each row a picture that both models have seen."""

OUTCOMES = ("same", "mended", "broken", "other mistake")
"""Fate of a picture: the same guess, right after a mistake, a mistake after right, or another mistake."""


@dataclass(frozen=True, slots=True, eq=False)
class GuessChanges:
    """Guesses of two models, or of one model before and after a cure, on the same pictures.

    Attributes
    ----------
    table
        One row per picture with the columns `COLUMNS` and `outcome` (one of `OUTCOMES`). `before` and `after` are
        guesses, `p_before` and `p_after` their probabilities.
    labels
        Class names of both models, in the order of the matrices.
    """

    table: pd.DataFrame
    labels: tuple[str, ...]

    @classmethod
    def of(cls, table: pd.DataFrame, labels: Sequence[str]) -> "GuessChanges":
        """Classify the change of each picture of a table with the columns `COLUMNS`."""
        right = [(table[column] == table["truth"]).to_numpy() for column in ("before", "after")]
        same = (table["before"] == table["after"]).to_numpy()
        outcome = np.select([same, right[1], right[0]], OUTCOMES[:3], OUTCOMES[3])
        return cls(table.assign(outcome=outcome).reset_index(drop=True), tuple(labels))

    @property
    def right(self) -> PairedChange:
        """Change of the right guesses (top-1)."""
        truth = self.table["truth"].to_numpy()
        return PairedChange.of(self.table["before"].to_numpy() == truth, self.table["after"].to_numpy() == truth)

    @property
    def agreement(self) -> float:
        """Share of the pictures with the same guess; 1 without pictures."""
        return float((self.table["outcome"] == "same").mean()) if len(self.table) else 1.0

    @property
    def kappa(self) -> float:
        """Cohen's kappa, the agreement beyond that of independent guesses with the same frequencies (1960)."""
        before, after = (self.table[column].value_counts(normalize=True) for column in ("before", "after"))
        chance = float((before * after.reindex(before.index, fill_value=0)).sum())
        return (self.agreement - chance) / (1 - chance) if chance < 1 else 1.0

    def pair(self, truth: str, guess: str) -> PairedChange:
        """Return the change of the mistakes of a pair, among the pictures of the true class."""
        of_truth = self.table[self.table["truth"] == truth]
        return PairedChange.of((of_truth["before"] == guess).to_numpy(), (of_truth["after"] == guess).to_numpy())

    def flips(self, outcome: str | None = None, *, truth: str | None = None, guess: str | None = None) -> pd.DataFrame:
        """Return the pictures whose guess changes, those that are most confident after first.

        Parameters
        ----------
        outcome
            One of `OUTCOMES` but "same"; None for all three.
        truth
            True class of the pictures; None for all.
        guess
            Guess before or after; None for all.
        """
        table = self.table
        wanted = table["outcome"] != "same" if outcome is None else table["outcome"] == outcome
        if truth is not None:
            wanted &= table["truth"] == truth
        if guess is not None:
            wanted &= (table["before"] == guess) | (table["after"] == guess)
        return table[wanted].sort_values(["p_after", "image_id"], ascending=[False, True])

    def matrix(self, column: str) -> NDArray[np.int64]:
        """Count guesses by truth, (L, L), of the column `before` or `after`; the row is the truth."""
        size = len(self.labels)
        codes = [pd.Index(self.labels).get_indexer(pd.Index(self.table[name])) for name in ("truth", column)]
        return np.bincount(codes[0] * size + codes[1], minlength=size**2).reshape(size, size).astype(np.int64)

    def difference(self) -> NDArray[np.int64]:
        """Return how many more pictures each cell has after than before, (L, L) int64; the row is the truth.

        A cell off the diagonal with a negative number is mended, one with a positive number is broken.
        """
        return self.matrix("after") - self.matrix("before")

    def pairs(self) -> pd.DataFrame:
        """Rank the pairs with truth != guess by how much they change.

        Returns
        -------
        One row per pair that has a mistake before or after, with the columns `truth`, `guess`, `before`, `after`,
        `change` (after - before), `left` and `entered` (pictures that are a mistake of the pair only before, and only
        after), `mended` (pictures of `left` that are right after), `broken` (pictures of `entered` that were right
        before), `p_value` (McNemar's exact test) and `q_value` (Benjamini and Hochberg over all these pairs). The
        largest change comes first, then the most frequent pair before, and ties go by truth and guess.
        """
        table = self.table
        changed = table["before"] != table["after"]
        right = {column: table[column] == table["truth"] for column in ("before", "after")}
        parts = {
            "before": _counted(table[~right["before"]], "before"),
            "after": _counted(table[~right["after"]], "after"),
            "left": _counted(table[~right["before"] & changed], "before"),
            "entered": _counted(table[~right["after"] & changed], "after"),
            "mended": _counted(table[~right["before"] & right["after"]], "before"),
            "broken": _counted(table[right["before"] & ~right["after"]], "after"),
        }
        found = pd.DataFrame(parts).fillna(0).astype(np.int64)
        found.index.names = ["truth", "guess"]
        found = found.reset_index()
        found.insert(4, "change", found["after"] - found["before"])
        found["p_value"] = _mcnemar(found["left"].to_numpy(), found["entered"].to_numpy())
        found["q_value"] = false_discovery_control(found["p_value"].to_numpy()) if len(found) else []
        keys = found.assign(size=-found["change"].abs(), count=-found["before"])
        order = keys.sort_values(["size", "count", "truth", "guess"]).index
        return found.loc[order].reset_index(drop=True)


def _counted(rows: pd.DataFrame, column: str) -> "pd.Series[int]":
    """Count rows by truth and one of the guesses."""
    return rows.groupby([rows["truth"].rename("truth"), rows[column].rename("guess")], observed=True).size()


def _mcnemar(left: NDArray[np.int64], entered: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the p-values of McNemar's exact test for many pairs at once."""
    fewer = np.minimum(left, entered)
    return np.asarray(np.minimum(1.0, 2 * binom.cdf(fewer, left + entered, 0.5)))
