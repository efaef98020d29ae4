"""Averages of pictures and maps, aligned by the frame or by the central object."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from xai_core.evidence.central_object import CentralObject

REACH = 2.0
"""Half-axes of the object from the middle to each side of a picture that is aligned by its object."""

SIDE = 96
"""Pixels of the side of a picture that is aligned by its object."""

SHARED = 0.5
"""Smallest share of the pictures that must reach a pixel; elsewhere the average is blank."""

LINE = (70, 70, 76)
"""RGB of the outline of a part of a picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Average:
    """Mean of some pictures and of their maps.

    Attributes
    ----------
    picture : (H, W, 3) uint8
    contrast : (H, W) float32
        In logits per pixel of this picture.
    count
        Number of pictures that were averaged.
    """

    picture: NDArray[np.uint8]
    contrast: NDArray[np.float32]
    count: int


def average_on_frame(views: Sequence[NDArray[np.uint8]], contrasts: Sequence[NDArray[np.float32]]) -> Average:
    """Average pictures and maps pixel by pixel.

    Parameters
    ----------
    views : each (H, W, 3) uint8
        At least one, all of one size.
    contrasts : each (H, W) float32
        In logits per pixel.
    """
    picture = np.mean(np.stack(views), axis=0)
    return Average(np.rint(picture).astype(np.uint8), _mean(contrasts), len(contrasts))


def average_on_object(
    views: Sequence[NDArray[np.uint8]],
    contrasts: Sequence[NDArray[np.float32]],
    objects: Sequence[CentralObject],
) -> Average:
    """Average pictures and maps after moving and scaling each so that their objects coincide.

    Parameters
    ----------
    views : each (H, W, 3) uint8
    contrasts : each (H, W) float32
        In logits per pixel.
    objects
        Objects of the same pictures, at least one.

    Returns
    -------
    Average of (SIDE, SIDE) pixels. The object is the circle in the middle with half of the width. A map keeps its sum,
    except for the part outside the frame. The mean is over the pictures that reach a pixel.
    """
    pictures = np.stack([aligned_by_object(view, at) for view, at in zip(views, objects, strict=True)])
    maps = np.stack([_aligned_map(contrast, at) for contrast, at in zip(contrasts, objects, strict=True)])
    reach = (~np.isnan(maps)).sum(axis=0)
    shared = reach >= SHARED * len(maps)
    mean = np.nansum(maps, axis=0) / np.maximum(reach, 1)
    picture = np.nansum(pictures, axis=0) / np.maximum(reach, 1)[..., None]
    return Average(
        picture=np.rint(np.where(shared[..., None], picture, 255)).astype(np.uint8),
        contrast=np.where(shared, mean, 0).astype(np.float32),
        count=len(maps),
    )


def aligned_by_object(array: NDArray[np.uint8] | NDArray[np.float32], at: CentralObject) -> NDArray[np.float64]:
    """Resample an array so that the object becomes the central circle.

    Parameters
    ----------
    array : (H, W) or (H, W, C)
    at
        The object.

    Returns
    -------
    (SIDE, SIDE) or (SIDE, SIDE, C), NaN beyond the picture.
    """
    # The coordinates of the object count from the edge of the picture, those of map_coordinates from the middle of the
    # first pixel. Hence the 0.5 here and in the test for what lies beyond.
    steps = (np.arange(SIDE) + 0.5) / SIDE * 2 * REACH - REACH
    rows = (at.y + steps * at.half_height) * array.shape[0] - 0.5
    columns = (at.x + steps * at.half_width) * array.shape[1] - 0.5
    grid = np.meshgrid(rows, columns, indexing="ij")
    channels = [array[..., channel] for channel in range(array.shape[2])] if array.ndim == 3 else [array]
    sampled = [
        ndimage.map_coordinates(channel.astype(np.float64), grid, order=1, mode="nearest") for channel in channels
    ]
    aligned: NDArray[np.float64] = np.stack(sampled, axis=-1)
    aligned[(rows < -0.5) | (rows > array.shape[0] - 0.5)] = np.nan
    aligned[:, (columns < -0.5) | (columns > array.shape[1] - 0.5)] = np.nan
    return aligned.reshape(SIDE, SIDE, *array.shape[2:])


def _aligned_map(contrast: NDArray[np.float32], at: CentralObject) -> NDArray[np.float64]:
    """Return a map on the object's frame in logits per pixel of that frame."""
    height, width = contrast.shape
    # Pixels of the map under one pixel of the frame: density times area keeps the sum.
    area: float = (2 * REACH * at.half_height * height / SIDE) * (2 * REACH * at.half_width * width / SIDE)
    return aligned_by_object(contrast, at) * area


def _mean(maps: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.asarray(np.stack(maps).mean(axis=0, dtype=np.float64), np.float32)


def outlined(picture: NDArray[np.uint8], within: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return a picture with a dark line round a part of it.

    Parameters
    ----------
    picture : (H, W, 3) uint8
    within : (H, W) bool
    """
    drawn = picture.copy()
    drawn[within & ~ndimage.binary_erosion(within, border_value=1)] = LINE
    return drawn


def object_circle() -> NDArray[np.bool_]:
    """Return the mask of the object, (SIDE, SIDE) bool, in pictures that are aligned by it."""
    steps = (np.arange(SIDE) + 0.5) / SIDE * 2 * REACH - REACH
    inside: NDArray[np.bool_] = steps[:, None] ** 2 + steps[None] ** 2 <= 1
    return inside
