"""Do the mistakes agree? Groups of pictures whose evidence lies in the same place.

The evidence of a picture is what is positive in its contrast, as shares of a grid of `GRID` x `GRID` cells, blurred by
one cell so that neighbours count as near. Two pictures are as far apart as the square roots of their shares (Hellinger
distance: 0 for the same place, 1 for places without a cell in common). They are joined by Ward's rule, and the tree is
cut into the number of clusters from 2 to `MOST` with the best mean silhouette, if that reaches `CLEAR` and no cluster
is a single picture; else all are one cluster.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform

GRID = 8
MOST = 4
CLEAR = 0.25
"""A mean silhouette below this is no structure worth telling (Kaufman and Rousseeuw 1990)."""

FEWEST = 4
"""Fewer pictures than this are not divided."""

_BLUR_CELLS = 1.0


def place_shares(contrast: NDArray[np.float32]) -> NDArray[np.float64]:
    """Where in a picture the evidence lies: (GRID, GRID) shares that make 1, all 0 where nothing is positive.

    Parameters
    ----------
    contrast : (H, W) float32
    """
    positive = np.maximum(contrast, 0).astype(np.float64)
    rows, columns = (np.arange(size) * GRID // size for size in positive.shape)
    cells = np.zeros((GRID, GRID))
    np.add.at(cells, (rows[:, None], columns[None]), positive)
    blurred = ndimage.gaussian_filter(cells, _BLUR_CELLS, mode="nearest")
    total = blurred.sum()
    return np.asarray(blurred / total if total else blurred)


def clusters(contrasts: Sequence[NDArray[np.float32]]) -> list[NDArray[np.intp]]:
    """Divide pictures by where their evidence lies.

    Parameters
    ----------
    contrasts : each (H, W) float32

    Returns
    -------
    Positions of the pictures of each cluster, rising; the largest cluster first, ties by the first position.
    """
    count = len(contrasts)
    if count == 0:
        return []
    label = np.zeros(count, np.intp)
    if count >= FEWEST:
        features = np.stack([np.sqrt(place_shares(each)).ravel() for each in contrasts]) / np.sqrt(2)
        label = _cut(features)
    found = [np.flatnonzero(label == each) for each in np.unique(label)]
    return sorted(found, key=lambda members: (-len(members), int(members[0])))


def _cut(features: NDArray[np.float64]) -> NDArray[np.intp]:
    """(N,) cluster of each picture."""
    apart = squareform(pdist(features))
    tree = linkage(features, "ward")
    best, label = CLEAR, np.zeros(len(features), np.intp)
    for number in range(2, min(MOST, len(features) // 2) + 1):
        cut = fcluster(tree, number, "maxclust").astype(np.intp)
        if np.unique(cut, return_counts=True)[1].min() < 2:
            continue
        clear = silhouette(apart, cut)
        if clear > best:
            best, label = clear, cut
    return label


def silhouette(apart: NDArray[np.float64], label: NDArray[np.intp]) -> float:
    """Mean silhouette: how much nearer pictures are to their own cluster than to the next one, -1 to 1.

    Parameters
    ----------
    apart : (N, N) float64
        Distances.
    label : (N,) intp
        Cluster of each; every cluster has two members at least.
    """
    names = np.unique(label)
    if len(names) < 2:
        return 0.0
    member = label[:, None] == names
    sums, sizes = apart @ member, member.sum(axis=0)
    own = (sums / np.maximum(sizes - 1, 1))[member]
    other = np.where(member, np.inf, sums / sizes).min(axis=1)
    larger = np.maximum(own, other)
    return float(np.divide(other - own, larger, out=np.zeros(len(label)), where=larger > 0).mean())
