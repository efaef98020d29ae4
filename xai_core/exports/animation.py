"""Animation of a map: it builds up region by region, and then its strongest parts are hidden in their order."""

import io
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

STEPS = 14
"""Frames of each of the two parts."""

FRAME_MS, HOLD_MS = 160, 1400

_LEAST_SIDE_PX = 360

Frame = tuple[NDArray[np.uint8], int]
"""Picture, (H, W, 3) uint8, and how long it stays, in milliseconds."""


def growing_parts(region_of: NDArray[np.int32], order: Sequence[int]) -> Iterator[NDArray[np.bool_]]:
    """Yield the pixels of the first regions of an order: of one, then of more and more, at last of all of them.

    Parameters
    ----------
    region_of : (H, W) int32
        Region of each pixel.
    order
        Regions, one or more.

    Yields
    ------
    (H, W) bool, at most `STEPS` times.
    """
    counts = np.unique(np.round(np.geomspace(1, len(order), STEPS)).astype(int))
    for count in counts:
        yield np.isin(region_of, np.asarray(order[:count]))


def frames(
    view: NDArray[np.uint8],
    hidden: NDArray[np.uint8],
    drawn: NDArray[np.uint8],
    region_of: NDArray[np.int32],
    values: NDArray[np.float32],
) -> list[Frame]:
    """Return the frames of an animation.

    Parameters
    ----------
    view, hidden : (H, W, 3) uint8
        The picture whole, and with all of it hidden.
    drawn : (H, W, 3) uint8
        The map over the picture.
    region_of : (H, W) int32
        Region of each pixel.
    values : (R,) float32
        Evidence of each region.

    Returns
    -------
    The picture; the map of more and more regions, those with the largest absolute values first; and the picture with
    more and more regions hidden, those with the most positive evidence first. The last frame of each of
    these three stays longer.
    """
    by_size = [int(region) for region in np.argsort(-np.abs(values), kind="stable")]
    by_evidence = [int(region) for region in np.argsort(-values, kind="stable") if values[region] > 0]
    parts = [[view]]
    parts.append([np.where(part[..., None], drawn, view) for part in growing_parts(region_of, by_size)])
    if by_evidence:
        parts.append([np.where(part[..., None], hidden, view) for part in growing_parts(region_of, by_evidence)])
    return [
        (picture, HOLD_MS if index == len(part) - 1 else FRAME_MS)
        for part in parts
        for index, picture in enumerate(part)
    ]


def webp(made: Sequence[Frame]) -> bytes:
    """Return frames of one size as an animated WebP file that repeats without end."""
    factor = max(1, -(-_LEAST_SIDE_PX // min(made[0][0].shape[:2])))
    images = [Image.fromarray(picture.repeat(factor, axis=0).repeat(factor, axis=1)) for picture, _ in made]
    durations = [duration for _, duration in made]
    out = io.BytesIO()
    images[0].save(
        out, "WEBP", save_all=True, append_images=images[1:], duration=durations, loop=0, quality=80, method=2
    )
    return out.getvalue()
