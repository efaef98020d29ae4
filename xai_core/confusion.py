"""Which classes are taken for which: pure counting over the table of guesses."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class Summary:
    """A study in figures; unreadable pictures are counted apart and enter no share."""

    pictures: int
    unreadable: int
    top1: float
    top5: float


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of pictures that the model has seen."""
    return table[table["unreadable"] == ""]


def summary(table: pd.DataFrame) -> Summary:
    """Count pictures and right answers; the shares of an empty study are 0.

    Parameters
    ----------
    table
        A study's table of guesses, one row a picture.
    """
    seen = readable(table)
    rank = seen["rank_of_truth"]
    return Summary(
        pictures=len(table),
        unreadable=len(table) - len(seen),
        top1=float((rank == 1).mean()) if len(seen) else 0.0,
        top5=float((rank <= 5).mean()) if len(seen) else 0.0,
    )


def pairs(table: pd.DataFrame) -> pd.DataFrame:
    """Rank the pairs (truth, guess) with truth != guess by how often they happen.

    Parameters
    ----------
    table
        A study's table of guesses, one row a picture.

    Returns
    -------
    Columns `truth`, `guess`, `count`, `share` (of the readable pictures of the true class), `mean_p_guess` (mean
    probability given to the wrong class) and `reverse` (how often guess is taken for truth). The most frequent pair
    comes first; ties go by truth, then guess, so that the order never depends on the order of the pictures.
    """
    seen = readable(table)
    wrong = seen[seen["truth"] != seen["guess"]]
    counted = (
        wrong.groupby(["truth", "guess"], sort=True, observed=True)
        .agg(count=("image_id", "size"), mean_p_guess=("p_guess", "mean"))
        .reset_index()
    )
    of_class = seen["truth"].value_counts()
    there = counted.set_index(["truth", "guess"])["count"]
    back = pd.MultiIndex.from_arrays([counted["guess"], counted["truth"]])
    counted["share"] = counted["count"] / counted["truth"].map(of_class).astype(float)
    counted["reverse"] = there.reindex(back, fill_value=0).to_numpy()
    ranked = counted.sort_values(["count", "truth", "guess"], ascending=[False, True, True], ignore_index=True)
    return ranked[["truth", "guess", "count", "share", "mean_p_guess", "reverse"]]


def mistakes(table: pd.DataFrame, truth: str, guess: str) -> pd.DataFrame:
    """The pictures of class `truth` that were called `guess`, the most confident mistake first."""
    seen = readable(table)
    chosen = seen[(seen["truth"] == truth) & (seen["guess"] == guess) & (seen["truth"] != seen["guess"])]
    return chosen.sort_values(["p_guess", "image_id"], ascending=[False, True])
