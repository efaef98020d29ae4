"""Tree of regions that follow a picture's edges.

It goes from the whole picture down to patches of about 300 pixels. The patches are those of P. F. Felzenszwalb and
D. P. Huttenlocher ("Efficient Graph-Based Image Segmentation", IJCV 2004). They follow from the content alone and move
with it, whereas superpixels that grow from a grid of seeds stay with the frame when the picture is shifted. Neighbours
are merged, first those whose union adds least to the scatter of colour and location within regions (J. H. Ward,
"Hierarchical Grouping to Optimize an Objective Function", JASA 1963). Regions are therefore compact, of similar size
and bounded by edges at every level, and a finer level only divides the regions of a coarser one.
"""

from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2lab
from skimage.segmentation import felzenszwalb, slic

SIDE, SCALE, SIGMA, LEAST = 224, 30.0, 0.8, 60
"""Parameters of the patches in a picture of 224 pixels a side: observation scale, blur and least number of pixels.

Scale and least size are divided by as much as the area for smaller pictures, so that the number of patches, 100 to 200
in a photograph, depends little on the resolution."""

FEW = 32
"""Number of patches below which a picture is too even for regions along its edges; it is then cut by squares too."""

SMALL = 200
"""Number of pixels up to which a picture has one patch for each pixel."""

COMPACTNESS = 10.0
"""Weight of distance against difference of colour, scikit-image's default."""

COARSE = 100
"""Number of regions at which the width of a region counts as much as `COMPACTNESS` units of colour."""


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """Binary tree over the patches of a picture.

    Node 0 is the picture, and a node comes before its two halves.

    Attributes
    ----------
    patch_of : (H, W) int32
        Patch of each pixel. Patches are numbered so that those of a node are consecutive.
    first, end : (nodes,) int
        Half-open range of the patches of a node.
    halves : (nodes, 2) int
        The two nodes that make up a node; -1 for a patch.
    pixels : (nodes,) int
        Number of pixels of a node.
    scatter : (nodes,) float
        Increase of the scatter within regions by the union of the node's halves; 0 for a patch.
    """

    patch_of: NDArray[np.int32]
    first: NDArray[np.intp]
    end: NDArray[np.intp]
    halves: NDArray[np.intp]
    pixels: NDArray[np.intp]
    scatter: NDArray[np.float64]

    def cut(self, count: int) -> list[int]:
        """Return up to `count` nodes that cover the picture, the nodes of the largest scatter divided."""
        # Single entries of lists are read far faster than those of arrays.
        scatter, halves = self.scatter.tolist(), self.halves.tolist()
        queue = [(-scatter[0], 0)]
        patches: list[int] = []
        while queue and len(queue) + len(patches) < count:
            node = heappop(queue)[1]
            if halves[node][0] < 0:
                patches.append(node)
                continue
            for half in halves[node]:
                heappush(queue, (-scatter[half], half))
        return sorted([*patches, *(node for _, node in queue)])

    def region_map(self, nodes: list[int]) -> NDArray[np.int32]:
        """Return the index of the node of each pixel, (H, W) int32, for nodes that cover the picture."""
        index_of_patch = np.empty(self.end[0], np.int32)
        for index, node in enumerate(nodes):
            index_of_patch[self.first[node] : self.end[node]] = index
        return index_of_patch[self.patch_of]


def segmented(view: NDArray[np.uint8]) -> Segmentation:
    """Cut a picture into patches and merge them to a tree, without randomness.

    A picture with no more than `SMALL` pixels has one patch for each pixel.

    Parameters
    ----------
    view : (H, W, 3) uint8
        Picture as the model sees it.
    """
    found = _patched(view)
    counts = np.bincount(found.ravel())
    features = patch_features(view, found)
    return _tree(found, counts, *_merged(_scaled(features, found.shape), counts, _neighbours(found)))


