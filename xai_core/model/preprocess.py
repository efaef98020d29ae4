"""Preprocessing of a photograph into the model's input, in two steps.

`view` resizes and crops it to the picture that the model sees, which the pages show. `normalise` scales its pixels to
the numbers that the network receives, to which masks are applied.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xai_core.model.spec import ModelSpec

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def view(photo: Image.Image, spec: ModelSpec) -> NDArray[np.uint8]:
    """Return the picture as the model sees it, resized and cropped but not normalised.

    Parameters
    ----------
    photo
        RGB, upright, of any size.
    spec
        Specification with the input size (H, W), the resize rule and the interpolation.

    Returns
    -------
    (H, W, 3) uint8
    """
    height, width = spec.input_size
    scaled = scale_photo(photo, spec)
    # Python's round sends halves to the even side, as torchvision's CenterCrop does. Any other rule would move the
    # crop of odd sizes by one pixel, and the logits would no longer be those of the model's own pipeline.
    left, top = round((scaled.width - width) / 2), round((scaled.height - height) / 2)
    return np.asarray(scaled.crop((left, top, left + width, top + height)))


def scale_photo(photo: Image.Image, spec: ModelSpec) -> Image.Image:
    """Return the whole photograph at the model's scale, from which `view` crops the input.

    Parameters
    ----------
    photo
        RGB, upright, of any size.
    spec
        Specification with the length of the short side, or the size to stretch to.
    """
    return photo.resize(_scaled_size(photo.size, spec), _FILTERS[spec.interpolation])


def source_box(
    photo_size: tuple[int, int], box: tuple[int, int, int, int], spec: ModelSpec
) -> tuple[float, float, float, float]:
    """Return the part of a photograph that a box in its `view` comes from.

    Parameters
    ----------
    photo_size
        Width and height of the photograph.
    box
        Left, top, right and bottom in pixels of the model's input.
    spec
        Specification with the input size and the resize rule.

    Returns
    -------
    Left, top, right and bottom in pixels of the photograph.
    """
    height, width = spec.input_size
    scaled_size = _scaled_size(photo_size, spec)
    corner = round((scaled_size[0] - width) / 2), round((scaled_size[1] - height) / 2)
    # The inverse of `view`: the offset of the crop is added, then the scale is undone.
    left, top, right, bottom = (
        (edge + corner[axis % 2]) * photo_size[axis % 2] / scaled_size[axis % 2] for axis, edge in enumerate(box)
    )
    return left, top, right, bottom


def normalise(view: NDArray[np.uint8], spec: ModelSpec) -> NDArray[np.float32]:
    """Return the numbers that the network receives for the pixels of a view.

    Parameters
    ----------
    view : (..., H, W, 3) uint8
        One picture or several, as `view` returns them.
    spec
        Specification with value range, mean and standard deviation.

    Returns
    -------
    (..., H, W, 3) float32
    """
    black, white = spec.value_range
    # Divided by 255 in float32, in the order of torchvision's to_tensor and Normalize: the result has the same bits.
    values: NDArray[np.float32] = view.astype(np.float32) / np.float32(255 / (white - black)) + np.float32(black)
    mean: NDArray[np.float32] = np.array(spec.mean, np.float32)
    std: NDArray[np.float32] = np.array(spec.std, np.float32)
    return (values - mean) / std


def _scaled_size(size: tuple[int, int], spec: ModelSpec) -> tuple[int, int]:
    """Return width and height at the model's scale of a photograph of that width and height."""
    height, width = spec.input_size
    if spec.short_side is None:
        return width, height
    # The long side is truncated, not rounded, as torchvision's Resize does.
    if size[0] <= size[1]:
        return spec.short_side, int(spec.short_side * size[1] / size[0])
    return int(spec.short_side * size[0] / size[1]), spec.short_side
