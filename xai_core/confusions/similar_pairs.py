"""Pairs of pictures whose embeddings or perceptual hashes are alike, and groups of such pairs."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from xai_core.confusions.confusion import readable
from xai_core.confusions.neighbours import BLOCK, directions, nearest
from xai_core.progress import Progress, ignore_progress


def near_by_embedding(
    embeddings: NDArray[np.float32] | NDArray[np.float16],
    *,
    least_cosine: float,
    neighbours: int,
    progress: Progress = ignore_progress,
) -> dict[tuple[int, int], float]:
    """Return the pairs of pictures of which one is among the nearest of the other.

    Parameters
    ----------
    embeddings : (N, D)
        Rows with NaN belong to no pair.
    least_cosine
        Smallest cosine of the angle between two centred embeddings.
    neighbours
        Number of the nearest pictures of each that are looked at.
    progress
        Receives the numbers of pictures done and planned after every block.

    Returns
    -------
    Cosine by the rows of the pair, the smaller row first.
    """
    rows = np.flatnonzero(np.isfinite(embeddings).all(axis=1))
    if len(rows) < 2:
        return {}
    unit, _ = directions(embeddings[rows])
    nearest_rows, cosines = nearest(unit, count=neighbours, progress=progress)
    found: dict[tuple[int, int], float] = {}
    for row, place in zip(*np.nonzero(cosines >= least_cosine), strict=True):
        pair = sorted((int(rows[row]), int(rows[nearest_rows[row, place]])))
        found[pair[0], pair[1]] = float(cosines[row, place])
    return found


def near_by_hash(
    look: NDArray[np.uint64], mirror: NDArray[np.uint64], rows: NDArray[np.intp], *, most_bits: int
) -> set[tuple[int, int]]:
    """Return the pairs of pictures whose perceptual hashes differ in few bits, mirrored or not.

    Parameters
    ----------
    look, mirror : (N,) uint64
        Hashes of the pictures and of their mirror images.
    rows
        Pictures that are compared.
    most_bits
        Largest number of bits that may differ.

    Returns
    -------
    Rows of each pair, the smaller row first.
    """
    found: set[tuple[int, int]] = set()
    hashes = look[rows]
    for own in (hashes, mirror[rows]):
        for start in range(0, len(rows), BLOCK):
            differing = np.bitwise_count(own[start : start + BLOCK, None] ^ hashes[None, start:])
            # `start` is also the first column, so that each pair is looked at once.
            first, second = np.nonzero(np.triu(differing <= most_bits, 1))
            found |= _pairs(rows[start + first], rows[start + second])
    return found


def near_by_hash_between(
    look: NDArray[np.uint64], mirror: NDArray[np.uint64], others: NDArray[np.uint64], *, most_bits: int
) -> set[tuple[int, int]]:
    """Return the pairs of a picture and one of other pictures whose perceptual hashes differ in few bits.

    Parameters
    ----------
    look, mirror : (N,) uint64
        Hashes of the pictures and of their mirror images.
    others : (M,) uint64
        Hashes of the other pictures.
    most_bits
        Largest number of bits that may differ.

    Returns
    -------
    Row among the pictures and row among the others.
    """
    found: set[tuple[int, int]] = set()
    for own in (look, mirror):
        for start in range(0, len(own), BLOCK):
            near = np.bitwise_count(own[start : start + BLOCK, None] ^ others[None]) <= most_bits
            first, second = np.nonzero(near)
            found |= set(zip((start + first).tolist(), second.tolist(), strict=True))
    return found


def equal_pairs(keys: Iterable[str]) -> set[tuple[int, int]]:
    """Return pairs that connect all equal keys, each with the first of them; empty keys equal nothing.

    >>> sorted(equal_pairs(["a", "b", "a", "", "", "a"]))
    [(0, 2), (0, 5)]
    """
    first: dict[str, int] = {}
    return {(first[key], row) for row, key in enumerate(keys) if key and first.setdefault(key, row) != row}


def grouped(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the rows that pairs connect, directly or through others, in rising order.

    >>> grouped([(0, 2), (5, 9), (2, 7)])
    [[0, 2, 7], [5, 9]]
    """
    ends = np.array(sorted(pairs), np.intp).reshape(-1, 2)
    if not len(ends):
        return []
    rows, short = np.unique(ends, return_inverse=True)
    short = short.reshape(-1, 2)
    graph = coo_matrix((np.ones(len(short)), (short[:, 0], short[:, 1])), (len(rows), len(rows)))
    count, group = connected_components(graph, directed=False)
    return [rows[group == number].tolist() for number in range(count)]


def distinct(table: pd.DataFrame, groups: Iterable[Sequence[str]]) -> pd.DataFrame:
    """Return a table of guesses in which copies of a photograph are counted once.

    Parameters
    ----------
    table
        A study's table of guesses, one row per picture.
    groups
        Image ids of the pictures that are copies of each other, such as `Duplicates.groups`.

    Returns
    -------
    The table with the first row of each group that can be read, and all rows without a copy. A group with different
    labels counts under the label of that row.
    """
    order = {image_id: row for row, image_id in enumerate(readable(table)["image_id"])}
    dropped: set[str] = set()
    for group in groups:
        known = sorted((image_id for image_id in group if image_id in order), key=order.__getitem__)
        dropped.update(known[1:])
    return table[~table["image_id"].isin(dropped)]


def _pairs(first: NDArray[np.intp], second: NDArray[np.intp]) -> set[tuple[int, int]]:
    low, high = np.minimum(first, second), np.maximum(first, second)
    return set(zip(low.tolist(), high.tolist(), strict=True))
