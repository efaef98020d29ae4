"""Counts of confusions between classes, from a study's table of guesses."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xai_core.errors import SettingRefused
from xai_core.language import class_words, deferred, tr, tr_n
from xai_core.texts import paragraph


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a study.

    Unreadable pictures are counted separately and enter no share.
    """

    pictures: int
    unreadable: int
    top1: float
    top5: float


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the pictures that the model has seen."""
    return table[table["unreadable"] == ""]


def summary(table: pd.DataFrame) -> Summary:
    """Count pictures and correct guesses.

    The shares of an empty study are 0.

    Parameters
    ----------
    table
        A study's table of guesses, one row per picture.
    """
    seen = readable(table)
    rank = seen["rank_of_truth"]
    return Summary(
        pictures=len(table),
        unreadable=len(table) - len(seen),
        top1=float((rank == 1).mean()) if len(seen) else 0.0,
        top5=float((rank <= 5).mean()) if len(seen) else 0.0,
    )


def why_no_pairs(found: Summary) -> str:
    """Return a sentence on a study without a mistake: all right, or nothing that can be read.

    Examples
    --------
    >>> why_no_pairs(Summary(pictures=3, unreadable=3, top1=0.0, top5=0.0))
    'None of the 3 pictures can be read.'
    """
    if found.unreadable == found.pictures:
        return tr("None of the {number:,} pictures can be read.", number=found.pictures)
    others = tr_n("{number} other cannot be read.", "{number:,} others cannot be read.", found.unreadable)
    return paragraph(tr("The model makes no mistake on these pictures."), others if found.unreadable else "")


def pairs(table: pd.DataFrame) -> pd.DataFrame:
    """Rank the pairs (truth, guess) with truth != guess by frequency.

    Parameters
    ----------
    table
        A study's table of guesses, one row per picture.

    Returns
    -------
    Columns `truth`, `guess`, `count`, `share` (of the readable pictures of the true class), `mean_p_guess` (mean
    probability of the wrong class) and `reverse` (how often guess is taken for truth). The most frequent pair comes
    first. Of equally frequent pairs the one with the higher mean probability comes first, because its mistakes are the
    clearer ones. Further ties go by truth, then by guess, so that the order never depends on that of the pictures.
    """
    seen = readable(table)
    wrong = seen[seen["truth"] != seen["guess"]]
    counted = (
        wrong.groupby(["truth", "guess"], sort=True, observed=True)
        .agg(count=("image_id", "size"), mean_p_guess=("p_guess", "mean"))
        .reset_index()
    )
    of_class = seen["truth"].value_counts()
    forward = counted.set_index(["truth", "guess"])["count"]
    back = pd.MultiIndex.from_arrays([counted["guess"], counted["truth"]])
    counted["share"] = counted["count"] / counted["truth"].map(of_class).astype(float)
    counted["reverse"] = forward.reindex(back, fill_value=0).to_numpy()
    # Rounded, because the last digits of a mean depend on the order of the pictures.
    counted["_clear"] = counted["mean_p_guess"].round(6)
    ranked = counted.sort_values(
        ["count", "_clear", "truth", "guess"], ascending=[False, False, True, True], ignore_index=True
    )
    return ranked[["truth", "guess", "count", "share", "mean_p_guess", "reverse"]]


def filter_pairs(ranked: pd.DataFrame, text: str) -> pd.DataFrame:
    """Return the pairs in whose class names every word of a text occurs.

    Parameters
    ----------
    ranked
        From `pairs`.
    text
        Words as people type them, in English or in the reader's language. Capitals, accents, underscores and order do
        not matter. Without a word all pairs are returned.
    """
    names = (ranked["truth"].map(_all_names) + " " + ranked["guess"].map(_all_names)).map(_plain)
    wanted = pd.Series(data=True, index=ranked.index)
    for word in _plain(text).split():
        wanted &= names.str.contains(word, regex=False)
    return ranked[wanted].reset_index(drop=True)


def _all_names(label: str) -> str:
    return f"{label} {class_words(label) or ''}"


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters.replace("_", " ") if not unicodedata.combining(letter))


def mistakes(table: pd.DataFrame, truth: str, guess: str) -> pd.DataFrame:
    """Return the mistakes of a pair, the most confident first."""
    return gallery(table, truth=truth, guess=guess)


def class_table(table: pd.DataFrame) -> pd.DataFrame:
    """Count how well each class is recognised, with the hardest class first.

    Returns
    -------
    Columns `truth`, `pictures` (readable), `right`, `recall` (right / pictures), `taken_for` (the class that it is most
    often taken for, "" if none) and `taken_count`. Ties go by name.
    """
    seen = readable(table)
    right = seen["truth"] == seen["guess"]
    counted = right.groupby(seen["truth"], observed=True).agg(pictures="size", right="sum")
    first = pairs(table).drop_duplicates("truth").set_index("truth")
    counted["recall"] = counted["right"] / counted["pictures"]
    counted["taken_for"] = first["guess"].reindex(counted.index).fillna("")
    counted["taken_count"] = first["count"].reindex(counted.index).fillna(0).astype(int)
    ranked = counted.rename_axis("truth").reset_index()
    return ranked.sort_values(["recall", "truth"], ignore_index=True)


def matrix(table: pd.DataFrame, labels: Sequence[str]) -> NDArray[np.int64]:
    """Count how often each class is taken for each class.

    Parameters
    ----------
    table
        A study's table of guesses, one row per picture.
    labels
        All classes, in the order of rows and columns.

    Returns
    -------
    (L, L) int64. The row is the truth, the column the guess. The diagonal has the correct guesses.
    """
    seen = readable(table)
    index = {label: row for row, label in enumerate(labels)}
    truth, guess = seen["truth"].map(index).to_numpy(np.int64), seen["guess"].map(index).to_numpy(np.int64)
    # Count pairs as numbers in base L: one pass instead of a loop over L x L pairs.
    flat = np.bincount(truth * len(labels) + guess, minlength=len(labels) ** 2)
    return flat.reshape(len(labels), len(labels)).astype(np.int64)


def occurring_classes(counts: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which classes a matrix needs to show, since a model may know many without pictures.

    Parameters
    ----------
    counts : (L, L) int64
        From `matrix`.

    Returns
    -------
    (L,) bool for the rows, which are the classes with pictures, and (L,) bool for the columns, which are these and all
    guessed classes.
    """
    rows: NDArray[np.bool_] = counts.sum(axis=1) > 0
    columns: NDArray[np.bool_] = rows | (counts.sum(axis=0) > 0)
    return rows, columns


