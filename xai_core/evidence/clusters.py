"""Clusters of pictures whose evidence lies in the same location.

The evidence of a picture is the positive part of its contrast, as shares of a grid of `GRID` x `GRID` cells, blurred by
one cell so that neighbouring cells count as near. The distance of two pictures is the Hellinger distance of their
shares: 0 for the same location, 1 for locations without a cell in common. Ward's method joins the pictures, and the
tree is cut into the number of clusters from 2 to `MOST` with the best mean silhouette. All pictures are one cluster if
no silhouette reaches `CLEAR`. A cut with a cluster of a single picture is not used.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

GRID = 8
MOST = 4
CLEAR = 0.25
"""Smallest mean silhouette of a structure worth reporting (Kaufman and Rousseeuw 1990)."""

FEWEST = 4
"""Smallest number of pictures that are divided."""

_BLUR_CELLS = 1.0


def grid_shares(contrast: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how the evidence of a picture is distributed over a grid.

    Parameters
    ----------
    contrast : (H, W) float32

    Returns
    -------
    (GRID, GRID) shares with the sum 1; all 0 if nothing is positive.
    """
    positive = np.maximum(contrast, 0).astype(np.float64)
    rows, columns = (np.arange(size) * GRID // size for size in positive.shape)
    cells = np.zeros((GRID, GRID))
    np.add.at(cells, (rows[:, None], columns[None]), positive)
    blurred = ndimage.gaussian_filter(cells, _BLUR_CELLS, mode="nearest")
    total = blurred.sum()
    return np.asarray(blurred / total if total else blurred)


def clusters(contrasts: Sequence[NDArray[np.float32]]) -> list[NDArray[np.intp]]:
    """Divide pictures by the location of their evidence.

    Parameters
    ----------
    contrasts : each (H, W) float32

    Returns
    -------
    Indices of the pictures of each cluster, in rising order. The largest cluster comes first, ties go by the first
    index.
    """
    count = len(contrasts)
    if count == 0:
        return []
    label = np.zeros(count, np.intp)
    if count >= FEWEST:
        # Euclidean distance of square roots over sqrt(2) is the Hellinger distance. It is Euclidean, as Ward's method
        # demands.
        features = np.stack([np.sqrt(grid_shares(contrast)).ravel() for contrast in contrasts]) / np.sqrt(2)
        label = _cut(features)
    found = [np.flatnonzero(label == name) for name in np.unique(label)]
    return sorted(found, key=lambda members: (-len(members), int(members[0])))


def _cut(features: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the cluster of each picture, (N,)."""
    # Together they take a second to import, for which the first page need not wait.
    from scipy.cluster.hierarchy import fcluster, linkage  # noqa: PLC0415
    from scipy.spatial.distance import pdist, squareform  # noqa: PLC0415
    from sklearn.metrics import silhouette_score  # noqa: PLC0415

    apart = squareform(pdist(features))
    tree = linkage(features, "ward")
    best, label = CLEAR, np.zeros(len(features), np.intp)
    for number in range(2, min(MOST, len(features) // 2) + 1):
        cut = fcluster(tree, number, "maxclust").astype(np.intp)
        sizes = np.unique(cut, return_counts=True)[1]
        # Equal pictures cannot be cut apart: fcluster then gives fewer clusters than asked for, down to one, for which
        # there is no silhouette.
        if len(sizes) < 2 or sizes.min() < 2:
            continue
        clear = float(silhouette_score(apart, cut, metric="precomputed"))
        # Strictly better: of equally clear cuts the one with fewer clusters stays.
        if clear > best:
            best, label = clear, cut
    return label
