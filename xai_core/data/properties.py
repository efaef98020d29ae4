"""Properties of single photographs, such as brightness and sharpness, and hashes of their content and look."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xai_core.data.decoding import decode, upright_size
from xai_core.language import mark

VERSION = 1
"""Version of the measurement. It rises when equal pictures start to get other numbers."""

SIDE_PX = 256
"""Longer side of the reduced picture that is measured. All pictures are measured at this scale."""


@dataclass(frozen=True, slots=True)
class Property:
    """Number that is measured on every picture.

    Attributes
    ----------
    title
        Name for people.
    low, high
        Words for pictures with a small and with a large number.
    meaning
        How it is measured, as a sentence.
    digits
        Decimals that are shown.
    """

    title: str
    low: str
    high: str
    meaning: str
    digits: int = 2


PROPERTIES: Mapping[str, Property] = {
    "brightness": Property(
        mark("Brightness"), mark("dark"), mark("bright"), mark("Mean grey value, 0 (black) to 1 (white).")
    ),
    "contrast": Property(
        mark("Contrast"),
        mark("flat"),
        mark("rich in contrast"),
        mark("Standard deviation of the grey values, 0 to 0.5."),
    ),
    "sharpness": Property(
        mark("Sharpness"),
        mark("blurred"),
        mark("sharp"),
        mark(
            "Logarithm (base 10) of the variance of the Laplacian over that of the grey values, so that low contrast "
            "does not count as blur. Measured with the longer side scaled to 256 px."
        ),
    ),
    "colourfulness": Property(
        mark("Colourfulness"),
        mark("grey"),
        mark("colourful"),
        mark("Measure of Hasler and Süsstrunk (2003): 0 is grey, about 1 and more extremely colourful."),
    ),
    "dark_pixels": Property(
        mark("Clipped dark pixels"),
        mark("few black"),
        mark("many black"),
        mark("Share of the pixels whose grey value is at most 4 of 255."),
    ),
    "bright_pixels": Property(
        mark("Clipped bright pixels"),
        mark("few white"),
        mark("many white"),
        mark("Share of the pixels whose channels are all 251 or more."),
    ),
    "plain_frame": Property(
        mark("Plain frame"),
        mark("no frame"),
        mark("wide frame"),
        mark("Share of the area that rows and columns of one colour along the edges take, such as black bars."),
    ),
    "aspect": Property(mark("Aspect"), mark("upright"), mark("wide"), mark("Width over height.")),
    "size": Property(
        mark("Size"), mark("small"), mark("large"), mark("Square root of width times height, in pixels."), digits=0
    ),
    "bytes_per_pixel": Property(
        mark("Bytes per pixel"),
        mark("strongly compressed"),
        mark("little compressed"),
        mark("Size of the file over the number of pixels."),
    ),
}
"""Properties by their column in `properties.parquet`. Their words are texts for `tr`."""

_DARK, _BRIGHT = 4, 251
_PLAIN_STD, _PLAIN_STEP = 3.0, 6.0  # grey values; JPEG leaves faint waves beside an edge
_THINNEST_FRAME = 0.02
_HASH_PX = 32


@dataclass(frozen=True, slots=True)
class Measurement:
    """Numbers and hashes of one picture.

    Attributes
    ----------
    numbers
        Number by the name of its property. The sharpness of a picture of one grey value is NaN.
    content_hash
        Hash of the file; equal files have equal hashes.
    look_hash, mirror_hash
        Perceptual hash of the picture and of its mirror image, 64 bits. Few bits differ between similar pictures.
    """

    numbers: Mapping[str, float]
    content_hash: str
    look_hash: int
    mirror_hash: int


def measure(content: bytes, image_id: str) -> Measurement:
    """Measure a picture, which takes a few milliseconds.

    Parameters
    ----------
    content
        Content of the picture's file.
    image_id
        Name of the picture in messages.

    Raises
    ------
    PictureUnreadable
        If it cannot be decoded.
    """
    width, height = upright_size(content, image_id)
    pixels = _scaled(np.asarray(decode(content, image_id, enough_px=SIDE_PX)))
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    numbers = {
        "brightness": float(grey.mean()) / 255,
        "contrast": float(grey.std()) / 255,
        "sharpness": _sharpness(grey),
        "colourfulness": _colourfulness(pixels),
        "dark_pixels": float((grey <= _DARK).mean()),
        "bright_pixels": float((pixels.min(axis=2) >= _BRIGHT).mean()),
        "plain_frame": plain_frame(grey),
        "aspect": width / height,
        "size": float(np.sqrt(width * height)),
        "bytes_per_pixel": len(content) / (width * height),
    }
    return Measurement(numbers, content_hash(content), *_look_hashes(grey))


def content_hash(content: bytes) -> str:
    """Return 32 hexadecimal digits that are equal for equal files."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def plain_frame(grey: NDArray[np.uint8]) -> float:
    """Return the share of the area that rows and columns of one grey value along the edges take.

    Strips thinner than 2 % of the side do not count.

    Parameters
    ----------
    grey : (H, W) uint8
    """
    inner = grey
    # Rows below and above, then columns between these bars, because a black bar above would end their run.
    for turns in (0, 2, 1, 3):
        turned = np.rot90(inner, turns)
        inner = np.rot90(turned[_plain_lines(turned) :], -turns)
        if not inner.size:
            return 1.0
    return 1 - inner.size / grey.size


def _plain_lines(grey: NDArray[np.uint8]) -> int:
    """Return how many rows from the top on are plain and of the first row's grey value."""
    mean, std = grey.mean(axis=1), grey.std(axis=1)
    plain = (std <= _PLAIN_STD) & (np.abs(mean - mean[0]) <= _PLAIN_STEP)
    count = len(plain) if plain.all() else int(plain.argmin())
    return count if count >= _THINNEST_FRAME * len(grey) else 0


def _scaled(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    factor = SIDE_PX / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    scaled = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    return np.asarray(scaled, np.uint8)


def _sharpness(grey: NDArray[np.uint8]) -> float:
    variance = float(grey.var())
    if variance < 1e-9:
        return float("nan")
    # The smallest number bounds the logarithm for pictures that only have a slope.
    return float(np.log10(max(float(cv2.Laplacian(grey, cv2.CV_32F).var()) / variance, 1e-6)))


def _colourfulness(pixels: NDArray[np.uint8]) -> float:
    red, green, blue = (pixels[..., channel].astype(np.float32) for channel in range(3))
    red_green, yellow_blue = red - green, 0.5 * (red + green) - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean())) / 109


def _look_hashes(grey: NDArray[np.uint8]) -> tuple[int, int]:
    """Return the perceptual hashes (pHash) of a picture and of its mirror image."""
    small = cv2.resize(grey, (_HASH_PX, _HASH_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
    waves = np.asarray(cv2.dct(small)[:8, :8], np.float32)
    # The mirror image has the opposite sign at odd horizontal frequencies.
    mirrored = waves * np.where(np.arange(8) % 2, -1, 1).astype(np.float32)
    return _bits(waves), _bits(mirrored)


def _bits(waves: NDArray[np.float32]) -> int:
    flat = waves.ravel()
    return int.from_bytes(np.packbits(flat > np.median(flat[1:])).tobytes(), "big")
