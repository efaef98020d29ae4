"""Resizing of pictures with the rounding that torch has for 8-bit tensors.

torchvision's transforms of tensors and the image processors of transformers 5 resize so. Their pixels differ from
Pillow's by one or two levels in about one of a hundred places, because torch rounds the weights of the filter to 16
bits and Pillow to 22. The source is `compute_index_ranges_int16_weights` in ATen's UpSampleKernel.cpp.
"""

import numpy as np
from numpy.typing import NDArray

TORCH_FILTERS = ("nearest", "bilinear", "bicubic", "lanczos")
"""Filters that torch has for 8-bit tensors."""

_SUPPORTS = {"bilinear": 2, "bicubic": 4, "lanczos": 6}
"""Widths of the filters in pixels of the output."""


def resize_window(
    pixels: NDArray[np.uint8],
    size: tuple[int, int],
    window: tuple[int, int, int, int],
    interpolation: str,
) -> NDArray[np.uint8]:
    """Return a window of a picture that is resized.

    Only the window is computed, so that memory is bounded by its size and by that of the picture.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
        The picture.
    size
        Height and width of the whole picture after resizing.
    window
        Top, left, bottom and right of the wanted part, inside that size.
    interpolation
        "nearest", "bilinear", "bicubic" or "lanczos", antialiased.

    Returns
    -------
    (bottom - top, right - left, 3) uint8
    """
    top, left, bottom, right = window
    if interpolation == "nearest":
        rows = _nearest(pixels.shape[0], size[0])[top:bottom]
        columns = _nearest(pixels.shape[1], size[1])[left:right]
        return pixels[rows[:, None], columns]
    # Rows that no output row needs are not resized. torch resizes the width first, too.
    down, first, last = _weights(pixels.shape[0], size[0], top, bottom, interpolation)
    across, start, end = _weights(pixels.shape[1], size[1], left, right, interpolation)
    part = pixels[first:last, start:end]
    if size[1] != pixels.shape[1]:
        part = _apply(across, part.transpose(1, 0, 2)).transpose(1, 0, 2)
    return _apply(down, part) if size[0] != pixels.shape[0] else np.ascontiguousarray(part)


def _nearest(length: int, target: int) -> NDArray[np.int64]:
    """Return the source index of each pixel by torch's rule "nearest-exact"."""
    # torch computes in float32, which decides where a centre falls on the border of two pixels.
    centres = (np.arange(target, dtype=np.float32) + np.float32(0.5)) * (np.float32(length) / np.float32(target))
    indices: NDArray[np.int64] = np.floor(centres).astype(np.int64)
    return np.minimum(indices, length - 1)


def _apply(weights: tuple[NDArray[np.float32], int], part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the weighted sums along the first axis, rounded to 8 bits."""
    matrix, precision = weights
    # Whole numbers below 2**24 are exact in float32, so the fast matrix product gives torch's integer sums.
    sums = matrix @ part.reshape(len(part), -1).astype(np.float32)
    rounded = np.floor((sums + np.float32(2 ** (precision - 1))) / np.float32(2**precision))
    pixels: NDArray[np.uint8] = np.clip(rounded, 0, 255).astype(np.uint8)
    return pixels.reshape(len(matrix), *part.shape[1:])


def _weights(
    length: int, target: int, start: int, end: int, interpolation: str
) -> tuple[tuple[NDArray[np.float32], int], int, int]:
    """Return the weights of the target's pixels from start to end, their precision, and the source range they cover."""
    scale = length / target
    if length == target:
        return (np.zeros((0, 0), np.float32), 1), start, end
    support = _SUPPORTS[interpolation] * 0.5 * max(scale, 1.0)
    # The precision depends on the largest weight of the whole row, of which few positions suffice: weights repeat.
    sampled = np.unique(np.concatenate([np.arange(start, end), np.arange(min(target, 4096))]))
    rows = [_row(index, scale, support, length, interpolation) for index in sampled]
    largest = max(float(values.max()) for _, values in rows)
    precision = 0
    while precision < 22 and int(0.5 + largest * (1 << (precision + 1))) < 1 << 15:
        precision += 1
    chosen = [row for index, row in zip(sampled, rows, strict=True) if start <= index < end]
    first = min(begin for begin, _ in chosen)
    last = max(begin + len(values) for begin, values in chosen)
    matrix = np.zeros((end - start, last - first), np.float32)
    for number, (begin, values) in enumerate(chosen):
        scaled = values * (1 << precision)
        matrix[number, begin - first : begin - first + len(values)] = np.trunc(scaled + np.copysign(0.5, scaled))
    return (matrix, precision), first, last


def _row(index: int, scale: float, support: float, length: int, interpolation: str) -> tuple[int, NDArray[np.float64]]:
    """Return the first source pixel of an output pixel, and the weights from there."""
    centre = scale * (index + 0.5)
    begin = max(int(centre - support + 0.5), 0)
    count = min(int(centre + support + 0.5), length) - begin
    offsets = (np.arange(count) + begin - centre + 0.5) / max(scale, 1.0)
    values = _FILTERS[interpolation](np.abs(offsets))
    return begin, values / values.sum()


def _bilinear(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(1 - distance, 0)


def _bicubic(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    # Keys' cubic with a = -0.5, which torch takes with antialiasing as Pillow does.
    near = (1.5 * distance - 2.5) * distance**2 + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    return np.where(distance < 1, near, np.where(distance < 2, far, 0))


def _lanczos(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(distance < 3, np.sinc(distance) * np.sinc(distance / 3), 0)


_FILTERS = {"bilinear": _bilinear, "bicubic": _bicubic, "lanczos": _lanczos}
