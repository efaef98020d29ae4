"""Patches of a picture that follow its edges: what methods over superpixels show and hide."""

import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import slic

COMPACTNESS = 10.0
"""Weight of nearness against likeness of colour; scikit-image's default."""


def superpixels(view: NDArray[np.uint8], count: int) -> NDArray[np.int32]:
    """Cut a picture into about so many patches; always the same ones.

    R. Achanta et al., "SLIC Superpixels Compared to State-of-the-Art Superpixel Methods", TPAMI 2012. A picture of
    mere grain, of which SLIC makes next to no patches, is cut into squares.

    Parameters
    ----------
    view : (H, W, 3) uint8
        The picture as the model sees it.
    count
        Patches wanted; SLIC comes near it. A picture has no more than its pixels.

    Returns
    -------
    (H, W) int32, the patch of each pixel, numbered from 0 without gaps.
    """
    found = slic(view, n_segments=count, compactness=COMPACTNESS, start_label=0, channel_axis=-1)
    if 2 * len(np.unique(found)) < min(count, found.size):
        found = squares(found.shape, count)
    # Numbered anew: merging what is too small can leave gaps.
    patches: NDArray[np.int32] = np.unique(found, return_inverse=True)[1].reshape(found.shape).astype(np.int32)
    return patches


def squares(shape: tuple[int, ...], count: int) -> NDArray[np.int32]:
    """(H, W) int32: a grid of about so many cells of about equal size, row by row."""
    side = max(1, round(count**0.5))
    rows, columns = (np.arange(length) * min(side, length) // length for length in shape)
    cells: NDArray[np.int32] = (rows[:, None] * side + columns).astype(np.int32)
    return cells
