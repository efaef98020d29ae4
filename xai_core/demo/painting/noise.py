"""Fractal noise for surfaces, and named random streams."""

import hashlib
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

TILE_PX = 640
"""Side of a noise tile. It is large enough that two random crops of 256 pixels rarely look alike."""

TILES = {
    # kind: (exponent of the spectrum, stretch along x). A larger exponent is smoother, a stretched one has fibres.
    "cloud": (1.9, 1.0),
    "lump": (1.35, 1.0),
    "grain": (0.7, 1.0),
    "fibre": (1.2, 7.0),
    "bend": (3.0, 1.0),
}


def stream(*name: object) -> np.random.Generator:
    """Return the random generator of a name, which is the same in every process.

    Each part of a picture has a stream of its own, so that a change to one part leaves the others as they were.
    """
    # Not Python's hash(), which is salted in each process.
    digest = hashlib.sha256("/".join(map(str, name)).encode()).digest()
    return np.random.default_rng(np.random.SeedSequence(int.from_bytes(digest[:16], "big")))


@lru_cache(maxsize=len(TILES))
def tile(kind: str) -> Floats:
    """Return a tile of fractal noise with mean 0 and standard deviation 1.

    It is (TILE_PX, TILE_PX) float32, and read-only because it is shared.
    """
    fall, stretch = TILES[kind]
    rng = stream("noise tile", kind)
    fy = np.fft.fftfreq(TILE_PX)[:, None]
    fx = np.fft.rfftfreq(TILE_PX)[None] * stretch
    spectrum = np.fft.rfft2(rng.standard_normal((TILE_PX, TILE_PX)))
    # The added 0.01 limits blotches to about 100 pixels, so that no crop is of a single tone.
    field = np.fft.irfft2(spectrum / (np.hypot(fy, fx) + 0.01) ** fall, s=(TILE_PX, TILE_PX))
    scaled = np.asarray((field - field.mean()) / field.std(), np.float32)
    scaled.setflags(write=False)
    return scaled


def noise(kind: str, shape: tuple[int, int], rng: np.random.Generator, scale: float = 1.0) -> Floats:
    """Return an (H, W) float32 crop at a random position of a tile.

    A `scale` above 1 makes the pattern coarser.
    """
    height, width = shape
    # A small crop that is enlarged has coarser features.
    rows, columns = max(2, int(height / scale)), max(2, int(width / scale))
    rows, columns = min(rows, TILE_PX), min(columns, TILE_PX)
    top = int(rng.integers(0, TILE_PX - rows + 1))
    left = int(rng.integers(0, TILE_PX - columns + 1))
    crop = tile(kind)[top : top + rows, left : left + columns]
    if (rows, columns) == shape:
        return np.asarray(crop)
    return np.asarray(cv2.resize(crop, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
