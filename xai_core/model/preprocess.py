"""Preprocessing of a photograph into the model's input, in two steps.

`view` resizes and crops it to the picture that the model sees, which the pages show. `normalise` scales its pixels to
the numbers that the network receives, to which masks are applied.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xai_core.model.spec import ModelSpec
from xai_core.model.torch_resize import TORCH_FILTERS, resize_window

MAX_ASPECT = 32
"""Ratio of long to short side above which only the middle of a picture is resized."""

_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "hamming": Image.Resampling.HAMMING,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
_SAMPLERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}

Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels."""


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
    size = _scaled_size(photo.size, spec)
    left, top = _corner(size, spec)
    inside = (max(left, 0), max(top, 0), min(left + width, size[0]), min(top + height, size[1]))
    pixels = np.asarray(_scaled_window(photo, size, inside, spec))
    if pixels.shape[:2] == spec.input_size:
        return pixels
    padded = np.empty((height, width, 3), np.uint8)
    padded[:] = np.array(spec.fill, np.uint8)
    row, column = inside[1] - top, inside[0] - left
    padded[row : row + pixels.shape[0], column : column + pixels.shape[1]] = pixels
    return padded


def scale_photo(photo: Image.Image, spec: ModelSpec) -> Image.Image:
    """Return the photograph at the model's scale, from which `view` crops the input.

    It is the whole photograph, or the middle of one whose sides have a ratio above `MAX_ASPECT`.

    Parameters
    ----------
    photo
        RGB, upright, of any size.
    spec
        Specification with the resize rule.
    """
    size = _scaled_size(photo.size, spec)
    width, height = size
    if _is_extreme(photo.size, spec):
        longest = MAX_ASPECT * min(size)
        width, height = (min(side, longest) for side in size)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return _scaled_window(photo, size, (left, top, left + width, top + height), spec)


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
    scaled_size = _scaled_size(photo_size, spec)
    corner = _corner(scaled_size, spec)
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
    if spec.channels == "bgr":
        values = values[..., ::-1]
    mean: NDArray[np.float32] = np.array(spec.mean, np.float32)
    std: NDArray[np.float32] = np.array(spec.std, np.float32)
    return np.ascontiguousarray((values - mean) / std)


def denormalise(inputs: NDArray[np.float32], spec: ModelSpec) -> NDArray[np.uint8]:
    """Return the (..., H, W, 3) uint8 pictures of normalised ones, the inverse of `normalise`."""
    black, white = spec.value_range
    values: NDArray[np.float32] = inputs * np.array(spec.std, np.float32) + np.array(spec.mean, np.float32)
    if spec.channels == "bgr":
        values = values[..., ::-1]
    grey = np.clip((values - black) * (255 / (white - black)), 0, 255)
    return np.asarray(np.rint(grey), np.uint8)


def _corner(size: tuple[int, int], spec: ModelSpec) -> tuple[int, int]:
    """Return left and top of the input in a photograph that is scaled to that width and height.

    They are negative where the input is larger and has to be padded.
    """
    height, width = spec.input_size
    gaps = size[0] - width, size[1] - height
    # Python's round sends halves to the even side, as torchvision's CenterCrop does. Any other rule would move the
    # crop of odd sizes by one pixel, and the logits would no longer be those of the model's own pipeline. Where both
    # libraries pad, the larger half of an odd gap is on the right.
    left, top = (
        -(-gap // 2) if gap < 0 else gap // 2 if spec.crop_rounding == "down" else round(gap / 2) for gap in gaps
    )
    return left, top


def _is_extreme(size: tuple[int, int], spec: ModelSpec) -> bool:
    """Return True for a picture whose long side would become far longer than the input.

    A file of 200 bytes can hold 40,000 x 1 pixels, which at a short side of 256 are 2.6 gigapixels. Pictures of usual
    shapes take the other way, because a resized part may differ from the same part of the whole by rounding.
    """
    return spec.short_side is not None and max(size) > MAX_ASPECT * min(size)


def _scaled_window(photo: Image.Image, size: tuple[int, int], box: Box, spec: ModelSpec) -> Image.Image:
    """Return a box of the photograph scaled to a width and height."""
    width, height = box[2] - box[0], box[3] - box[1]
    if spec.resampler == "torch" and spec.interpolation in TORCH_FILTERS:
        window = (box[1], box[0], box[3], box[2])
        return Image.fromarray(resize_window(np.asarray(photo), size[::-1], window, spec.interpolation))
    left, top, right, bottom = (edge * photo.size[axis % 2] / size[axis % 2] for axis, edge in enumerate(box))
    if not spec.antialias and spec.interpolation in _SAMPLERS:
        # Pillow's resize always antialiases; its geometric transform samples points.
        return photo.transform(
            (width, height), Image.Transform.EXTENT, (left, top, right, bottom), _SAMPLERS[spec.interpolation]
        )
    if _is_extreme(photo.size, spec):
        return photo.resize((width, height), _FILTERS[spec.interpolation], (left, top, right, bottom))
    return photo.resize(size, _FILTERS[spec.interpolation]).crop(box)


def _scaled_size(size: tuple[int, int], spec: ModelSpec) -> tuple[int, int]:
    """Return width and height at the model's scale of a photograph of that width and height."""
    if spec.short_side is not None:
        # The long side is truncated, not rounded, as torchvision's Resize does.
        if size[0] <= size[1]:
            return spec.short_side, int(spec.short_side * size[1] / size[0])
        return int(spec.short_side * size[0] / size[1]), spec.short_side
    if spec.long_side is not None:
        width, height = (max(1, round(side * spec.long_side / max(size))) for side in size)
        return width, height
    height, width = spec.stretch or spec.input_size
    return width, height
