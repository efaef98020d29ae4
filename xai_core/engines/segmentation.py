"""A picture as a tree of regions that follow its edges: from the whole picture down to patches of a few pixels.

The smallest patches are SLIC superpixels (R. Achanta et al., "SLIC Superpixels Compared to State-of-the-Art Superpixel
Methods", TPAMI 2012). Neighbours are merged, those first whose union adds least to the scatter of colour and place
within regions (J. H. Ward, "Hierarchical Grouping to Optimize an Objective Function", JASA 1963), so that the regions
of every grain are compact, of like size and bounded by edges; and a finer grain only divides a coarser one.
"""

from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2lab
from skimage.segmentation import slic

PATCHES = 2000
"""Smallest regions wanted: of a picture of 224 to 240 pixels a side they are five pixels wide."""

COMPACTNESS = 10.0
"""Weight of nearness against likeness of colour; scikit-image's default."""

ROUNDS = 4
"""Of SLIC: more of them move patches this small no further, and ten take twice as long."""

COARSE = 100
"""Number of regions at which being a region's width apart counts as much as `COMPACTNESS` steps of colour."""


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """A binary tree over the patches of a picture. Node 0 is the picture; a node comes before its two halves.

    Attributes
    ----------
    patch_of : (H, W) int32
        The patch of each pixel. Patches are numbered such that those of a node follow one another.
    first, end : (nodes,) int
        Patches of a node, half-open.
    halves : (nodes, 2) int
        Nodes that a node is made of; -1 for a patch.
    pixels : (nodes,) int
        Of a node.
    scatter : (nodes,) float
        What the union of its halves added to the scatter within regions; 0 for a patch.
    """

    patch_of: NDArray[np.int32]
    first: NDArray[np.intp]
    end: NDArray[np.intp]
    halves: NDArray[np.intp]
    pixels: NDArray[np.intp]
    scatter: NDArray[np.float64]

    def cut(self, count: int) -> list[int]:
        """Nodes that together are the picture, found by halving where the scatter is largest: `count`, if there are."""
        queue = [(-self.scatter[0], 0)]
        heapify(queue)
        patches: list[int] = []
        while queue and len(queue) + len(patches) < count:
            node = heappop(queue)[1]
            if self.is_patch(node):
                patches.append(node)
                continue
            for half in self.halves[node].tolist():
                heappush(queue, (-self.scatter[half], half))
        return sorted([*patches, *(node for _, node in queue)])

    def is_patch(self, node: int) -> bool:
        """Whether a node has no halves."""
        return bool(self.halves[node, 0] < 0)

    def painted(self, nodes: list[int]) -> NDArray[np.int32]:
        """(H, W) int32: which of some nodes, by place, each pixel lies in; they are the whole picture."""
        place = np.empty(self.end[0], np.int32)
        for number, node in enumerate(nodes):
            place[self.first[node] : self.end[node]] = number
        return place[self.patch_of]


def segmented(view: NDArray[np.uint8], patches: int = PATCHES) -> Segmentation:
    """Cut a picture into patches and merge them; always the same way.

    Parameters
    ----------
    view : (H, W, 3) uint8
        The picture as the model sees it.
    patches
        Wanted; SLIC comes near it. A picture with no more pixels has one a pixel.
    """
    found = _patched(view, patches)
    counts = np.bincount(found.ravel())
    features = _features(view, found, counts)
    return _tree(found, counts, *_merged(features, counts, _neighbours(found)))