def class_order(counts: NDArray[np.int64], by: str) -> NDArray[np.intp]:
    """Return an order of the classes in which a confusion matrix is easy to read.

    Parameters
    ----------
    counts : (L, L) int64
        From `matrix`.
    by
        `name` gives the order of the labels. `error` puts the class with the largest share of mistakes first, and
        classes without pictures last. `cluster` puts classes that are taken for one another side by side (average
        linkage over the symmetric share of mistakes, leaves in optimal order).

    Returns
    -------
    (L,) indices of the classes.

    Raises
    ------
    SettingRefused
        If `by` is none of the three.
    """
    of_class = np.maximum(counts.sum(axis=1), 1)
    if by == "name":
        return np.arange(len(counts))
    if by == "error":
        recall = np.where(counts.any(axis=1), np.diagonal(counts) / of_class, np.inf)
        return np.argsort(recall, kind="stable")
    if by != "cluster":
        raise SettingRefused(deferred("order of classes"), repr(by), deferred("name, error or cluster"))
    if len(counts) < 3:
        return np.arange(len(counts))
    from scipy.cluster.hierarchy import leaves_list, linkage  # noqa: PLC0415 - the first page need not wait for it
    from scipy.spatial.distance import squareform  # noqa: PLC0415

    share = counts / of_class[:, None]
    # A distance must be symmetric: it falls with the share of mistakes in both directions together.
    apart = 1 - np.clip(share + share.T, 0, 1)
    np.fill_diagonal(apart, 0)
    near = squareform(apart, checks=False)
    return leaves_list(linkage(near, "average", optimal_ordering=True)).astype(np.intp)


SORTS = {
    "confident": ("p_guess", False),
    "loss": ("loss", False),
    "narrow": ("margin", True),
    "name": ("image_id", True),
}
"""Orders of a gallery as column and True if the smallest comes first."""


def gallery(
    table: pd.DataFrame,
    *,
    truth: str | None = None,
    guess: str | None = None,
    which: str = "wrong",
    confidence: tuple[float, float] = (0.0, 1.0),
    margin: tuple[float, float] = (0.0, 1.0),
    sort: str = "confident",
) -> pd.DataFrame:
    """Choose and sort pictures to look at.

    Parameters
    ----------
    table
        A study's table of guesses, one row per picture.
    truth, guess
        Only pictures of this class, and only pictures with this guess. None takes all.
    which
        `wrong`, `right` or `all`.
    confidence, margin
        Lowest and highest p_guess, and lowest and highest margin. Both ends belong to the range.
    sort
        `confident` (mistakes before correct pictures, each with the most confident first), `loss` (of the truth,
        highest first), `narrow` (smallest margin first) or `name`.

    Raises
    ------
    SettingRefused
        If `which` or `sort` is none of these.
    """
    if which not in {"wrong", "right", "all"}:
        raise SettingRefused(deferred("choice of pictures"), repr(which), deferred("wrong, right or all"))
    if sort not in SORTS:
        raise SettingRefused(deferred("order of pictures"), repr(sort), ", ".join(SORTS))
    seen = readable(table)
    right = seen["truth"] == seen["guess"]
    wanted = seen["p_guess"].between(*confidence) & seen["margin"].between(*margin)
    if which != "all":
        wanted &= right if which == "right" else ~right
    for column, name in (("truth", truth), ("guess", guess)):
        if name is not None:
            wanted &= seen[column] == name
    column, rising = SORTS[sort]
    found = seen[wanted].assign(_after=right[wanted] & (sort == "confident"))
    return found.sort_values(["_after", column, "image_id"], ascending=[True, rising, True]).drop(columns="_after")
