"""Many maps as one: laid over one another by the picture's frame, or by the object in its middle."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from xai_core.evidence.objects import CentralObject

REACH = 2.0
"""Half-axes of the object that a picture laid by its object shows, from the middle to each side."""

SIDE = 96
"""Pixels of the side of what is laid by the object."""

SHARED = 0.5
"""Where fewer than this part of the pictures reach, an average shows nothing."""

LINE = (70, 70, 76)
"""RGB of a line round a part of a picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Average:
    """The mean of some pictures and of their maps.

    Attributes
    ----------
    picture : (H, W, 3) uint8
    contrast : (H, W) float32
        In logits per pixel of this picture.
    count
        Pictures that it is the mean of.
    """

    picture: NDArray[np.uint8]
    contrast: NDArray[np.float32]
    count: int


def on_the_frame(views: Sequence[NDArray[np.uint8]], contrasts: Sequence[NDArray[np.float32]]) -> Average:
    """Average pictures, (H, W, 3) uint8, and maps, (H, W) float32, pixel by pixel; at least one, all of one size."""
    picture = np.mean(np.stack(views), axis=0)
    return Average(np.rint(picture).astype(np.uint8), _mean(contrasts), len(contrasts))


def on_the_object(
    views: Sequence[NDArray[np.uint8]],
    contrasts: Sequence[NDArray[np.float32]],
    objects: Sequence[CentralObject],
) -> Average:
    """Average pictures and maps after each has been moved and scaled so that their objects coincide.

    Parameters
    ----------
    views : each (H, W, 3) uint8
    contrasts : each (H, W) float32
        In logits per pixel.
    objects
        Of the same pictures, at least one.

    Returns
    -------
    (SIDE, SIDE): the object is the circle with half of the width, in the middle. A map keeps its sum, but for what
    falls off: what a pixel covers is counted. The mean is over the pictures that reach a pixel.
    """
    pictures = np.stack([moved(view, at) for view, at in zip(views, objects, strict=True)])
    maps = np.stack([_kept_sum(each, at) for each, at in zip(contrasts, objects, strict=True)])
    reach = (~np.isnan(maps)).sum(axis=0)
    shared = reach >= SHARED * len(maps)
    mean = np.nansum(maps, axis=0) / np.maximum(reach, 1)
    picture = np.nansum(pictures, axis=0) / np.maximum(reach, 1)[..., None]
    return Average(
        picture=np.rint(np.where(shared[..., None], picture, 255)).astype(np.uint8),
        contrast=np.where(shared, mean, 0).astype(np.float32),
        count=len(maps),
    )


def moved(array: NDArray[np.uint8] | NDArray[np.float32], at: CentralObject) -> NDArray[np.float64]:
    """Lay an array, (H, W) or (H, W, C), by the object: (SIDE, SIDE) or (SIDE, SIDE, C), NaN beyond the picture."""
    steps = (np.arange(SIDE) + 0.5) / SIDE * 2 * REACH - REACH
    rows = (at.y + steps * at.half_height) * array.shape[0] - 0.5
    columns = (at.x + steps * at.half_width) * array.shape[1] - 0.5
    grid = np.meshgrid(rows, columns, indexing="ij")
    channels = [array[..., each] for each in range(array.shape[2])] if array.ndim == 3 else [array]
    taken = [ndimage.map_coordinates(each.astype(np.float64), grid, order=1, mode="nearest") for each in channels]
    laid: NDArray[np.float64] = np.stack(taken, axis=-1)
    beyond = (rows < -0.5) | (rows > array.shape[0] - 0.5), (columns < -0.5) | (columns > array.shape[1] - 0.5)
    laid[beyond[0]] = np.nan
    laid[:, beyond[1]] = np.nan
    return laid.reshape(SIDE, SIDE, *array.shape[2:])


def _kept_sum(contrast: NDArray[np.float32], at: CentralObject) -> NDArray[np.float64]:
    height, width = contrast.shape
    covered: float = (2 * REACH * at.half_height * height / SIDE) * (2 * REACH * at.half_width * width / SIDE)
    return moved(contrast, at) * covered


def _mean(maps: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.asarray(np.stack(maps).mean(axis=0, dtype=np.float64), np.float32)


def lined(picture: NDArray[np.uint8], within: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Draw a dark line round a part, (H, W) bool, of a picture, (H, W, 3) uint8."""
    drawn = picture.copy()
    drawn[within & ~ndimage.binary_erosion(within, border_value=1)] = LINE
    return drawn


def object_circle() -> NDArray[np.bool_]:
    """(SIDE, SIDE) bool: the object, where pictures are laid by it."""
    steps = (np.arange(SIDE) + 0.5) / SIDE * 2 * REACH - REACH
    inside: NDArray[np.bool_] = steps[:, None] ** 2 + steps[None] ** 2 <= 1
    return inside