def squares(shape: tuple[int, ...], count: int) -> NDArray[np.int32]:
    """(H, W) int32: a grid of about so many cells of about equal size, row by row."""
    side = max(1, round(count**0.5))
    rows, columns = (np.arange(length) * min(side, length) // length for length in shape)
    return _numbered(rows[:, None] * side + columns)


def superpixels(view: NDArray[np.uint8], count: int, rounds: int = 10) -> NDArray[np.int32]:
    """Cut a picture into about so many patches by SLIC; a picture of mere grain, of which SLIC makes few, into squares.

    Parameters
    ----------
    view : (H, W, 3) uint8
        The picture as the model sees it.
    count
        Patches wanted; SLIC comes near it. A picture has no more than its pixels.
    rounds
        How often patches are moved to where their pixels are.

    Returns
    -------
    (H, W) int32, the patch of each pixel, numbered from 0 without gaps.
    """
    found = slic(
        view,
        n_segments=count,
        compactness=COMPACTNESS,
        max_num_iter=rounds,
        start_label=0,
        channel_axis=-1,
    )
    if 2 * len(np.unique(found)) < min(count, found.size):
        return squares(found.shape, count)
    return _numbered(found)


def _patched(view: NDArray[np.uint8], patches: int) -> NDArray[np.int32]:
    shape = view.shape[:2]
    if shape[0] * shape[1] <= patches:
        return np.arange(shape[0] * shape[1], dtype=np.int32).reshape(shape)
    return superpixels(view, patches, ROUNDS)


def _numbered(found: NDArray[np.integer]) -> NDArray[np.int32]:
    """Number regions anew, from 0 without gaps."""
    numbers: NDArray[np.int32] = np.unique(found, return_inverse=True)[1].reshape(found.shape).astype(np.int32)
    return numbers


def _features(view: NDArray[np.uint8], patch_of: NDArray[np.int32], pixels: NDArray[np.intp]) -> NDArray[np.float64]:
    """(patches, 5): mean colour in CIELAB and place of each patch, on one scale."""
    height, width = patch_of.shape
    step = COMPACTNESS / (height * width / COARSE) ** 0.5
    rows, columns = np.mgrid[:height, :width] * step
    planes = (*np.moveaxis(view / 255, -1, 0), rows, columns)
    means = np.stack([np.bincount(patch_of.ravel(), plane.ravel()) for plane in planes], axis=1) / pixels[:, None]
    return np.concatenate([rgb2lab(means[None, :, :3])[0], means[:, 3:]], axis=1)


def _neighbours(patch_of: NDArray[np.int32]) -> NDArray[np.intp]:
    """(pairs, 2): patches that share an edge, the lower number first, each pair once."""
    across = np.stack([patch_of[:, :-1].ravel(), patch_of[:, 1:].ravel()], axis=1)
    down = np.stack([patch_of[:-1].ravel(), patch_of[1:].ravel()], axis=1)
    return _distinct(np.concatenate([across, down]).astype(np.intp))


def _distinct(pairs: NDArray[np.intp]) -> NDArray[np.intp]:
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    base = int(pairs.max(initial=0)) + 1
    return np.stack(np.divmod(np.unique(pairs[:, 0] * base + pairs[:, 1]), base), axis=1)


def _merged(
    features: NDArray[np.float64], pixels: NDArray[np.intp], pairs: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Merge patches until one region is left.

    In each round every two regions merge that are each other's nearest neighbours: Ward's distance to a union is never
    smaller than to both of its parts, so that this gives the tree of merging the nearest pair of all again and again.

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
    """Places of the pairs that are the nearest for both; of equally near ones the first is the nearest."""
    order = np.argsort(costs, kind="stable")[::-1]
    nearest = np.full(regions, -1)
    # Of several writes to a place the last one stays: the nearest, and of equally near ones the first.
    nearest[pairs[order].ravel()] = np.repeat(order, 2)
    numbers = np.arange(len(pairs))
    return np.flatnonzero((nearest[pairs[:, 0]] == numbers) & (nearest[pairs[:, 1]] == numbers))


def _tree(
    found: NDArray[np.int32], counts: NDArray[np.intp], unions: NDArray[np.intp], scatters: NDArray[np.float64]
) -> Segmentation:
    """Number nodes from the whole picture down, and patches such that those of a node follow one another."""
    patches, nodes = len(counts), 2 * len(counts) - 1
    turned = nodes - 1 - np.arange(nodes)
    halves = np.full((nodes, 2), -1, np.intp)
    halves[: patches - 1] = (nodes - 1 - unions)[::-1]
    scatter = np.zeros(nodes)
    scatter[: patches - 1] = scatters[::-1]
    sizes, pixels = np.ones(nodes, np.intp), np.zeros(nodes, np.intp)
    pixels[turned[:patches]] = counts
    for node in range(patches - 2, -1, -1):
        sizes[node], pixels[node] = sizes[halves[node]].sum(), pixels[halves[node]].sum()
    first = np.zeros(nodes, np.intp)
    for node in range(patches - 1):
        low, high = halves[node]
        first[low], first[high] = first[node], first[node] + sizes[low]
    return Segmentation(first[turned[:patches]].astype(np.int32)[found], first, first + sizes, halves, pixels, scatter)