def squares(shape: tuple[int, ...], count: int) -> NDArray[np.int32]:
    """Return a grid of about `count` cells of about equal size, (H, W) int32, numbered row by row."""
    side = max(1, round(count**0.5))
    rows, columns = (np.arange(length) * min(side, length) // length for length in shape)
    return _numbered(rows[:, None] * side + columns)


def superpixels(view: NDArray[np.uint8], count: int) -> NDArray[np.int32]:
    """Cut a picture into about `count` patches by SLIC.

    A picture of pure noise, which SLIC cuts into few patches, is cut into squares. R. Achanta et al., "SLIC Superpixels
    Compared to State-of-the-Art Superpixel Methods", TPAMI 2012.

    Parameters
    ----------
    view : (H, W, 3) uint8
        Picture as the model sees it.
    count
        Approximate number of patches, at most that of the pixels.

    Returns
    -------
    (H, W) int32, the patch of each pixel, numbered from 0 without gaps.
    """
    found = slic(
        view,
        n_segments=count,
        compactness=COMPACTNESS,
        start_label=0,
        channel_axis=-1,
    )
    # SLIC joins patches that are too small to their neighbours, and in noise nearly all patches are.
    if 2 * len(np.unique(found)) < min(count, found.size):
        return squares(found.shape, count)
    return _numbered(found)


def _patched(view: NDArray[np.uint8]) -> NDArray[np.int32]:
    height, width = view.shape[:2]
    if height * width <= SMALL:
        return np.arange(height * width, dtype=np.int32).reshape(height, width)
    share = height * width / SIDE**2
    found = felzenszwalb(view, scale=SCALE * share, sigma=SIGMA, min_size=max(1, round(LEAST * share)), channel_axis=-1)
    if found.max() + 1 < FEW:
        found = found * view.size + squares((height, width), 2 * FEW)
    return _numbered(found)


def _numbered(found: NDArray[np.integer]) -> NDArray[np.int32]:
    """Renumber regions from 0 without gaps."""
    numbers: NDArray[np.int32] = np.unique(found, return_inverse=True)[1].reshape(found.shape).astype(np.int32)
    return numbers


def patch_features(view: NDArray[np.uint8], region_of: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the (R, 5) mean colour in CIELAB and mean row and column, in pixels, of the regions of a picture."""
    rows, columns = np.mgrid[: view.shape[0], : view.shape[1]]
    planes = (*np.moveaxis(view / 255, -1, 0), rows, columns)
    flat = region_of.ravel()
    means = np.stack([np.bincount(flat, plane.ravel()) for plane in planes], axis=1) / np.bincount(flat)[:, None]
    return np.concatenate([rgb2lab(means[None, :, :3])[0], means[:, 3:]], axis=1)


def _scaled(features: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Put colour and location on one scale for Ward's criterion."""
    # As in SLIC: with cells of S pixels a side, a distance of S counts as much as `COMPACTNESS` units of CIELAB.
    step = COMPACTNESS / (shape[0] * shape[1] / COARSE) ** 0.5
    return features * (1, 1, 1, step, step)


def _neighbours(patch_of: NDArray[np.int32]) -> NDArray[np.intp]:
    """(pairs, 2) patches that share an edge, the lower number first, each pair once."""
    across = np.stack([patch_of[:, :-1].ravel(), patch_of[:, 1:].ravel()], axis=1)
    down = np.stack([patch_of[:-1].ravel(), patch_of[1:].ravel()], axis=1)
    return _distinct(np.concatenate([across, down]).astype(np.intp))


def _distinct(pairs: NDArray[np.intp]) -> NDArray[np.intp]:
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    # One number for each pair: np.unique on rows is many times slower.
    base = int(pairs.max(initial=0)) + 1
    return np.stack(np.divmod(np.unique(pairs[:, 0] * base + pairs[:, 1]), base), axis=1)


def _merged(
    features: NDArray[np.float64], pixels: NDArray[np.intp], pairs: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Merge patches until one region is left.

    In each round all pairs of regions merge that are each other's nearest neighbours. Ward's distance to a union is
    never smaller than the smaller distance to its parts (reducibility), so this gives the same tree as merging the
    nearest pair of all regions again and again.

    Returns
    -------
    (patches - 1, 2) regions that were merged, in order, and the scatter that each union added. The n-th union is
    region `patches + n`.
    """
    patches = len(pixels)
    unions, scatters = np.empty((patches - 1, 2), np.intp), np.empty(patches - 1)
    means, weights = np.empty((2 * patches - 1, features.shape[1])), np.empty(2 * patches - 1)
    means[:patches], weights[:patches] = features, pixels
    now, count = np.arange(2 * patches - 1), 0
    while count < patches - 1:
        left, right = pairs.T
        apart = ((means[left] - means[right]) ** 2).sum(axis=1)
        # Ward: a union of n and m pixels adds |mean - mean|^2 * n m / (n + m) to the scatter within regions.
        costs = apart * weights[left] * weights[right] / (weights[left] + weights[right])
        chosen = _mutual(pairs, costs, patches + count)
        united = pairs[chosen]
        new = np.arange(patches + count, patches + count + len(united))
        unions[count : count + len(united)], scatters[count : count + len(united)] = united, costs[chosen]
        weights[new] = weights[united].sum(axis=1)
        means[new] = (means[united] * weights[united][..., None]).sum(axis=1) / weights[new][:, None]
        now[united] = new[:, None]
        pairs, count = _distinct(now[pairs]), count + len(united)
    return unions, scatters


def _mutual(pairs: NDArray[np.intp], costs: NDArray[np.float64], regions: int) -> NDArray[np.intp]:
    """Find the indices of the pairs that are mutual nearest neighbours.

    Of equally near pairs the first counts as the nearest.
    """
    order = np.argsort(costs, kind="stable")[::-1]
    nearest = np.full(regions, -1)
    # Of several writes to one index the last one stays. In reversed order that is the nearest pair, and the first of
    # equally near ones.
    nearest[pairs[order].ravel()] = np.repeat(order, 2)
    numbers = np.arange(len(pairs))
    return np.flatnonzero((nearest[pairs[:, 0]] == numbers) & (nearest[pairs[:, 1]] == numbers))


def _tree(
    found: NDArray[np.int32], counts: NDArray[np.intp], unions: NDArray[np.intp], scatters: NDArray[np.float64]
) -> Segmentation:
    """Build the tree, with consecutive numbers for the patches of each node."""
    patches, nodes = len(counts), 2 * len(counts) - 1
    turned = nodes - 1 - np.arange(nodes)
    halves = np.full((nodes, 2), -1, np.intp)
    halves[: patches - 1] = (nodes - 1 - unions)[::-1]
    scatter = np.zeros(nodes)
    scatter[: patches - 1] = scatters[::-1]
    # Numbers of patches and of pixels of each node.
    sizes = np.ones((nodes, 2), np.intp)
    sizes[turned[:patches], 1] = counts
    for node in range(patches - 2, -1, -1):
        low, high = halves[node]
        sizes[node] = sizes[low] + sizes[high]
    first = np.zeros(nodes, np.intp)
    for node in range(patches - 1):
        low, high = halves[node]
        first[low], first[high] = first[node], first[node] + sizes[low, 0]
    patch_of = first[turned[:patches]].astype(np.int32)[found]
    return Segmentation(patch_of, first, first + sizes[:, 0], halves, sizes[:, 1], scatter)
