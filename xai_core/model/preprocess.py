"""From a photograph to the model's input, in two steps: what the model sees, and the numbers it is given."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xai_core.model.spec import ModelSpec

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def view(photo: Image.Image, spec: ModelSpec) -> NDArray[np.uint8]:
    """Return the picture as the model sees it: resized and cropped, not normalised.

    Parameters
    ----------
    photo
        RGB, upright, of any size.
    spec
        Gives the input size (H, W) and the way to it.

    Returns
    -------
    (H, W, 3) uint8
    """
    height, width = spec.input_size
    resized = covering(photo, spec)
    # Python's round sends halves to the even side, as torchvision's centre crop does.
    left, top = round((resized.width - width) / 2), round((resized.height - height) / 2)
    return np.asarray(resized.crop((left, top, left + width, top + height)))


def covering(photo: Image.Image, spec: ModelSpec) -> Image.Image:
    """Return the whole photograph at the model's scale: what `view` cuts the input from.

    Parameters
    ----------
    photo
        RGB, upright, of any size.
    spec
        Gives the length of the short side, or the size to stretch to.
    """
    height, width = spec.input_size
    size = (width, height) if spec.short_side is None else _covering_size(photo.size, spec.short_side)
    return photo.resize(size, _FILTERS[spec.interpolation])


def source_box(
    photo_size: tuple[int, int], box: tuple[int, int, int, int], spec: ModelSpec
) -> tuple[float, float, float, float]:
    """Return where in a photograph a part of its `view` comes from.

    Parameters
    ----------
    photo_size
        Width and height of the photograph.
    box
        Left, top, right and bottom in pixels of the model's input.
    spec
        Gives the input size and the way to it.

    Returns
    -------
    Left, top, right and bottom in pixels of the photograph.
    """
    height, width = spec.input_size
    covering_size = (width, height) if spec.short_side is None else _covering_size(photo_size, spec.short_side)
    corner = round((covering_size[0] - width) / 2), round((covering_size[1] - height) / 2)
    left, top, right, bottom = (
        (edge + corner[axis % 2]) * photo_size[axis % 2] / covering_size[axis % 2] for axis, edge in enumerate(box)
    )
    return left, top, right, bottom


def normalised(view: NDArray[np.uint8], spec: ModelSpec) -> NDArray[np.float32]:
    """Return the numbers that the network is given.

    Parameters
    ----------
    view : (..., H, W, 3) uint8
        One picture or several, as `view` gives them.
    spec
        Gives value range, mean and std.

    Returns
    -------
    (..., H, W, 3) float32
    """
    black, white = spec.value_range
    values: NDArray[np.float32] = view.astype(np.float32) / np.float32(255 / (white - black)) + np.float32(black)
    mean: NDArray[np.float32] = np.array(spec.mean, np.float32)
    std: NDArray[np.float32] = np.array(spec.std, np.float32)
    return (values - mean) / std


def _covering_size(size: tuple[int, int], short_side: int) -> tuple[int, int]:
    """Width and height with the short side as given and the long one cut to whole pixels, as torchvision does."""
    width, height = size
    if width <= height:
        return short_side, int(short_side * height / width)
    return int(short_side * width / height), short_side
